//! Byte ranges, by RFC 9110 §14.

use std::ops::Range;

/// What a `Range` header selects of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Selection {
    /// All of it, as if there were no header (200).
    Whole,
    /// These bytes: never empty, within the object (206).
    Part(Range<u64>),
    /// No byte of it (416).
    Unsatisfiable,
}

/// Applies a `Range` header to an object of `size` bytes.
///
/// A header that RFC 9110 calls invalid, another unit, and several ranges at once select the
/// whole, which the RFC leaves to the server and S3 does too: no player asks for several, and
/// overlapping ones are an old way to make a server work. An empty object satisfies no range.
pub(crate) fn select(header: &str, size: u64) -> Selection {
    let Some((unit, wanted)) = header.split_once('=') else {
        return Selection::Whole;
    };
    let Some((first, last)) = wanted.trim_matches([' ', '\t']).split_once('-') else {
        return Selection::Whole;
    };
    if !unit.eq_ignore_ascii_case("bytes") {
        return Selection::Whole;
    }
    let range = match (first, last) {
        ("", "") => return Selection::Whole,
        ("", suffix) => number(suffix).map(|length| size.saturating_sub(length)..size),
        (first, "") => number(first).map(|first| first..size),
        (first, last) => match (number(first), number(last)) {
            (Some(first), Some(last)) if first <= last => {
                Some(first..last.saturating_add(1).min(size))
            }
            _ => None,
        },
    };
    match range {
        None => Selection::Whole,
        Some(range) if range.is_empty() => Selection::Unsatisfiable,
        Some(range) => Selection::Part(range),
    }
}

/// Parses digits; a number that is too large for any object counts as the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_range_is_cut_to_the_object() {
        for (header, size, part) in [
            ("bytes=0-0", 10, 0..1),
            ("bytes=0-9", 10, 0..10),
            ("bytes=0-", 10, 0..10),
            ("bytes=9-", 10, 9..10),
            ("bytes=3-5", 10, 3..6),
            ("bytes=3-500", 10, 3..10),
            ("bytes=-1", 10, 9..10),
            ("bytes=-10", 10, 0..10),
            ("bytes=-11", 10, 0..10),
            ("bytes=0-99999999999999999999999", 10, 0..10),
            ("bytes=-99999999999999999999999", 10, 0..10),
            ("bytes=0-18446744073709551615", 10, 0..10),
            ("BYTES=1-2", 10, 1..3),
            ("bytes= 1-2 ", 10, 1..3),
            ("bytes=0001-0002", 10, 1..3),
        ] {
            assert_eq!(
                select(header, size),
                Selection::Part(part),
                "{header} of {size}"
            );
        }
    }

    #[test]
    fn a_range_without_a_byte_of_the_object_is_unsatisfiable() {
        for (header, size) in [
            ("bytes=10-", 10),
            ("bytes=10-20", 10),
            ("bytes=99999999999999999999999-", 10),
            ("bytes=-0", 10),
            ("bytes=0-", 0),
            ("bytes=0-0", 0),
            ("bytes=-1", 0),
        ] {
            assert_eq!(
                select(header, size),
                Selection::Unsatisfiable,
                "{header} of {size}"
            );
        }
    }

    #[test]
    fn what_is_no_single_byte_range_selects_the_whole() {
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-4",
            "bytes=a-b",
            "bytes=1-b",
            "bytes=+1-2",
            "bytes=1 -2",
            "bytes=--1",
            "bytes=1-2-3",
            "bytes=0-1,3-4",
            "bytes=0-1,",
            "bytes=,0-1",
            "bytes=-1,-2",
            "items=0-1",
            " bytes=0-1",
            "bytes =0-1",
            "0-1",
            "bytes=0x1-2",
        ] {
            assert_eq!(select(header, 10), Selection::Whole, "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_selects_within_the_object(
            header in r"(bytes=)?[0-9,\- ]{0,44}|.{0,40}",
            size in prop_oneof![0_u64..50, any::<u64>()],
        ) {
            if let Selection::Part(part) = select(&header, size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }

        #[test]
        fn a_range_of_an_object_selects_what_it_says(
            size in 1_u64..1_000_000, first in any::<u64>(), length in any::<u64>(),
        ) {
            let first = first % size;
            let last = first + length % (size - first);
            prop_assert_eq!(
                select(&format!("bytes={first}-{last}"), size),
                Selection::Part(first..last + 1)
            );
        }
    }
}
