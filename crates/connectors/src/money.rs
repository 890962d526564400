//! Money as stores write it: decimals of the currency's main unit, `129.00` or `49.5`.

/// Returns the amount in minor units (cents, or what the currency has instead): exact, or `None` when the text is no
/// decimal, is finer than the currency, or does not fit. A sign is kept.
pub(crate) fn minor_units(decimal: &str, currency: &str) -> Option<i64> {
    let places = decimal_places(currency);
    let (_, _, fraction) = parts(decimal)?;
    // Stores write more places than the currency has, as long as they are zeros: JPY 1200.00.
    if fraction.trim_end_matches('0').len() > places {
        return None;
    }
    rounded(decimal, places)
}

/// Returns the amount in minor units, rounded half away from zero: for stores that write what they reckoned, finer than the
/// currency. `None` when the text is no decimal or does not fit.
pub(crate) fn rounded_minor_units(decimal: &str, currency: &str) -> Option<i64> {
    rounded(decimal, decimal_places(currency))
}

/// Returns a decimal times ten to the power of `places`, rounded half away from zero.
pub(crate) fn rounded(decimal: &str, places: usize) -> Option<i64> {
    let (is_negative, whole, fraction) = parts(decimal)?;
    let kept: String = fraction.chars().take(places).collect();
    let amount: i64 = format!("{whole}{kept:0<places$}").parse().ok()?;
    let next = fraction.as_bytes().get(places);
    let amount = amount.checked_add(i64::from(next.is_some_and(|digit| *digit >= b'5')))?;
    Some(if is_negative { -amount } else { amount })
}

/// Splits a decimal into its sign and the digits before and behind the point.
fn parts(decimal: &str) -> Option<(bool, &str, &str)> {
    let (is_negative, digits) = match decimal.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, decimal),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let is_decimal = !whole.is_empty() && all_digits(whole) && all_digits(fraction);
    is_decimal.then_some((is_negative, whole, fraction))
}

/// Cuts off what is finer than the currency, for stores that are set to reckon in fractions of a cent.
pub(crate) fn cut_to_currency<'a>(decimal: &'a str, currency: &str) -> &'a str {
    let Some((whole, fraction)) = decimal.split_once('.') else {
        return decimal;
    };
    let length = match decimal_places(currency) {
        0 => whole.len(),
        places => whole.len() + 1 + places.min(fraction.len()),
    };
    decimal.get(..length).unwrap_or(decimal)
}

/// How many decimal places a currency has (ISO 4217); two unless it is one of the exceptions.
fn decimal_places(currency: &str) -> usize {
    match currency.to_ascii_uppercase().as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_become_minor_units_of_their_currency() {
        for (text, currency, minor) in [
            ("129.00", "EUR", Some(12_900)),
            ("-129.00", "EUR", Some(-12_900)),
            ("49", "eur", Some(4_900)),
            ("49.5", "USD", Some(4_950)),
            ("0.00", "USD", Some(0)),
            ("1200.00", "JPY", Some(1_200)),
            ("1.234", "KWD", Some(1_234)),
            ("1.23400", "KWD", Some(1_234)),
            ("1.005", "EUR", None),
            ("1.5", "JPY", None),
            ("", "EUR", None),
            (".5", "EUR", None),
            ("1e3", "EUR", None),
            ("+1", "EUR", None),
            ("99999999999999999999", "EUR", None),
        ] {
            assert_eq!(minor_units(text, currency), minor, "{text} {currency}");
        }
    }

    #[test]
    fn what_is_finer_than_the_currency_can_be_rounded() {
        for (text, currency, minor) in [
            ("129", "EUR", Some(12_900)),
            ("10.0725", "EUR", Some(1_007)),
            ("10.075", "EUR", Some(1_008)),
            ("-10.075", "EUR", Some(-1_008)),
            ("9.999", "EUR", Some(1_000)),
            ("1200.5", "JPY", Some(1_201)),
            ("1200.4", "JPY", Some(1_200)),
            ("0.0000000001", "EUR", Some(0)),
            ("1e3", "EUR", None),
            ("", "EUR", None),
            ("99999999999999999999", "EUR", None),
        ] {
            assert_eq!(
                rounded_minor_units(text, currency),
                minor,
                "{text} {currency}"
            );
        }
    }

    #[test]
    fn what_is_finer_than_the_currency_is_cut_off() {
        for (text, currency, cut) in [
            ("129.00", "EUR", "129.00"),
            ("12.3456", "EUR", "12.34"),
            ("-12.999", "EUR", "-12.99"),
            ("12.5", "EUR", "12.5"),
            ("12.", "EUR", "12."),
            ("12", "EUR", "12"),
            ("1200.50", "JPY", "1200"),
            ("1.23456", "KWD", "1.234"),
            ("1.2\u{fc}", "EUR", "1.2\u{fc}"),
        ] {
            assert_eq!(cut_to_currency(text, currency), cut, "{text} {currency}");
        }
    }
}
