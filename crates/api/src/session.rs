//! The cookies that hold a customer's session and make her browser known again.

use std::time::{Duration, UNIX_EPOCH};

use app::sessions::{Browser, DeviceLabel, NewSession};
use axum::http::header::{COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue};

/// What begins the names of cookies over TLS: browsers insist on `Secure`, our host alone, and all paths. Without TLS, which
/// is on the owner's own machine, the names do without it.
const HOST_PREFIX: &str = "__Host-";
/// The cookie of a session.
pub(crate) const SESSION: &str = "__Host-stoa_session";
/// The cookie of a device: whoever signs in there, it is known again.
const DEVICE: &str = "__Host-stoa_device";
/// The cookie of a wish to sign in: a link works only in the browser that has it.
const SIGN_IN: &str = "__Host-stoa_sign_in";
/// How long that browser is known, in seconds: a little longer than what it asked for works.
const SIGN_IN_SECONDS: u32 = 15 * 60;
/// How long a device is known again, in seconds: 400 days, the most that browsers keep a cookie.
const DEVICE_SECONDS: u32 = 400 * 86_400;

/// How cookies are written here.
pub(crate) struct Cookies {
    is_secure: bool,
}

impl Cookies {
    pub(crate) fn new(is_https: bool) -> Self {
        Self {
            is_secure: is_https,
        }
    }

    /// Finds the session's token among a request's cookies.
    pub(crate) fn session<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        self.find(headers, SESSION)
    }

    /// Describes the browser that asks to be signed in.
    pub(crate) fn browser<'a>(&self, headers: &'a HeaderMap) -> Browser<'a> {
        let user_agent = headers.get(USER_AGENT);
        let user_agent = user_agent.and_then(|value| value.to_str().ok());
        Browser {
            session: self.session(headers),
            keeps_proofs: false,
            device: self.find(headers, DEVICE),
            sign_in: self.find(headers, SIGN_IN),
            label: user_agent.map(DeviceLabel::of).unwrap_or_default(),
        }
    }

    /// Writes the `Set-Cookie`s of a new session: what was wished for is had.
    pub(crate) fn open(&self, session: &NewSession) -> HeaderMap {
        let seconds = u64::try_from(session.expires_at.as_seconds()).unwrap_or(0);
        let expires = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
        // The form of a shop's page brings this one from another site: it says nothing but that it is the same browser
        // as before, and opens nothing.
        let device_goes = if self.is_secure { "None" } else { "Lax" };
        let device_life = format!("Max-Age={DEVICE_SECONDS}");
        let cookies = [
            self.write(
                SESSION,
                &session.token,
                &format!("Expires={expires}"),
                "Lax",
            ),
            self.write(DEVICE, &session.device, &device_life, device_goes),
            self.write(SIGN_IN, "", "Max-Age=0", "Lax"),
        ];
        let mut headers = HeaderMap::new();
        for cookie in cookies.into_iter().flatten() {
            headers.append(SET_COOKIE, cookie);
        }
        headers
    }

    /// Writes the `Set-Cookie` of a wish to sign in.
    pub(crate) fn asking(&self, token: &str) -> HeaderMap {
        let life = format!("Max-Age={SIGN_IN_SECONDS}");
        let cookie = self.write(SIGN_IN, token, &life, "Lax");
        cookie
            .map(|value| (SET_COOKIE, value))
            .into_iter()
            .collect()
    }

    /// Writes the `Set-Cookie` that has the browser forget the session.
    pub(crate) fn close(&self) -> HeaderMap {
        let cookie = self.write(SESSION, "", "Max-Age=0", "Lax");
        cookie
            .map(|value| (SET_COOKIE, value))
            .into_iter()
            .collect()
    }

    /// Finds a token among a request's cookies; what cannot be a token is passed over.
    fn find<'a>(&self, headers: &'a HeaderMap, wanted: &'static str) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).into_iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, value)| *name == self.name(wanted) && is_token(value))
            .map(|(_, value)| value)
    }

    fn write(
        &self,
        name: &'static str,
        value: &str,
        life: &str,
        same_site: &str,
    ) -> Option<HeaderValue> {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = self.name(name);
        let text =
            format!("{name}={value}; Path=/; {life}; HttpOnly; SameSite={same_site}{secure}");
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    fn name(&self, name: &'static str) -> &'static str {
        if self.is_secure {
            return name;
        }
        name.strip_prefix(HOST_PREFIX).unwrap_or(name)
    }
}

/// Tells whether a text has the form of our tokens.
pub(crate) fn is_token(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.len() == 43 && text.bytes().all(fits)
}
