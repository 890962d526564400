//! What one buyer may open and why, from Stoa's own explanation, with what the staff can do about it.

use std::fmt::Write as _;

use app::why::{ExplainedGrant, Why};
use domain::CourseId;
use domain::access::{Decision, GrantStanding};
use domain::audit::chain::Entry;
use domain::explain::{Closed, ClosedLine, PlacedBlock, Source};

use super::words::{ended, is_blocked, who};
use crate::demo::shop::desk::{Buyer, Deed, last_end};
use crate::demo::shop::markup::{text, time};

pub(super) fn content(number: u64, buyer: &Buyer) -> String {
    let mut cards = String::new();
    for (course, why) in &buyer.courses {
        card(&mut cards, number, *course, why);
    }
    let mut entries = String::new();
    for entry in &buyer.entries {
        write_entry(&mut entries, entry, buyer);
    }
    format!(
        r#"<section class="story"><p><a href="/shop#order-{number}">Back to order {number}</a></p>
<h1>Who may open what, and why</h1>
<p class="lead">{email}, asked of Stoa just now.</p>
<ul class="standings">{cards}</ul>
<details class="panel log"><summary>What the audit log keeps of it</summary><ol>{entries}</ol></details>
</section>"#,
        email = text(buyer.email.as_str()),
    )
}

fn card(out: &mut String, number: u64, course: CourseId, why: &Why) {
    let (look, word) = match why.explanation.decision {
        Decision::Allowed { .. } => ("paid", "Open"),
        Decision::Refused(_) => ("closed", "Closed"),
    };
    let (title, sentence) = (text(&why.title), text(&why.explanation.sentence));
    let mut facts = String::new();
    for grant in &why.grants {
        write_grant(&mut facts, grant);
    }
    for block in &why.known.blocks {
        write_block(&mut facts, block);
    }
    for line in why.known.lines.iter().filter(|line| !has_grant(why, line)) {
        write_line(&mut facts, line);
    }
    if facts.is_empty() {
        facts.push_str("<li>No order has it, and nobody granted it.</li>");
    }
    let mut mending = String::new();
    for doing in &why.explanation.mending {
        let _ = write!(mending, "<li>{}</li>", text(&doing.words()));
    }
    if !mending.is_empty() {
        mending = format!("<h3>What would mend it</h3><ul class=\"facts\">{mending}</ul>");
    }
    let _ = write!(
        out,
        r#"<li class="panel standing" id="{course}"><div class="head"><h2>{title}</h2><span class="badge" data-look="{look}">{word}</span></div>
<p class="sentence">{sentence}</p>
<h3>Grants and blocks</h3><ul class="facts">{facts}</ul>
{mending}{acts}</li>
"#,
        acts = acts(number, course, why),
    );
}

fn write_grant(out: &mut String, grant: &ExplainedGrant) {
    let source = match &grant.told.sourced.source {
        Source::Line(line) => {
            let number = text(line.order.external.as_str());
            let title = line.title.as_deref().unwrap_or("a line that is gone");
            format!(
                "<a href=\"/shop#order-{number}\">Order {number}</a>, {}",
                text(title)
            )
        }
        Source::ByHand { by, note } => {
            let note = note.as_deref().map(|note| format!(": “{note}”"));
            format!("By hand, by {}{}", who(by), text(&note.unwrap_or_default()))
        }
    };
    let (look, state) = match grant.standing {
        GrantStanding::Live { until: None } => ("live", "live, without end".to_owned()),
        GrantStanding::Live { until: Some(at) } => ("live", format!("live until {}", time(at))),
        GrantStanding::Future { at } => ("ended", format!("begins {}", time(at))),
        GrantStanding::Expired { at } => ("ended", format!("ran out {}", time(at))),
        GrantStanding::Revoked { at, reason } => {
            ("ended", format!("ended {}: {}", time(at), ended(reason)))
        }
    };
    let rule = match grant.rule {
        Some(rule) => format!(
            " <span class=\"rule\">{} (rule {})</span>",
            text(rule.words),
            rule.section
        ),
        None => String::new(),
    };
    let cause = match &grant.ended {
        Some(trace) => format!(
            " <span class=\"rule\">Ended by {}.</span>",
            who(&trace.actor)
        ),
        None => String::new(),
    };
    let _ = write!(
        out,
        "<li data-look=\"{look}\"><strong>{source}</strong> {state}.{cause}{rule}</li>"
    );
}

