//! Resources with wildcards, and what they cover.
//!
//! The rules are those of the developer guide, "Create a signed URL using a custom policy": `*`
//! is any run of characters, `?` is any one, `\?` is a question mark; a pattern is compared
//! section by section (scheme, host, path, query), and only a `*` at the very end of a section
//! reaches over the rest.

use std::fmt;
use std::str::FromStr;

use crate::url::{Address, MAX_URL_LENGTH, ResourceUrl, UrlError, is_url_byte};

/// The resource of a custom policy: `http(s)://`, an exact host, and a path in which `*` stands
/// for any run of characters (and, at the end, for any query) and `?` for any one character.
///
/// Wildcards in the scheme or the host, which CloudFront knows, are not offered: such a policy
/// opens other sites that trust the same key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourcePattern(String);

impl ResourcePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// Refuses what could never match a request, and wildcards before the path.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        // A `*` and a `?` are ordinary characters to the URL's own rules, so those can be asked
        // first; they are only told apart in the host.
        let (scheme, rest) = text
            .split_once("://")
            .ok_or(PatternError::Url(UrlError::Scheme))?;
        let host = rest.split_once('/').map_or(rest, |(host, _)| host);
        if scheme.contains('*') || host.contains(['*', '?']) {
            return Err(PatternError::WildcardBeforePath);
        }
        Address::parse(text)?;
        Ok(Self(text.to_owned()))
    }

    /// Makes the pattern that covers one object and nothing else.
    ///
    /// # Errors
    /// [`PatternError::Query`] when the URL has a query of its own: its `?` would be a wildcard.
    pub fn exact(url: &ResourceUrl) -> Result<Self, PatternError> {
        if url.has_query() {
            Err(PatternError::Query)
        } else {
            Ok(Self(url.as_str().to_owned()))
        }
    }

    /// Returns the pattern as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Claims that a policy with this resource opens the object.
    #[must_use]
    pub fn covers(&self, url: &ResourceUrl) -> bool {
        Address::parse(url.as_str()).is_ok_and(|address| covers(&self.0, &address))
    }
}

impl FromStr for ResourcePattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl fmt::Display for ResourcePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is not a resource of a custom policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It breaks a rule that holds for every URL.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// A wildcard stands in the scheme or the host.
    #[error("a wildcard may stand only in the path")]
    WildcardBeforePath,
    /// An exact object with a query of its own cannot be written as a custom policy's resource.
    #[error("the object has a query, whose question mark a custom policy reads as a wildcard")]
    Query,
}

/// Claims that the resource of a signed policy, which may come from any signer, covers a request.
pub(crate) fn covers(pattern: &str, request: &Address<'_>) -> bool {
    if pattern == "*" {
        return true;
    }
    let Some((scheme, rest)) = pattern.split_once("://") else {
        return false;
    };
    let is_scheme_covered = scheme == "*" || scheme == "http*" || scheme == request.scheme;
    if !is_scheme_covered {
        return false;
    }
    match rest
        .find('/')
        .and_then(|slash| rest.split_at_checked(slash))
    {
        Some((host, target)) => matches(host, request.authority) && matches(target, request.target),
        // A `*` that ends the host covers everything after it.
        None => rest.ends_with('*') && matches(rest, request.authority),
    }
}

/// What a pattern asks of the text.
#[derive(Clone, Copy, PartialEq)]
enum Token {
    Exactly(u8),
    AnyOne,
    AnyRun,
}

/// Compares one section, or path and query together. Only a last `*` steps over the `?` that
/// begins the query.
fn matches(pattern: &str, text: &str) -> bool {
    let Some(tokens) = tokens(pattern) else {
        return false;
    };
    // Nearly all patterns are a literal text with at most one `*`, at the end.
    let literal = tokens
        .iter()
        .take_while(|token| matches!(token, Token::Exactly(_)))
        .count();
    let (head, tail) = tokens.split_at(literal);
    let Some((start, rest)) = text.as_bytes().split_at_checked(literal) else {
        return false;
    };
    if !head
        .iter()
        .zip(start)
        .all(|(token, byte)| *token == Token::Exactly(*byte))
    {
        return false;
    }
    match tail {
        [] => rest.is_empty(),
        [Token::AnyRun] => true,
        _ => matches_from(tail, rest, start.contains(&b'?')),
    }
}

/// Follows all ways to read the pattern at once: time grows with pattern times text, no faster.
fn matches_from(tokens: &[Token], text: &[u8], is_in_query: bool) -> bool {
    let query_begins = if is_in_query {
        None
    } else {
        text.iter().position(|byte| *byte == b'?')
    };
    let mut reached = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    let mut tokens = tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::AnyRun if tokens.peek().is_none() => return reached.contains(&true),
            Token::AnyRun => {
                let mut is_open = false;
                for (at, is_reached) in reached.iter_mut().enumerate() {
                    is_open |= *is_reached;
                    *is_reached = is_open;
                    is_open &= Some(at) != query_begins;
                }
            }
            Token::AnyOne | Token::Exactly(_) => {
                let fits = |byte: u8| *token == Token::AnyOne || *token == Token::Exactly(byte);
                let steps = reached
                    .iter()
                    .zip(text)
                    .map(|(is_reached, byte)| *is_reached && fits(*byte));
                reached = std::iter::once(false).chain(steps).collect();
            }
        }
    }
    reached.last().is_some_and(|is_reached| *is_reached)
}

