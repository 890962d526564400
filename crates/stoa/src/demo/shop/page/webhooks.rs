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
    let count = event.attempts.len();
    let times = if count > 1 {
        format!(" <span class=\"times\">sent {count} times</span>")
    } else {
        String::new()
    };
    let last = event.attempts.last();
    let status = last.map_or_else(
        || "<span class=\"status\" data-look=\"bad\">not sent</span>".to_owned(),
        |attempt| status(&attempt.answer),
    );
    let mut attempts = String::new();
    for attempt in event.attempts.iter().rev() {
        write_attempt(&mut attempts, attempt);
    }
    let _ = write!(
        out,
        r#"<li class="webhook" id="{id}">
<p class="request"><span class="method">POST</span> <span class="url">{address}</span></p>
<p class="answer">{status} <span class="about">about order {order}</span>{times}</p>
<dl><dt>webhook-id</dt><dd><code>{id}</code></dd></dl>
<ol class="attempts">{attempts}</ol>
<details{open}><summary>Body</summary><pre tabindex="0"><code>{body}</code></pre></details>
<form method="post" action="/shop/webhooks/{id}/send"><button class="button quiet">Send again<span class="unseen"> {id}</span></button></form>
</li>
"#
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
