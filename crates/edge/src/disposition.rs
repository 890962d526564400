//! The `Content-Disposition` of a download, by RFC 6266 and RFC 8187.

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but the `attr-char` of RFC 8187 §3.2.1.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// Returns the header that makes a browser save the object as `name`.
///
/// Old readers get `name` with an underscore for everything that is not plain; all others read
/// the exact name. Characters that no file name may have become underscores in both.
pub(crate) fn attachment(name: &str) -> Option<HeaderValue> {
    let name: String = name
        .chars()
        .map(|c| if is_harmful(c) { '_' } else { c })
        .collect();
    let plain: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '_' })
        .collect();
    let exact = utf8_percent_encode(&name, ENCODED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
        .try_into()
        .ok()
}

/// Claims that a character could end the header, leave the folder or disguise the name: the
/// marks that turn the direction of writing can make `exe` look like `pdf`.
fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character, '/' | '\\' | '\u{200e}' | '\u{200f}')
        || ('\u{202a}'..='\u{202e}').contains(&character)
        || ('\u{2066}'..='\u{2069}').contains(&character)
}

/// Claims that all readers understand a character alike. Some decode `%` in a plain name.
fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~') && !matches!(character, '"' | '%')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_given_twice_plain_and_exact() {
        for (name, header) in [
            (
                "palette.pdf",
                r#"attachment; filename="palette.pdf"; filename*=UTF-8''palette.pdf"#,
            ),
            (
                "Übung 1.pdf",
                r#"attachment; filename="_bung 1.pdf"; filename*=UTF-8''%C3%9Cbung%201.pdf"#,
            ),
            (
                r#"a"b%41;c*.zip"#,
                r#"attachment; filename="a_b_41;c*.zip"; filename*=UTF-8''a%22b%2541%3Bc%2A.zip"#,
            ),
            (
                "../x\\y\r\nSet-Cookie: a=b",
                "attachment; filename=\".._x_y__Set-Cookie: a=b\"; \
                 filename*=UTF-8''.._x_y__Set-Cookie%3A%20a%3Db",
            ),
            (
                "invoice\u{202e}fdp.exe",
                r#"attachment; filename="invoice_fdp.exe"; filename*=UTF-8''invoice_fdp.exe"#,
            ),
        ] {
            assert_eq!(attachment(name).unwrap(), header);
        }
    }

    proptest! {
        #[test]
        fn any_name_makes_one_well_formed_header(name in any::<String>()) {
            let header = attachment(&name).unwrap();
            let text = header.to_str().unwrap();
            prop_assert_eq!(text.matches('"').count(), 2);
            prop_assert!(!text.contains(['/', '\\']));
        }
    }
}
