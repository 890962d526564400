//! Text in HTML. Everything that somebody typed goes through [`text`].

use std::fmt;

use domain::Timestamp;

/// Escapes a text for an element's content or a quoted attribute.
pub(super) fn text(text: &str) -> Escaped<'_> {
    Escaped(text)
}

/// A text that is escaped when it is written.
#[derive(Clone, Copy)]
pub(super) struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((before, special, after)) = next_special(rest) {
            f.write_str(before)?;
            f.write_str(special)?;
            rest = after;
        }
        f.write_str(rest)
    }
}

/// Finds the first sign that means something in HTML: what stands before it, how it is written, and what follows.
fn next_special(text: &str) -> Option<(&str, &'static str, &str)> {
    let (position, sign) = text.char_indices().find_map(|(position, sign)| {
        let written = match sign {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' => "&quot;",
            '\'' => "&#39;",
            _ => return None,
        };
        Some((position, written))
    })?;
    let (before, rest) = text.split_at(position);
    // All five signs are one byte long.
    Some((before, sign, rest.get(1..).unwrap_or_default()))
}

/// Writes a time for machines and, until the page's script has made it local, for people.
pub(super) fn time(at: Timestamp) -> String {
    let machine = at.to_string();
    let readable = match (machine.get(..10), machine.get(11..19)) {
        (Some(day), Some(clock)) => format!("{day} {clock} UTC"),
        _ => machine.clone(),
    };
    format!("<time datetime=\"{machine}\">{readable}</time>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_typed_stays_text() {
        assert_eq!(
            text("<img src=x onerror='a()'> & \"b\"").to_string(),
            "&lt;img src=x onerror=&#39;a()&#39;&gt; &amp; &quot;b&quot;"
        );
        assert_eq!(text("Öl & Wasser").to_string(), "Öl &amp; Wasser");
        assert_eq!(text("").to_string(), "");
    }

    #[test]
    fn a_time_is_for_machines_and_for_people() {
        assert_eq!(
            time(Timestamp::from_microseconds(1_795_343_400_250_000)),
            "<time datetime=\"2026-11-22T10:30:00.25Z\">2026-11-22 10:30:00 UTC</time>"
        );
    }
}
