//! What a folder's names mean: their order and their titles.

use std::cmp::Ordering;

/// Compares names as people order them: numbers by value (`2` before `10`), letters without case.
#[must_use]
pub(super) fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let (part_a, part_b) = (first_part(rest_a), first_part(rest_b));
        let order = compare_parts(part_a, part_b);
        if order != Ordering::Equal {
            return order;
        }
        rest_a = rest_a.get(part_a.len()..).unwrap_or_default();
        rest_b = rest_b.get(part_b.len()..).unwrap_or_default();
    }
    // Names that look the same (`1` and `01`, `A` and `a`) still have one order.
    rest_a.len().cmp(&rest_b.len()).then_with(|| a.cmp(b))
}

/// Returns the longest run of digits, or of anything else, at the start.
fn first_part(text: &str) -> &str {
    let is_digit = |c: char| c.is_ascii_digit();
    let begins_with_digit = text.starts_with(is_digit);
    let end = text
        .find(|c: char| is_digit(c) != begins_with_digit)
        .unwrap_or(text.len());
    text.get(..end).unwrap_or(text)
}

fn compare_parts(a: &str, b: &str) -> Ordering {
    let (digits_a, digits_b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    if a.starts_with(|c: char| c.is_ascii_digit()) && b.starts_with(|c: char| c.is_ascii_digit()) {
        // Of numbers without leading zeros the longer is the greater.
        return digits_a
            .len()
            .cmp(&digits_b.len())
            .then_with(|| digits_a.cmp(digits_b));
    }
    a.to_lowercase().cmp(&b.to_lowercase())
}

/// Makes a title of a file's or folder's name: without extension when it is a file's, without the leading number that
/// only orders it, with spaces for underscores.
#[must_use]
pub(super) fn title_of(stem: &str) -> String {
    let spaced = stem.replace('_', " ");
    let without_number = spaced.trim_start_matches(|c: char| c.is_ascii_digit());
    let title = without_number.trim_start_matches([' ', '.', '-', ')', '–', ':']);
    // A name such as "2024" or "3D" is no order number.
    let is_number_alone = title.is_empty() || without_number == title;
    let title = if is_number_alone {
        spaced.as_str()
    } else {
        title
    };
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_by_value() {
        let mut names = ["10 Ten", "2 Two", "1 One", "02b", "a10", "A9", "b"];
        names.sort_by(|a, b| natural_order(a, b));
        assert_eq!(names, ["1 One", "2 Two", "02b", "10 Ten", "A9", "a10", "b"]);
        let huge = ["99999999999999999999999", "100000000000000000000000"];
        assert_eq!(natural_order(huge[0], huge[1]), Ordering::Less);
    }

    #[test]
    fn the_order_is_total() {
        for (a, b) in [("1", "01"), ("a", "A"), ("", "x"), ("x1", "x01")] {
            assert_eq!(natural_order(a, b), natural_order(b, a).reverse());
            assert_ne!(natural_order(a, b), Ordering::Equal);
        }
    }

    #[test]
    fn a_title_leaves_out_the_order_number() {
        for (stem, title) in [
            ("01 What you need", "What you need"),
            ("2. First_steps", "First steps"),
            ("03-Light - and shadow", "Light - and shadow"),
            ("Welcome", "Welcome"),
            ("2024", "2024"),
            ("3D basics", "3D basics"),
            ("10 2 Steps", "2 Steps"),
            ("  Spaces   inside ", "Spaces inside"),
        ] {
            assert_eq!(title_of(stem), title, "{stem}");
        }
    }
}
