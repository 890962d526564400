//! URLs as they stand on the wire: what may be signed, and how a request is taken apart.

use std::fmt;
use std::str::FromStr;

use crate::parameter::is_reserved;

/// The longest URL that CloudFront takes, in bytes.
pub(crate) const MAX_URL_LENGTH: usize = 8192;

/// The exact URL of one object, written the way a browser will send it.
///
/// Percent-encoded ASCII with `http` or `https`, a lower-case host (with a port unless it is the
/// scheme's own), a path, and perhaps a query of its own. It has no fragment, no wildcard, no dot
/// segment and no query name that CloudFront keeps for itself: everything that would make the
/// text that is signed differ from the text that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceUrl {
    text: String,
    has_query: bool,
}

impl ResourceUrl {
    /// Reads a URL and refuses it unless it can be signed exactly as it stands.
    ///
    /// # Errors
    /// Says which rule the text breaks; nothing is corrected silently.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        let address = Address::parse(text)?;
        let (path, query) = address.path_and_query();
        if path.contains('*') || query.is_some_and(|query| query.contains(['*', '?'])) {
            return Err(UrlError::Wildcard);
        }
        for piece in query.unwrap_or_default().split('&') {
            let name = piece.split_once('=').map_or(piece, |(name, _)| name);
            if is_reserved(name) {
                return Err(UrlError::ReservedName);
            }
        }
        Ok(Self {
            text: text.to_owned(),
            has_query: query.is_some(),
        })
    }

    /// Returns the URL as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Claims that the URL has a query of its own, be it empty.
    pub(crate) fn has_query(&self) -> bool {
        self.has_query
    }

    /// Returns what must stand between this URL and the first signing parameter.
    pub(crate) fn separator(&self) -> char {
        if self.has_query { '&' } else { '?' }
    }
}

impl FromStr for ResourceUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}

impl fmt::Display for ResourceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a text is not a URL that can be signed or verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Longer than the 8,192 bytes that CloudFront takes.
    #[error("the URL is longer than {MAX_URL_LENGTH} bytes")]
    TooLong,
    /// Does not begin with `http://` or `https://` in lower case.
    #[error("the URL must begin with http:// or https://")]
    Scheme,
    /// The host is empty or no host name.
    #[error("the URL's host is not a host name")]
    Host,
    /// The host has capital letters; browsers send it in lower case.
    #[error("the URL's host must be in lower case")]
    UpperCaseHost,
    /// The port is no number from 1 to 65535 in plain decimal.
    #[error("the URL's port is not a number from 1 to 65535")]
    Port,
    /// The port is the scheme's own; browsers leave it out.
    #[error("the URL names its scheme's own port, which browsers leave out")]
    DefaultPort,
    /// There is no `/` after the host.
    #[error("the URL has no path")]
    NoPath,
    /// There is a `#`, which is never sent to a server.
    #[error("the URL has a fragment, which is never sent to a server")]
    Fragment,
    /// A character that must be percent-encoded: a space, a control character, a backslash, a
    /// quotation mark, anything outside ASCII.
    #[error("the URL's byte {at} must be percent-encoded")]
    Unencoded {
        /// Where it stands, in bytes from the beginning.
        at: usize,
    },
    /// A `%` that two hexadecimal digits do not follow.
    #[error("the URL's byte {at} is a percent sign without two hexadecimal digits")]
    PercentEncoding {
        /// Where it stands, in bytes from the beginning.
        at: usize,
    },
    /// A `.` or `..` path segment (in any encoding), which browsers resolve before they ask.
    #[error("the URL's path has a dot segment")]
    DotSegment,
    /// A `*`, or a `?` inside the query, where one exact object is meant.
    #[error("the URL has a wildcard character where one exact object is meant")]
    Wildcard,
    /// A query parameter has a name that CloudFront keeps for itself.
    #[error("the URL's query uses a parameter name that CloudFront reserves")]
    ReservedName,
}

