//! A web origin: scheme, host and, unless it is the scheme's own, port.

use http::Uri;

/// An origin exactly as browsers write it: `https://shop.example.com`, `http://127.0.0.1:8081`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin(String);

impl Origin {
    /// Parses an origin; `None` unless a browser would write it in just this way.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let authority = uri.authority()?;
        let usual_port = match uri.scheme_str()? {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        if !authority.host().bytes().all(is_host_byte) {
            return None;
        }
        let place = match authority.port_u16() {
            Some(port) if port == usual_port => return None,
            Some(port) => format!("{}:{port}", authority.host()),
            None => authority.host().to_owned(),
        };
        let canonical = format!("{}://{place}", uri.scheme_str()?);
        (canonical == text).then_some(Self(canonical))
    }

    /// Returns the origin as text, without a trailing slash.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns host and port as a `Host` header has them.
    pub(crate) fn authority(&self) -> &str {
        self.0
            .split_once("://")
            .map_or("", |(_, authority)| authority)
    }
}

/// Claims that a byte may stand in a host name or address, as browsers write it.
fn is_host_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'[' | b']' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_as_browsers_write_it() {
        for (text, authority) in [
            ("http://127.0.0.1:8081", "127.0.0.1:8081"),
            ("https://videos.example.com", "videos.example.com"),
            ("http://[::1]:8081", "[::1]:8081"),
            ("https://example.com:80", "example.com:80"),
        ] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!((origin.as_str(), origin.authority()), (text, authority));
        }
    }

    #[test]
    fn any_other_spelling_is_refused() {
        for text in [
            "",
            "*",
            "null",
            "example.com",
            "ftp://example.com",
            "https://example.com/",
            "https://example.com/a",
            "https://example.com?a",
            "https://user@example.com",
            "https://user:1@example.com",
            "https://Example.com",
            "HTTPS://example.com",
            "https://example.com:443",
            "http://example.com:80",
            "http://example.com:080",
            "http://example.com:",
            "http://example.com:99999",
            "http://",
            "https://*.example.com",
            "https://ex%41mple.com",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }
}
