//! The connection code: everything that a shop's own plugin or module needs to know of us, in one text to be pasted.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::StoreName;
use serde::Serialize;

#[derive(Serialize)]
struct Connection<'a> {
    v: u8,
    address: &'a str,
    store: &'a str,
    webhook_secret: &'a str,
    handoff_secret: &'a str,
}

/// Writes the code: base64url without padding of a JSON object. It holds both secrets, so it is as secret as they are.
pub(crate) fn connection_code(
    address: &str,
    store: &StoreName,
    webhook_secret: &str,
    handoff_secret: &str,
) -> serde_json::Result<String> {
    let connection = Connection {
        v: 1,
        address,
        store: store.as_str(),
        webhook_secret,
        handoff_secret,
    };
    Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(&connection)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_back_field_by_field() {
        let store = "my-shop".parse().unwrap();
        let code = connection_code(
            "https://courses.example.com",
            &store,
            "whsec_a\"b",
            "stoa_hs_x",
        );
        let code = code.unwrap();
        assert!(
            code.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
            "{code}"
        );
        let json = String::from_utf8(URL_SAFE_NO_PAD.decode(code).unwrap()).unwrap();
        assert_eq!(
            json,
            r#"{"v":1,"address":"https://courses.example.com","store":"my-shop","webhook_secret":"whsec_a\"b","handoff_secret":"stoa_hs_x"}"#
        );
    }
}