fn write_block(out: &mut String, block: &PlacedBlock) {
    let (by, at) = (who(&block.by), time(block.at));
    let reason = block
        .reason
        .as_deref()
        .map(|reason| format!(": “{reason}”"));
    let reason = reason.unwrap_or_default();
    let (look, state) = match &block.lifted {
        None => ("block", "It stands.".to_owned()),
        Some((lifted, _)) => ("ended", format!("Lifted {}.", time(*lifted))),
    };
    let _ = write!(
        out,
        "<li data-look=\"{look}\"><strong>Block</strong> of {at}, by {by}{}. {state}</li>",
        text(&reason)
    );
}

/// Tells whether a grant of this line is told already.
fn has_grant(why: &Why, closed: &ClosedLine) -> bool {
    why.grants
        .iter()
        .any(|grant| match &grant.told.sourced.source {
            Source::Line(line) => {
                line.order.id == closed.line.order.id && line.line == closed.line.line
            }
            Source::ByHand { .. } => false,
        })
}

/// Writes a line that might have opened the course. What never would have is not worth a word here.
fn write_line(out: &mut String, closed: &ClosedLine) {
    let why = match &closed.why {
        Closed::Unmapped(_) => "nobody has said yet what it stands for",
        Closed::NotPaying {
            reason,
            is_in: true,
            ..
        } => ended(*reason),
        Closed::NoPaymentTime => "the shop does not say when it was paid",
        Closed::OtherOwner => "it names another address",
        Closed::OpensFromStore => "it opens only to who comes from the shop",
        Closed::Recomputing { .. } => "what it opens is being worked out",
        Closed::Ignored | Closed::NotIn(_) | Closed::NotPaying { .. } => return,
    };
    let number = text(closed.line.order.external.as_str());
    let title = closed
        .line
        .title
        .as_deref()
        .unwrap_or("a line that is gone");
    let _ = write!(
        out,
        "<li data-look=\"ended\"><strong><a href=\"/shop#order-{number}\">Order {number}</a>, {}</strong> does not open it \
         now: {why}.</li>",
        text(title)
    );
}

fn acts(number: u64, course: CourseId, why: &Why) -> String {
    let is_open = matches!(why.explanation.decision, Decision::Allowed { .. });
    let mut deeds = Vec::new();
    if is_blocked(why) {
        deeds.push((Deed::Lift, "Lift the block"));
    }
    deeds.push((Deed::Grant, "Grant by hand"));
    deeds.push((Deed::GrantShortly, "Grant for 7 days"));
    if last_end(why).is_some() {
        deeds.push((Deed::Extend, "30 days longer"));
    }
    if is_open {
        deeds.push((Deed::Revoke, "Close it"));
    }
    let mut buttons = String::new();
    for (deed, words) in deeds {
        let _ = write!(
            buttons,
            "<button class=\"button\" name=\"deed\" value=\"{}\">{words}<span class=\"unseen\"> {}</span></button>",
            deed.name(),
            text(&why.title)
        );
    }
    format!(
        "<form class=\"acts\" method=\"post\" action=\"/shop/orders/{number}/access\">\
         <input type=\"hidden\" name=\"course\" value=\"{course}\">{buttons}</form>"
    )
}

fn write_entry(out: &mut String, entry: &Entry, buyer: &Buyer) {
    let is_of = |course: &CourseId| entry.content.as_deref() == Some(&*course.to_string());
    let about = buyer.courses.iter().find(|(course, _)| is_of(course));
    let about = match (about, &entry.content) {
        (Some((_, why)), _) => format!(" · {}", why.title),
        (None, Some(_)) => " · a handout".to_owned(),
        (None, None) => String::new(),
    };
    let _ = write!(
        out,
        "<li>{}<code>{}</code><span>by {}{}</span></li>",
        time(entry.at),
        text(&entry.action),
        who(&entry.actor),
        text(&about)
    );
}
