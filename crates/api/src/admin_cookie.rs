//! The cookies that hold an administrator's session and make her browser known again.

use std::time::{Duration, UNIX_EPOCH};

use app::admins::sessions::{Browser, NewAdminLogin};
use axum::http::header::{COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use domain::device::DeviceLabel;

use crate::client::Client;
use crate::session::is_token;
use crate::state::ApiState;

/// What begins the names of cookies over TLS: browsers insist on `Secure`, our host alone, and all paths. Without TLS, which
/// is on the owner's own machine, the names do without it.
const HOST_PREFIX: &str = "__Host-";
/// The cookie of a session.
pub(crate) const NAME: &str = "__Host-stoa_admin";
/// The cookie of a device: in a browser in which she has signed in, strangers' bad tries are not counted as hers.
const DEVICE: &str = "__Host-stoa_admin_device";
/// How long a device is known again, in seconds: 400 days, the most that browsers keep a cookie.
const DEVICE_SECONDS: u32 = 400 * 86_400;

fn is_secure(state: &ApiState) -> bool {
    state.origin.starts_with("https://")
}

fn named(state: &ApiState, name: &'static str) -> &'static str {
    if is_secure(state) {
        return name;
    }
    name.strip_prefix(HOST_PREFIX).unwrap_or(name)
}

/// Finds the session's token among a request's cookies.
pub(crate) fn find<'a>(state: &ApiState, headers: &'a HeaderMap) -> Option<&'a str> {
    find_named(state, headers, NAME)
}

/// Finds the token of her device among a request's cookies.
pub(crate) fn device<'a>(state: &ApiState, headers: &'a HeaderMap) -> Option<&'a str> {
    find_named(state, headers, DEVICE)
}

/// Finds a token; what cannot be one is passed over.
fn find_named<'a>(state: &ApiState, headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    let wanted = named(state, name);
    let cookies = headers.get_all(COOKIE).into_iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && is_token(value))
        .map(|(_, value)| value)
}

/// Writes the `Set-Cookie`s of a new session.
pub(crate) fn set(state: &ApiState, session: &NewAdminLogin) -> HeaderMap {
    let seconds = u64::try_from(session.expires_at.as_seconds()).unwrap_or(0);
    let expires = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    let life = format!("Max-Age={DEVICE_SECONDS}");
    write(
        state,
        &[
            (NAME, &session.token, &format!("Expires={expires}")),
            (DEVICE, &session.device, &life),
        ],
    )
}

/// Writes the `Set-Cookie` that has the browser forget the session. It stays known.
pub(crate) fn clear(state: &ApiState) -> HeaderMap {
    write(state, &[(NAME, "", "Max-Age=0")])
}

fn write(state: &ApiState, cookies: &[(&'static str, &str, &str)]) -> HeaderMap {
    let secure = if is_secure(state) { "; Secure" } else { "" };
    let mut headers = HeaderMap::new();
    for (name, value, life) in cookies {
        let name = named(state, name);
        let text = format!("{name}={value}; Path=/; {life}; HttpOnly; SameSite=Strict{secure}");
        // A token and a date are always a header's value.
        if let Ok(mut value) = HeaderValue::try_from(text) {
            value.set_sensitive(true);
            headers.append(SET_COOKIE, value);
        }
    }
    headers
}

/// Describes the browser that asks.
pub(crate) fn browser(state: &ApiState, parts: &Parts) -> Browser {
    let agent = parts.headers.get(USER_AGENT);
    let agent = agent.and_then(|value| value.to_str().ok());
    Browser {
        label: agent.map(DeviceLabel::of).unwrap_or_default(),
        origin: Client::of(parts, state).origin(),
        session: find(state, &parts.headers).map(str::to_owned),
        device: device(state, &parts.headers).map(str::to_owned),
    }
}