/// Takes a pattern apart. A backslash before anything but `?` means nothing that is documented,
/// and a character that no URL has can match none.
fn tokens(pattern: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.bytes();
    while let Some(byte) = bytes.next() {
        tokens.push(match byte {
            b'*' => Token::AnyRun,
            b'?' => Token::AnyOne,
            b'\\' => match bytes.next() {
                Some(b'?') => Token::Exactly(b'?'),
                _ => return None,
            },
            b'%' => Token::Exactly(byte),
            _ if is_url_byte(byte) => Token::Exactly(byte),
            _ => return None,
        });
    }
    (pattern.len() <= MAX_URL_LENGTH).then_some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_covered(pattern: &str, url: &str) -> bool {
        covers(pattern, &Address::parse(url).unwrap())
    }

    #[test]
    fn a_pattern_covers_what_the_developer_guide_says() {
        for (pattern, url) in [
            ("*", "https://h.example/a?b=c"),
            ("*://h.example/a", "http://h.example/a"),
            ("http*://h.example/a", "https://h.example/a"),
            ("https://*", "https://h.example/a?b=c"),
            ("https://h.example*", "https://h.example/a"),
            ("https://*.example/a", "https://h.example/a"),
            (
                "https://h.example/v/1/*",
                "https://h.example/v/1/segment-1.ts",
            ),
            (
                "https://h.example/v/1/*",
                "https://h.example/v/1/deep/er?x=1",
            ),
            ("https://h.example/v/1/*", "https://h.example/v/1/"),
            ("https://h.example/v/*.ts", "https://h.example/v/1/a.ts"),
            ("https://h.example/v.mp4*", "https://h.example/v.mp4?x=1"),
            ("https://h.example/v.mp4?x=1", "https://h.example/v.mp4?x=1"),
            (
                "https://h.example/v.mp4\\?x=*",
                "https://h.example/v.mp4?x=1&y=2",
            ),
            (
                "https://h.example/*\\?x=*2",
                "https://h.example/v.mp4?x=1&y=2",
            ),
            ("https://h.example/?/??.ts", "https://h.example/v/01.ts"),
            ("https://h.example/a*x?*y", "https://h.example/ax1x?zzy"),
            ("https://h.example/v\\?x=*2", "https://h.example/v?x=1?2"),
            ("https://h.example/%41*", "https://h.example/%41b"),
        ] {
            assert!(is_covered(pattern, url), "{pattern} {url}");
        }
    }

    #[test]
    fn a_pattern_covers_nothing_else() {
        for (pattern, url) in [
            ("", "https://h.example/a"),
            ("https://h.example/a", "http://h.example/a"),
            ("h*://h.example/a", "https://h.example/a"),
            ("https://h.example", "https://h.example/"),
            ("https://h.example/a", "https://h.example/ab"),
            ("https://h.example/a", "https://h.example/a?x=1"),
            ("https://h.example/a", "https://h.example/A"),
            ("https://*/a", "https://h.example/b/a"),
            ("https://*.example/a", "https://example/a"),
            ("https://h.example/v/1/*", "https://h.example/v/10/a"),
            ("https://h.example/v/1/*", "https://other.example/v/1/a"),
            (
                "https://h.example/v/*.ts",
                "https://h.example/v/1.mp4?x=.ts",
            ),
            ("https://h.example/v/?.ts", "https://h.example/v/10.ts"),
            (
                "https://h.example/v.mp4\\?x=1",
                "https://h.example/v.mp4ax=1",
            ),
            ("https://h.example/v\\*", "https://h.example/v*"),
            ("https://h.example/v ", "https://h.example/v"),
        ] {
            assert!(!is_covered(pattern, url), "{pattern} {url}");
        }
    }

    #[test]
    fn a_pattern_to_sign_has_an_exact_host() {
        for (text, reason) in [
            ("*", PatternError::Url(UrlError::Scheme)),
            ("*://h.example/*", PatternError::WildcardBeforePath),
            ("https://*.example/*", PatternError::WildcardBeforePath),
            ("https://h.example*", PatternError::WildcardBeforePath),
            ("https://h.exampl?/*", PatternError::WildcardBeforePath),
            ("https://h.example", PatternError::Url(UrlError::NoPath)),
            (
                "https://h.example/a b*",
                PatternError::Url(UrlError::Unencoded { at: 19 }),
            ),
            (
                "https://h.example/a\\?b",
                PatternError::Url(UrlError::Unencoded { at: 19 }),
            ),
            (
                "https://h.example/a/../*",
                PatternError::Url(UrlError::DotSegment),
            ),
        ] {
            assert_eq!(ResourcePattern::parse(text), Err(reason), "{text}");
        }
        let url = ResourceUrl::parse("https://h.example/a?b=c").unwrap();
        assert_eq!(ResourcePattern::exact(&url), Err(PatternError::Query));
    }
}