/// A checked URL in its parts. Signing parameters and wildcard characters are still allowed.
#[derive(Clone, Copy)]
pub(crate) struct Address<'a> {
    /// `http` or `https`.
    pub(crate) scheme: &'a str,
    /// Host, and port where it is not the scheme's own.
    pub(crate) authority: &'a str,
    /// Path and query, beginning with `/`.
    pub(crate) target: &'a str,
}

impl<'a> Address<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, UrlError> {
        if text.len() > MAX_URL_LENGTH {
            return Err(UrlError::TooLong);
        }
        let (scheme, rest) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let default_port = match scheme {
            "http" => "80",
            "https" => "443",
            _ => return Err(UrlError::Scheme),
        };
        check_characters(text)?;
        let end = rest.find(['/', '?']).ok_or(UrlError::NoPath)?;
        let (authority, target) = rest.split_at_checked(end).ok_or(UrlError::NoPath)?;
        check_authority(authority, default_port)?;
        if !target.starts_with('/') {
            return Err(UrlError::NoPath);
        }
        let address = Self {
            scheme,
            authority,
            target,
        };
        if has_dot_segment(address.path_and_query().0) {
            return Err(UrlError::DotSegment);
        }
        Ok(address)
    }

    /// Returns the path, and the query without its `?` when there is one.
    pub(crate) fn path_and_query(&self) -> (&'a str, Option<&'a str>) {
        match self.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (self.target, None),
        }
    }
}

fn check_characters(text: &str) -> Result<(), UrlError> {
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'#' => return Err(UrlError::Fragment),
            b'%' => {
                let digits = bytes.get(at + 1..at + 3).unwrap_or_default();
                if digits.len() != 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(UrlError::PercentEncoding { at });
                }
            }
            _ if is_url_byte(*byte) => {}
            _ => return Err(UrlError::Unencoded { at }),
        }
    }
    Ok(())
}

/// Claims that RFC 3986 lets the byte stand for itself in a path or a query.
pub(crate) fn is_url_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=".contains(&byte)
}

/// Checks a host with an optional port.
fn check_authority(authority: &str, default_port: &str) -> Result<(), UrlError> {
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(UrlError::UpperCaseHost);
    }
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if host.len() > 253 || !host.split('.').all(is_label) {
        return Err(UrlError::Host);
    }
    match port {
        None => Ok(()),
        Some(port) if port == default_port => Err(UrlError::DefaultPort),
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 && number.to_string() == port => Ok(()),
            _ => Err(UrlError::Port),
        },
    }
}

