//! The shop's own list of orders.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use app::orders::ShownOrder;
use domain::CourseId;

use super::words::{ended, listed};
use crate::demo::shop::ledger::{Answer, Ledger, SentEvent};
use crate::demo::shop::markup::{text, time};
use crate::demo::shop::order::{Line, Order, Standing};
use crate::demo::shop::wares::price;

type Titles = BTreeMap<CourseId, String>;

pub(super) fn section(
    ledger: &Ledger,
    told: &BTreeMap<u64, ShownOrder>,
    titles: &Titles,
    shown: usize,
) -> String {
    let mut list = String::new();
    for order in ledger.orders.iter().rev().take(shown) {
        let meaning = meaning(told.get(&order.number), titles);
        let event = ledger.latest_event(order.number);
        card(&mut list, order, event, &meaning);
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

fn card(out: &mut String, order: &Order, event: Option<&SentEvent>, meaning: &str) {
    let Order { number, .. } = order;
    let email = text(&order.email);
    let standing = order.standing();
    let (look, word) = match standing {
        Standing::Paid => ("paid", "Paid"),
        Standing::PartlyRefunded => ("partly", "Partly refunded"),
        Standing::Refunded => ("refunded", "Refunded"),
        Standing::Disputed => ("partly", "Disputed"),
        Standing::Lost => ("refunded", "Dispute lost"),
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
    if order.given_back() > 0 {
        let back = price(order.given_back());
        let _ = write!(
            lines,
            "<li class=\"back\"><span>Given back</span><span class=\"price\">−{back}</span></li>"
        );
    }
    let news = event.map(news_of).unwrap_or_default();
    let _ = write!(
        out,
        r#"<li class="order" id="order-{number}" data-standing="{look}">
<div class="head"><h3>Order {number}</h3><span class="badge" data-look="{look}">{word}</span></div>
<p class="who">{email} · {placed}</p>
<ul class="lines">{lines}</ul>
<div class="meaning">{meaning}</div>
{news}
{acts}
</li>
"#,
        acts = acts(order),
    );
}

/// The buttons of an order: what its buyer, its bank and the staff do.
fn acts(order: &Order) -> String {
    let Order { number, .. } = order;
    let email = text(&order.email);
    let standing = order.standing();
    // Once all is given back there is little to open.
    let weight = match standing {
        Standing::Paid | Standing::PartlyRefunded | Standing::Disputed => " primary",
        Standing::Refunded | Standing::Lost => "",
    };
    let unseen = format!("<span class=\"unseen\"> order {number}</span>");
    let dispute = |state: &str, words: &str| {
        format!(
            "<form method=\"post\" action=\"/shop/orders/{number}/dispute\"><button class=\"button\" name=\"state\" \
             value=\"{state}\">{words}{unseen}</button></form>"
        )
    };
    let money = match standing {
        Standing::Paid | Standing::PartlyRefunded => format!(
            "<form method=\"post\" action=\"/shop/orders/{number}/refund\"><button class=\"button\">Refund in full{unseen}\
             </button></form>{}",
            dispute("open", "Open a dispute")
        ),
        Standing::Disputed => format!(
            "{}{}",
            dispute("won", "Win the dispute"),
            dispute("lost", "Lose it")
        ),
        Standing::Refunded | Standing::Lost => String::new(),
    };
    let foretell = match standing {
        Standing::Paid | Standing::PartlyRefunded => format!(
            "<a class=\"link\" href=\"/shop/orders/{number}/refund\">What would a refund take?{unseen}</a>"
        ),
        Standing::Refunded | Standing::Disputed | Standing::Lost => String::new(),
    };
    format!(
        "<div class=\"acts\"><form method=\"post\" action=\"/shop/orders/{number}/courses\"><button class=\"button{weight}\">\
         Open My Courses as {email}</button></form>{money}</div>\
         <p class=\"more\"><a class=\"link\" href=\"/shop/orders/{number}/access\">Access, and why{unseen}</a>{foretell}</p>"
    )
}

/// Says what the order means for access right now, as Stoa knows it.
fn meaning(told: Option<&ShownOrder>, titles: &Titles) -> String {
    let Some(told) = told else {
        return "<p>Stoa does not know this order.</p>".to_owned();
    };
    let (mut open, mut closed) = (Vec::new(), BTreeMap::<&str, Vec<&str>>::new());
    for grant in &told.grants {
        let course = grant.key.content.course();
        let Some(title) = course.and_then(|course| titles.get(&course)) else {
            continue;
        };
        match grant.ended {
            None => open.push(title.as_str()),
            Some(reason) => closed.entry(ended(reason)).or_default().push(title),
        }
    }
    for line in &told.lines {
        if line.product.is_none() && !line.is_ignored && line.unpaid.is_none() {
            let why = "nobody has said yet what it stands for";
            closed.entry(why).or_default().push(&line.line.title);
        }
    }
    let mut out = String::new();
    open.sort_unstable();
    open.dedup();
    if !open.is_empty() {
        let _ = write!(
            out,
            "<p data-look=\"open\">Opens {}.</p>",
            text(&listed(&open))
        );
    }
    for (why, mut titles) in closed {
        titles.sort_unstable();
        titles.dedup();
        let titles = listed(&titles);
        let _ = write!(out, "<p>Does not open {}: {why}.</p>", text(&titles));
    }
    if out.is_empty() {
        out.push_str("<p>Opens nothing: there is no course in it.</p>");
    }
    out
}

fn write_line(out: &mut String, order: &Order, line: &Line) {
    let Order { number, lines, .. } = order;
    let Line { id, .. } = line;
    let (title, sku, price) = (text(&line.title), text(&line.sku), price(line.price));
    let is_refunded = order.is_refunded(*id);
    let state = if is_refunded { "refunded" } else { "paid" };
    let is_ours = matches!(order.standing(), Standing::Paid | Standing::PartlyRefunded);
    let act = if is_refunded {
        "<span class=\"given-back\">refunded</span>".to_owned()
    } else if lines.len() > 1 && is_ours {
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
