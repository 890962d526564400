//! The origins of a shop's pages: scheme, host and port, as browsers write them in `Origin`.

use std::fmt;
use std::str::FromStr;

/// The longest that is taken, in bytes: a host's name has at most 253.
const LONGEST: usize = 270;

/// An origin exactly as browsers write it (RFC 6454): `https://shop.example.com`, `http://localhost:3000`. Only a machine's
/// own pages may be without TLS; there is neither `*` nor `null`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Origin(String);

/// Why a text is no origin.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "must be like https://shop.example.com: scheme, host and port in lower case, without a path; http only for localhost"
)]
pub struct NotAnOrigin;

impl Origin {
    /// Returns it as browsers write it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let (scheme, place) = text.split_once("://").ok_or(NotAnOrigin)?;
        let (host, port) = match place.rsplit_once(':') {
            // What follows the last colon of an address in brackets is a part of it.
            Some((host, port)) if !place.ends_with(']') => (host, Some(port)),
            _ => (place, None),
        };
        let usual_port = match scheme {
            "https" => "443",
            "http" if is_own_machine(host) => "80",
            _ => return Err(NotAnOrigin),
        };
        let is_port = port.is_none_or(|port| is_port(port) && port != usual_port);
        let is_host = is_name(host) || host == "[::1]";
        let is_origin = is_port && is_host && text.len() <= LONGEST;
        is_origin.then(|| Self(text.to_owned())).ok_or(NotAnOrigin)
    }
}

fn is_own_machine(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn is_port(text: &str) -> bool {
    let is_plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    is_plain && text.parse::<u16>().is_ok()
}

/// Tells whether a text is a host's name or IPv4 address, in lower case and, if it must be, in Punycode.
fn is_name(host: &str) -> bool {
    let is_label = |label: &str| {
        let is_made_of = label
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'));
        is_made_of && (1..=63).contains(&label.len()) && !label.starts_with('-')
    };
    host.len() <= 253 && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_as_browsers_write_it() {
        for text in [
            "https://shop.example.com",
            "https://xn--bcher-kva.example",
            "https://shop.example.com:8443",
            "https://203.0.113.7",
            "http://localhost:3000",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://localhost",
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        let long = format!("https://{}example.com", "a.".repeat(200));
        for text in [
            "",
            "*",
            "null",
            "shop.example.com",
            "https://",
            "https://*.example.com",
            "https://*",
            "https://shop.example.com/",
            "https://shop.example.com/path",
            "https://shop.example.com?a",
            "https://shop.example.com#a",
            "https://ada@shop.example.com",
            "https://Shop.example.com",
            "HTTPS://shop.example.com",
            "https://shop.example.com:443",
            "https://shop.example.com:",
            "https://shop.example.com:0443",
            "https://shop.example.com:99999",
            "https://shop..example.com",
            "https://shop.example.com.",
            "https://bücher.example",
            "http://shop.example.com",
            "http://localhost:80",
            "ftp://localhost",
            "https://shop.example.com https://evil.example",
            "https://shop.example.com\n",
            "https://[::2]:1:2",
            long.as_str(),
        ] {
            assert_eq!(text.parse::<Origin>(), Err(NotAnOrigin), "{text:?}");
        }
    }
}
