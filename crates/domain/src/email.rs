//! E-mail addresses, compared as RULES §6.1 says.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An e-mail address in the form in which we compare it: trimmed, ASCII letters lower-cased, domain in its ASCII (IDNA)
/// form. Dots and plus tags are kept, and no Unicode folding is done on the local part: look-alikes are other people.
/// At most 254 bytes. `Debug` does not show it, so that it cannot slip into a log.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EmailAddress(String);

/// Tells that a text is not an e-mail address; it never repeats the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct EmailError;

impl EmailAddress {
    /// Returns the normalised address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = EmailError;
    fn from_str(text: &str) -> Result<Self, EmailError> {
        let (local, domain) = text.trim().rsplit_once('@').ok_or(EmailError)?;
        let is_odd =
            |c: char| c.is_whitespace() || c.is_control() || c == '@' || c == '<' || c == '>';
        if local.is_empty() || local.len() > 64 || local.contains(is_odd) {
            return Err(EmailError);
        }
        // Strict: no empty label, neither in between nor at an end.
        let domain = idna::domain_to_ascii_strict(domain).map_err(|_| EmailError)?;
        let whole = format!("{}@{domain}", local.to_ascii_lowercase());
        if whole.len() > 254 {
            return Err(EmailError);
        }
        Ok(Self(whole))
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = EmailError;
    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<EmailAddress> for String {
    fn from(email: EmailAddress) -> Self {
        email.0
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmailAddress(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(a: &str, b: &str) -> bool {
        a.parse::<EmailAddress>().unwrap() == b.parse::<EmailAddress>().unwrap()
    }

    #[test]
    fn no_odd_character_stands_before_the_at_sign() {
        for odd in [" ", "\u{7}", "\u{2003}", "@", "<", ">", "\u{0}"] {
            assert!(
                format!("a{odd}da@example.com")
                    .parse::<EmailAddress>()
                    .is_err(),
                "{odd:?}"
            );
        }
    }

    #[test]
    fn case_and_space_do_not_matter_but_dots_and_tags_do() {
        assert!(same(" Ada@Example.COM ", "ada@example.com"));
        assert!(!same("a.da@example.com", "ada@example.com"));
        assert!(!same("ada+shop@example.com", "ada@example.com"));
    }

    #[test]
    fn an_international_domain_has_one_form() {
        assert!(same("ada@bücher.example", "ADA@xn--bcher-kva.example"));
    }

    #[test]
    fn look_alikes_in_the_local_part_stay_different() {
        assert!(!same("m\u{131}ke@example.com", "mike@example.com"));
        assert!(!same("\u{212a}im@example.com", "kim@example.com"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "ada",
            "@x.org",
            "ada@",
            "a b@x.org",
            "a@b@x.org",
            "ada@x..org",
            "<ada>@x.org",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
        assert!(
            format!("{}@x.org", "a".repeat(65))
                .parse::<EmailAddress>()
                .is_err()
        );
    }

    #[test]
    fn it_is_written_as_it_is_compared() {
        let email: EmailAddress = " Ada@Example.COM ".parse().unwrap();
        assert_eq!(email.as_str(), "ada@example.com");
        assert_eq!(String::from(email), "ada@example.com");
    }

    #[test]
    fn what_begins_or_ends_with_a_dot_is_no_domain() {
        for bad in ["ada@.x.org", "ada@x.org.", "ada@."] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_longest_address_is_64_bytes_before_and_254_bytes_in_all() {
        let local = "a".repeat(64);
        let label = "b".repeat(61);
        let domain = |last: usize| format!("{label}.{label}.{label}.{}", "c".repeat(last));
        let length = |last| format!("{local}@{}", domain(last)).len();
        assert_eq!(length(3), 254);
        for (last, fits) in [(2, true), (3, true), (4, false), (5, false)] {
            let address = format!("{local}@{}", domain(last));
            assert_eq!(address.parse::<EmailAddress>().is_ok(), fits, "{last}");
        }
    }

    #[test]
    fn it_does_not_show_itself_to_a_log() {
        let email: EmailAddress = "ada@example.com".parse().unwrap();
        assert_eq!(format!("{email:?}"), "EmailAddress(…)");
    }
}
