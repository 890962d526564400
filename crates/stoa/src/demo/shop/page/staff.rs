//! What the shop's staff can do: the figure that should be 0, and the way to each buyer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use app::gaps::{AccessGap, Cause};
use domain::gap::GapCause;
use domain::{ContentId, CourseId};

use crate::demo::lessons::NEW_TITLE;
use crate::demo::shop::desk::Desk;
use crate::demo::shop::ledger::Ledger;
use crate::demo::shop::markup::text;

/// Buyers that are shown, the last first.
const BUYERS: usize = 8;

pub(super) fn section(desk: &Desk, ledger: &Ledger, titles: &BTreeMap<CourseId, String>) -> String {
    let Desk { without_access, .. } = desk;
    let look = if *without_access == 0 { "good" } else { "bad" };
    let mut gaps = String::new();
    for gap in &desk.gaps {
        write_gap(&mut gaps, gap, titles);
    }
    if gaps.is_empty() {
        gaps.push_str("<li>Everybody who paid for a course can open it.</li>");
    }
    format!(
        r#"<section id="staff"><h2>What the shop’s staff can do</h2>
<p class="lead">What an administrator does through Stoa’s API, as buttons. Each leaves its entry in the audit log.</p>
<div class="desk">
<div class="panel"><h3>Paying customers without access</h3>
<p class="figure" data-look="{look}" data-figure>{without_access}</p>
<ul class="gaps">{gaps}</ul>
{mapping}</div>
<div class="panel"><h3>Who may open what, and why</h3>
<p class="note">Grant, close, lift, extend: for each buyer and course, with the reason in plain words.</p>
{buyers}</div>
</div></section>
"#,
        mapping = mapping(desk.is_new_mapped),
        buyers = buyers(ledger),
    )
}

fn write_gap(out: &mut String, gap: &AccessGap, titles: &BTreeMap<CourseId, String>) {
    let number = gap.order.as_ref().map(|order| order.external.as_str());
    let order = match number {
        Some(number) => format!(
            "<a href=\"/shop/orders/{0}/access\">Order {0}</a>",
            text(number)
        ),
        None => "Somebody".to_owned(),
    };
    let title = gap.line.as_ref().and_then(|(_, title)| title.as_deref());
    let course = gap.content.and_then(ContentId::course);
    let title = course
        .and_then(|course| titles.get(&course).map(String::as_str))
        .or(title)
        .unwrap_or("something");
    let (title, why) = (text(title), cause(gap.cause));
    let _ = write!(out, "<li>{order}: {title} is closed. {why}</li>");
}

const fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Line(GapCause::UnmappedItem) => "Nobody has said yet what the ware stands for.",
        Cause::Line(GapCause::EmptyProduct) => "There is nothing in it yet.",
        Cause::Line(GapCause::Blocked) => "The staff closed it, though it is paid for.",
        Cause::Line(GapCause::NoOwner) => "The order does not say whose it is.",
        Cause::Line(GapCause::NoPaymentTime) => "The order does not say when it was paid.",
        Cause::NotPublished => "It is a draft.",
        Cause::FailedDelivery => "A webhook could not be worked off.",
        Cause::FailedJob => "A job of Stoa failed.",
    }
}

fn mapping(is_mapped: bool) -> String {
    let (sentence, to, words, look) = if is_mapped {
        (
            "Stoa knows what it stands for: the course of that name.",
            "nothing",
            "Forget it again",
            "",
        )
    } else {
        (
            "The shop sells it, and Stoa has not been told what it stands for. Buy it and see the figure; then map it.",
            "course",
            "Map it to the course",
            " primary",
        )
    };
    format!(
        "<form class=\"mapping\" method=\"post\" action=\"/shop/mapping\"><p><strong>{title}</strong> {sentence}</p>\
         <button class=\"button{look}\" name=\"to\" value=\"{to}\">{words}<span class=\"unseen\"> {title}</span></button></form>",
        title = text(NEW_TITLE),
    )
}

/// Lists the last buyers, each with the last of her orders.
fn buyers(ledger: &Ledger) -> String {
    let (mut seen, mut list) = (BTreeSet::new(), String::new());
    for order in ledger.orders.iter().rev() {
        if seen.len() == BUYERS {
            break;
        }
        if !seen.insert(order.email.to_ascii_lowercase()) {
            continue;
        }
        let email = text(&order.email);
        let _ = write!(
            list,
            "<li><span class=\"what\">{email}</span><a class=\"button\" href=\"/shop/orders/{}/access\">Access, and why\
             <span class=\"unseen\"> of {email}</span></a></li>",
            order.number
        );
    }
    if list.is_empty() {
        return "<p class=\"note\">Nobody has bought anything yet.</p>".to_owned();
    }
    format!("<ul class=\"people\">{list}</ul>")
}
