//! The shop's own list of orders.

use std::fmt::Write as _;

use crate::demo::shop::ledger::{Answer, Ledger, SentEvent};
use crate::demo::shop::markup::{text, time};
use crate::demo::shop::order::{Line, Order, Standing};
use crate::demo::shop::wares::price;

pub(super) fn section(ledger: &Ledger, shown: usize) -> String {
    let mut list = String::new();
    for order in ledger.orders.iter().rev().take(shown) {
        card(&mut list, order, ledger.latest_event(order.number));
    }
    if list.is_empty() {
        list.push_str(
            "<li class=\"empty\">Nothing was bought yet. Press a <em>Buy</em> button above.</li>",
        );
    }
    format!(
        "<section id=\"orders\"><h2>Orders</h2><p class=\"lead\">What this shop knows of its own sales.</p>\
         <ol class=\"orders\">{list}</ol></section>\n"
    )
}

fn card(out: &mut String, order: &Order, event: Option<&SentEvent>) {
    let Order { number, .. } = order;
    let email = text(&order.email);
    let standing = order.standing();
    let (look, word) = match standing {
        Standing::Paid => ("paid", "Paid"),
        Standing::PartlyRefunded => ("partly", "Partly refunded"),
        Standing::Refunded => ("refunded", "Refunded"),
    };
    let total = price(order.total());
    let placed = time(order.placed_at);
    let mut lines = String::new();
    for line in &order.lines {
        write_line(&mut lines, order, line);
    }
    let _ = write!(
        lines,
        "<li class=\"sum\"><span>Paid</span><span class=\"price\">{total}</span></li>"
    );
    if standing != Standing::Paid {
        let back = price(order.given_back());
        let _ = write!(
            lines,
            "<li class=\"back\"><span>Given back</span><span class=\"price\">−{back}</span></li>"
        );
    }
    // Once all is given back there is little to open.
    let weight = if standing == Standing::Refunded {
        ""
    } else {
        " primary"
    };
    let refund = if standing == Standing::Refunded {
        String::new()
    } else {
        format!(
            "<form method=\"post\" action=\"/shop/orders/{number}/refund\">\
             <button class=\"button\">Refund<span class=\"unseen\"> order {number}</span></button></form>"
        )
    };
    let news = event.map(news_of).unwrap_or_default();
    let _ = write!(
        out,
        r#"<li class="order" id="order-{number}" data-standing="{look}">
<div class="head"><h3>Order {number}</h3><span class="badge" data-look="{look}">{word}</span></div>
<p class="who">{email} · {placed}</p>
<ul class="lines">{lines}</ul>
{news}
<div class="acts"><form method="post" action="/shop/orders/{number}/courses"><button class="button{weight}">Open My Courses as {email}</button></form>{refund}</div>
</li>
"#
    );
}

fn write_line(out: &mut String, order: &Order, line: &Line) {
    let Order { number, lines, .. } = order;
    let Line { id, .. } = line;
    let (title, sku, price) = (text(&line.title), text(&line.sku), price(line.price));
    let is_refunded = order.is_refunded(*id);
    let state = if is_refunded { "refunded" } else { "paid" };
    let act = if is_refunded {
        "<span class=\"given-back\">refunded</span>".to_owned()
    } else if lines.len() > 1 {
        format!(
            "<form method=\"post\" action=\"/shop/orders/{number}/refund\"><button class=\"link\" name=\"line\" \
             value=\"{id}\">Refund line<span class=\"unseen\"> {title}</span></button></form>"
        )
    } else {
        String::new()
    };
    let _ = write!(
        out,
        "<li data-state=\"{state}\"><span class=\"what\">{title} <code>{sku}</code></span>{act}\
         <span class=\"price\">{price}</span></li>"
    );
}

/// Says whether Stoa knows the order's present state, and offers to tell it again.
fn news_of(event: &SentEvent) -> String {
    let sentence = match event.attempts.last().map(|attempt| &attempt.answer) {
        _ if event.is_delivered() => {
            return again(event, "told", "Stoa has been told.");
        }
        Some(Answer::Status(status)) => {
            format!("Stoa was not told: it answered {status}.")
        }
        Some(Answer::Nothing(why)) => format!("Stoa was not told: {}.", text(why)),
        None => "The webhook is on its way.".to_owned(),
    };
    again(event, "untold", &sentence)
}

fn again(event: &SentEvent, look: &str, sentence: &str) -> String {
    let id = text(&event.id);
    format!(
        "<div class=\"news\" data-look=\"{look}\"><p>{sentence} <a href=\"#{id}\">See it</a></p>\
         <form method=\"post\" action=\"/shop/webhooks/{id}/send\"><button class=\"link\">Send again\
         <span class=\"unseen\"> about order {}</span></button></form></div>",
        event.order
    )
}
