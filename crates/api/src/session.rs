//! The cookie that holds a customer's session.

use std::time::{Duration, UNIX_EPOCH};

use app::sign_in::NewSession;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// The cookie's name over TLS: the prefix has browsers insist on `Secure`, our host alone, and all paths.
pub(crate) const NAME: &str = "__Host-stoa_session";
/// Its name where there is no TLS, which is on the owner's own machine.
const NAME_WITHOUT_TLS: &str = "stoa_session";

/// How the cookie is written here.
pub(crate) struct SessionCookie {
    is_secure: bool,
}

impl SessionCookie {
    pub(crate) fn new(is_https: bool) -> Self {
        Self {
            is_secure: is_https,
        }
    }

    /// Finds the session's token among a request's cookies; what cannot be a token is passed over.
    pub(crate) fn find<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).into_iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == self.name() && is_token(value))
            .map(|(_, value)| value)
    }

    /// Writes the `Set-Cookie` of a new session.
    pub(crate) fn set(&self, session: &NewSession) -> Option<HeaderValue> {
        let seconds = u64::try_from(session.expires_at.as_seconds()).unwrap_or(0);
        let expires = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        self.write(&session.token, &format!("Expires={expires}"))
    }

    /// Writes the `Set-Cookie` that has the browser forget the session.
    pub(crate) fn clear(&self) -> Option<HeaderValue> {
        self.write("", "Max-Age=0")
    }

    fn write(&self, value: &str, life: &str) -> Option<HeaderValue> {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = self.name();
        let text = format!("{name}={value}; Path=/; {life}; HttpOnly; SameSite=Lax{secure}");
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    fn name(&self) -> &'static str {
        if self.is_secure {
            NAME
        } else {
            NAME_WITHOUT_TLS
        }
    }
}

/// Tells whether a text has the form of our tokens.
fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 43 && text.bytes().all(fits)
}