/// Claims that a segment is `.` or `..`, also where slash, backslash or dot are percent-encoded:
/// whoever decodes later must not be able to walk up.
fn has_dot_segment(path: &str) -> bool {
    let mut dots = Some(0_usize);
    let mut rest = path.as_bytes();
    let ends_on_dots = |dots: Option<usize>| matches!(dots, Some(1 | 2));
    loop {
        let (byte, after) = match rest {
            [b'%', b'2', b'e' | b'E', after @ ..] => (b'.', after),
            [b'%', b'2', b'f' | b'F', after @ ..] | [b'%', b'5', b'c' | b'C', after @ ..] => {
                (b'/', after)
            }
            [byte, after @ ..] => (*byte, after),
            [] => return ends_on_dots(dots),
        };
        match byte {
            b'/' if ends_on_dots(dots) => return true,
            b'/' => dots = Some(0),
            b'.' => dots = dots.map(|count| count + 1),
            _ => dots = None,
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_cannot_be_signed_is_refused_with_its_reason() {
        let long = format!("https://h.example/{}", "a".repeat(MAX_URL_LENGTH));
        let cases = [
            ("", UrlError::Scheme),
            ("ftp://h.example/a", UrlError::Scheme),
            ("HTTPS://h.example/a", UrlError::Scheme),
            ("//h.example/a", UrlError::Scheme),
            ("https:///a", UrlError::Host),
            ("https://h..example/a", UrlError::Host),
            ("https://h.example./a", UrlError::Host),
            ("https://-h.example/a", UrlError::Host),
            ("https://h_x.example/a", UrlError::Host),
            ("https://user@h.example/a", UrlError::Host),
            ("https://user:pw@h.example/a", UrlError::Port),
            ("https://*.example/a", UrlError::Host),
            ("https://h%2eexample/a", UrlError::Host),
            ("https://H.example/a", UrlError::UpperCaseHost),
            ("https://h.example:/a", UrlError::Port),
            ("https://h.example:0/a", UrlError::Port),
            ("https://h.example:08080/a", UrlError::Port),
            ("https://h.example:+80/a", UrlError::Port),
            ("https://h.example:65536/a", UrlError::Port),
            ("https://h.example:443/a", UrlError::DefaultPort),
            ("http://h.example:80/a", UrlError::DefaultPort),
            ("https://h.example", UrlError::NoPath),
            ("https://h.example?a=b", UrlError::NoPath),
            ("https://h.example/a#t=10", UrlError::Fragment),
            ("https://h.example/a b", UrlError::Unencoded { at: 19 }),
            ("https://h.example/ä", UrlError::Unencoded { at: 18 }),
            ("https://h.example/a\\b", UrlError::Unencoded { at: 19 }),
            ("https://h.example/a\"b", UrlError::Unencoded { at: 19 }),
            ("https://h.example/a\nb", UrlError::Unencoded { at: 19 }),
            ("https://h.example/a\0b", UrlError::Unencoded { at: 19 }),
            ("https://h.example/a\u{7f}b", UrlError::Unencoded { at: 19 }),
            ("https://h.example/[a]", UrlError::Unencoded { at: 18 }),
            (
                "https://h.example/100%",
                UrlError::PercentEncoding { at: 21 },
            ),
            ("https://h.example/%2", UrlError::PercentEncoding { at: 18 }),
            (
                "https://h.example/%zz",
                UrlError::PercentEncoding { at: 18 },
            ),
            ("https://h.example/a/../b", UrlError::DotSegment),
            ("https://h.example/a/.", UrlError::DotSegment),
            ("https://h.example/..", UrlError::DotSegment),
            ("https://h.example/a/%2e%2E/b", UrlError::DotSegment),
            ("https://h.example/a%2F.%2e%5cb", UrlError::DotSegment),
            ("https://h.example/a*", UrlError::Wildcard),
            ("https://h.example/a?b=*", UrlError::Wildcard),
            ("https://h.example/a?b=c?d", UrlError::Wildcard),
            ("https://h.example/a?Expires=1", UrlError::ReservedName),
            ("https://h.example/a?b=c&Policy", UrlError::ReservedName),
            ("https://h.example/a?Signature=", UrlError::ReservedName),
            ("https://h.example/a?Key-Pair-Id=K", UrlError::ReservedName),
            (
                "https://h.example/a?%48ash-Algorithm=SHA1",
                UrlError::ReservedName,
            ),
            (long.as_str(), UrlError::TooLong),
        ];
        for (text, reason) in cases {
            assert_eq!(ResourceUrl::parse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn an_exact_url_is_kept_byte_for_byte() {
        for text in [
            "https://d111111abcdef8.cloudfront.net/",
            "http://127.0.0.1:8801/v/8f3/lesson-1.mp4",
            "https://localhost:8443/a",
            "https://h.example/a%2Fb/c..d/...//.hidden",
            "https://h.example/a?",
            "https://h.example/a?expires=lower-case-is-the-callers-own&x=%22a%22",
            "https://h.example/(a)!'~@:$&,;=_-.mp4",
        ] {
            assert_eq!(ResourceUrl::parse(text).unwrap().as_str(), text);
        }
    }
}
