//! What went out to Stoa, and what it answered.

use std::fmt::Write as _;

use axum::http::StatusCode;

use crate::demo::shop::ledger::{Answer, Attempt, Ledger, SentEvent};
use crate::demo::shop::markup::{text, time};

pub(super) fn section(ledger: &Ledger, address: &str, shown: usize) -> String {
    let mut list = String::new();
    for (place, event) in ledger.events.iter().rev().take(shown).enumerate() {
        // The newest one lies open.
        let open = if place == 0 { " open" } else { "" };
        card(&mut list, event, address, open);
    }
    if list.is_empty() {
        list.push_str("<li class=\"empty\">Every order and every refund sends one. They will stand here.</li>");
    }
    format!(
        "<section id=\"webhooks\"><h2>Webhooks sent</h2><p class=\"lead\">All that Stoa ever hears of this shop. Sending one \
         twice does no harm.</p><ol class=\"webhooks\">{list}</ol></section>\n"
    )
}

fn card(out: &mut String, event: &SentEvent, address: &str, open: &str) {
    let SentEvent { order, .. } = event;
    let (id, body, address) = (text(&event.id), text(&event.body), text(address));
    let mut attempts = String::new();
    for attempt in event.attempts.iter().rev() {
        write_attempt(&mut attempts, attempt);
    }
    if attempts.is_empty() {
        attempts.push_str("<li><span class=\"status\" data-look=\"bad\">not sent yet</span></li>");
    }
    let _ = write!(
        out,
        r##"<li class="webhook" id="{id}">
<div class="head"><p class="request"><span class="method">POST</span> <span class="url">{address}</span></p>
<form method="post" action="/shop/webhooks/{id}/send"><button class="link">Send again<span class="unseen"> {id}</span></button></form></div>
<dl><dt>webhook-id</dt><dd><code>{id}</code></dd><dt>about</dt><dd><a href="#order-{order}">order {order}</a></dd></dl>
<ol class="attempts" aria-label="Sent">{attempts}</ol>
<details{open}><summary>Body</summary><pre tabindex="0"><code>{body}</code></pre></details>
</li>
"##
    );
}

fn write_attempt(out: &mut String, attempt: &Attempt) {
    let (at, signature) = (time(attempt.at), text(&attempt.signature));
    let status = status(&attempt.answer);
    let _ = write!(
        out,
        "<li>{at}<code title=\"webhook-signature, shortened\">{signature}</code>{status}</li>"
    );
}

fn status(answer: &Answer) -> String {
    match answer {
        Answer::Status(number) => {
            let status = StatusCode::from_u16(*number).ok();
            let phrase = status.and_then(|status| status.canonical_reason());
            let look = if (200..300).contains(number) {
                "good"
            } else {
                "bad"
            };
            let phrase = phrase
                .map(|phrase| format!(" {phrase}"))
                .unwrap_or_default();
            format!("<span class=\"status\" data-look=\"{look}\">{number}{phrase}</span>")
        }
        Answer::Nothing(why) => {
            format!(
                "<span class=\"status\" data-look=\"bad\">{}</span>",
                text(why)
            )
        }
    }
}
