//! What people write for people: why access was given or ended, what something is called.

/// How many characters a note or a reason has at most.
pub const LONGEST_NOTE: usize = 1_000;

/// Tells whether a text is one for people to read: at most `most` characters, and no control characters but line breaks
/// and tabs, which could make a terminal do something else than show it.
#[must_use]
pub fn is_readable(text: &str, most: usize) -> bool {
    let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.chars().count() <= most && !text.contains(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_has_so_many_characters_and_nothing_that_a_terminal_obeys() {
        for good in ["", "was ill", "one\r\n\ttwo", &"ä".repeat(LONGEST_NOTE)] {
            assert!(is_readable(good, LONGEST_NOTE), "{good:?}");
        }
        for bad in [
            "\0",
            "\u{1b}[2J",
            "\u{7f}",
            "\u{9b}2J",
            &"ä".repeat(LONGEST_NOTE + 1),
        ] {
            assert!(!is_readable(bad, LONGEST_NOTE), "{bad:?}");
        }
    }
}
