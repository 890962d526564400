//! The mails that would have been sent.

use std::fmt::Write as _;

use app::mail::Letter;

use crate::demo::shop::markup::{text, time};

pub(super) fn content(letters: &[Letter]) -> String {
    let mut list = String::new();
    for letter in letters {
        write_letter(&mut list, letter);
    }
    if letters.is_empty() {
        list.push_str("<p>There is none yet: buy something, or sign in by e-mail.</p>");
    }
    format!(
        "<section class=\"story\"><p><a href=\"/shop\">Back to the shop</a></p>\
         <h1>Mails</h1><p class=\"lead\">The demo sends nothing. What would have been sent since its start is here, the newest \
         first.</p>{list}</section>"
    )
}

fn write_letter(out: &mut String, letter: &Letter) {
    let written = &letter.written;
    let (language, direction) = (written.language.tag(), written.language.direction());
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<article class=\"mail\"><h2 lang=\"{language}\" dir=\"{direction}\">{}</h2><p>To {} · {}</p>\
         <div lang=\"{language}\" dir=\"{direction}\">",
        text(&written.subject),
        text(letter.to.as_str()),
        time(letter.at)
    );
    for line in written.text.lines() {
        let written = text(line);
        let _ = if line.starts_with("http://") || line.starts_with("https://") {
            write!(
                out,
                "<p dir=\"ltr\"><a href=\"{written}\">{written}</a></p>"
            )
        } else if line.is_empty() {
            Ok(())
        } else {
            write!(out, "<p>{written}</p>")
        };
    }
    out.push_str("</div></article>");
}
