//! What a refund would take away, said before the money goes back.

use std::fmt::Write as _;

use app::orders::RefundPreview;
use domain::ContentId;

use super::words::{listed, source};
use crate::demo::shop::markup::text;
use crate::demo::shop::order::{Order, RefundOf, Standing};
use crate::demo::shop::wares::price;

pub(super) fn content(order: &Order, foretold: &[(RefundOf, RefundPreview)]) -> String {
    let Order { number, .. } = order;
    let mut list = String::new();
    for (what, preview) in foretold {
        write_refund(&mut list, order, *what, preview);
    }
    format!(
        "<section class=\"story\"><p><a href=\"/shop#order-{number}\">Back to order {number}</a></p>\
         <h1>What a refund would take away</h1><p class=\"lead\">{} · order {number}. Stoa works this out as if the money had \
         gone back; nothing has happened yet.</p><ul class=\"refunds\">{list}</ul></section>",
        text(&order.email)
    )
}

fn write_refund(out: &mut String, order: &Order, what: RefundOf, preview: &RefundPreview) {
    let Order { number, .. } = order;
    let open = order
        .lines
        .iter()
        .filter(|line| !order.is_refunded(line.id));
    let chosen = open.filter(|line| what == RefundOf::Rest || what == RefundOf::Line(line.id));
    let (mut titles, mut cents, mut field) = (Vec::new(), 0, String::new());
    for line in chosen {
        titles.push(line.title.as_str());
        cents += line.price;
        if what == RefundOf::Line(line.id) {
            field = format!(" name=\"line\" value=\"{}\"", line.id);
        }
    }
    let (heading, button) = match what {
        RefundOf::Rest => ("The whole order".to_owned(), "Refund in full".to_owned()),
        RefundOf::Line(_) => (
            format!("Only {}", listed(&titles)),
            format!("Refund {}", listed(&titles)),
        ),
    };
    let act = match order.standing() {
        Standing::Paid | Standing::PartlyRefunded => format!(
            "<form method=\"post\" action=\"/shop/orders/{number}/refund\"><button class=\"button\"{field}>{} · {}</button></form>",
            text(&button),
            price(cents)
        ),
        Standing::Refunded | Standing::Disputed | Standing::Lost => String::new(),
    };
    let _ = write!(
        out,
        "<li class=\"panel\"><h2>{}</h2>{}{act}</li>",
        text(&heading),
        sentences(preview)
    );
}

fn sentences(preview: &RefundPreview) -> String {
    let lost = preview.loses.iter();
    let loses = named(lost.map(|lost| (lost.content, lost.title.as_str(), String::new())));
    let kept = preview.keeps.iter().map(|kept| {
        let by: Vec<String> = kept.by.iter().map(|(_, by)| source(by)).collect();
        (
            kept.content,
            kept.title.as_str(),
            format!(" by {}", listed(&by)),
        )
    });
    let keeps = named(kept);
    let mut out = String::new();
    if !loses.is_empty() {
        let _ = write!(
            out,
            "<p class=\"loses\">She would lose {}.</p>",
            text(&loses)
        );
    }
    if !keeps.is_empty() {
        let _ = write!(out, "<p class=\"keeps\">She keeps {}.</p>", text(&keeps));
    }
    if let Some(unaffected) = preview.unaffected {
        let _ = write!(
            out,
            "<p class=\"keeps\">Nothing would close. {}</p>",
            text(unaffected.words())
        );
    }
    out
}

/// Names courses, and counts the handouts.
fn named<'a>(contents: impl Iterator<Item = (ContentId, &'a str, String)>) -> String {
    let (mut titles, mut handouts) = (Vec::new(), 0);
    for (content, title, ending) in contents {
        match content {
            ContentId::Course(_) => titles.push(format!("{title}{ending}")),
            ContentId::File(_) => handouts += 1,
        }
    }
    match handouts {
        0 => {}
        1 => titles.push("1 handout".to_owned()),
        more => titles.push(format!("{more} handouts")),
    }
    listed(&titles)
}
