//! Conditional requests, by RFC 9110 §13.

use std::time::UNIX_EPOCH;

use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName};
use objects::Info;

/// What the conditions of a request come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Answer as if there were none.
    Proceed,
    /// The viewer has it already (304).
    NotModified,
    /// The viewer wants another version of it (412).
    Failed,
}

/// Weighs the conditions in the order of RFC 9110 §13.2.2: a tag outweighs a date of its kind.
pub(crate) fn weigh(request: &HeaderMap, info: &Info) -> Outcome {
    let is_wanted = if request.contains_key(IF_MATCH) {
        names(request, &IF_MATCH, |tag| tag == info.etag)
    } else {
        date(request, &IF_UNMODIFIED_SINCE).is_none_or(|since| info.modified <= since)
    };
    if !is_wanted {
        return Outcome::Failed;
    }
    let is_known = if request.contains_key(IF_NONE_MATCH) {
        names(request, &IF_NONE_MATCH, |tag| {
            tag.trim_start_matches("W/") == info.etag
        })
    } else {
        date(request, &IF_MODIFIED_SINCE).is_some_and(|since| info.modified <= since)
    };
    if is_known {
        Outcome::NotModified
    } else {
        Outcome::Proceed
    }
}

/// Claims that a range may be answered as a part: without `If-Range`, or when that names this
/// very version, by its strong tag or its exact date.
pub(crate) fn permits_part(request: &HeaderMap, info: &Info) -> bool {
    match request.get(IF_RANGE) {
        None => true,
        Some(validator) if validator.as_bytes() == info.etag.as_bytes() => true,
        Some(_) => date(request, &IF_RANGE) == Some(info.modified),
    }
}

/// Claims that a list of entity tags is `*` or has one that `is_ours`.
///
/// Splitting at commas is exact enough: our own tags are hexadecimal, so no piece of a foreign
/// tag that has a comma in it equals one.
fn names(request: &HeaderMap, header: &HeaderName, is_ours: impl Fn(&str) -> bool) -> bool {
    request
        .get_all(header)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || is_ours(tag))
}

/// Returns a date header in seconds since the Unix epoch; a malformed one counts as absent.
fn date(request: &HeaderMap, header: &HeaderName) -> Option<u64> {
    let text = request.get(header)?.to_str().ok()?;
    let time = httpdate::parse_http_date(text).ok()?;
    Some(time.duration_since(UNIX_EPOCH).ok()?.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const BEFORE: &str = "Sun, 06 Nov 1994 08:49:36 GMT";
    const AFTER: &str = "Sun, 06 Nov 1994 08:49:38 GMT";

    fn info() -> Info {
        Info {
            size: 1,
            content_type: "video/mp4".to_owned(),
            download_name: None,
            etag: "\"abc\"".to_owned(),
            modified: 784_111_777,
        }
    }

    fn request(headers: &[(HeaderName, &'static str)]) -> HeaderMap {
        let of = |(name, value): &(HeaderName, &'static str)| {
            (name.clone(), HeaderValue::from_static(value))
        };
        headers.iter().map(of).collect()
    }

    #[test]
    fn conditions_come_to_what_the_rfc_says() {
        use Outcome::{Failed, NotModified, Proceed};
        let cases: &[(&[(HeaderName, &str)], Outcome)] = &[
            (&[], Proceed),
            (&[(IF_MATCH, "\"abc\"")], Proceed),
            (&[(IF_MATCH, "*")], Proceed),
            (&[(IF_MATCH, "\"x\", \"abc\"")], Proceed),
            (&[(IF_MATCH, "\"x\"")], Failed),
            (&[(IF_MATCH, "W/\"abc\"")], Failed),
            (&[(IF_MATCH, "abc")], Failed),
            (&[(IF_NONE_MATCH, "\"abc\"")], NotModified),
            (&[(IF_NONE_MATCH, "W/\"abc\"")], NotModified),
            (&[(IF_NONE_MATCH, "\"x\",\"abc\"")], NotModified),
            (&[(IF_NONE_MATCH, "*")], NotModified),
            (&[(IF_NONE_MATCH, "\"x\"")], Proceed),
            (&[(IF_MODIFIED_SINCE, DATE)], NotModified),
            (&[(IF_MODIFIED_SINCE, AFTER)], NotModified),
            (&[(IF_MODIFIED_SINCE, BEFORE)], Proceed),
            (&[(IF_MODIFIED_SINCE, "yesterday")], Proceed),
            (
                &[(IF_MODIFIED_SINCE, "Sunday, 06-Nov-94 08:49:37 GMT")],
                NotModified,
            ),
            (
                &[(IF_MODIFIED_SINCE, "Sun Nov  6 08:49:37 1994")],
                NotModified,
            ),
            (&[(IF_UNMODIFIED_SINCE, DATE)], Proceed),
            (&[(IF_UNMODIFIED_SINCE, BEFORE)], Failed),
            (&[(IF_UNMODIFIED_SINCE, "tomorrow")], Proceed),
            (
                &[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, DATE)],
                Proceed,
            ),
            (
                &[(IF_MATCH, "\"abc\""), (IF_UNMODIFIED_SINCE, BEFORE)],
                Proceed,
            ),
            (&[(IF_MATCH, "\"x\""), (IF_NONE_MATCH, "\"abc\"")], Failed),
            (
                &[(IF_MATCH, "\"abc\""), (IF_NONE_MATCH, "\"abc\"")],
                NotModified,
            ),
        ];
        for (headers, outcome) in cases {
            assert_eq!(weigh(&request(headers), &info()), *outcome, "{headers:?}");
        }
    }

    #[test]
    fn a_part_is_permitted_only_of_the_version_that_the_viewer_has() {
        assert!(permits_part(&request(&[]), &info()));
        for ours in ["\"abc\"", DATE] {
            assert!(
                permits_part(&request(&[(IF_RANGE, ours)]), &info()),
                "{ours}"
            );
        }
        for other in ["\"x\"", "W/\"abc\"", "abc", "*", BEFORE, AFTER, ""] {
            assert!(
                !permits_part(&request(&[(IF_RANGE, other)]), &info()),
                "{other}"
            );
        }
    }
}
