//! The cookie that holds an administrator's session, and the browser that it is in.

use std::time::{Duration, UNIX_EPOCH};

use app::admins::sessions::{Browser, NewAdminLogin};
use axum::http::header::{COOKIE, SET_COOKIE, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use domain::device::DeviceLabel;

use crate::admin::peer;
use crate::session::is_token;
use crate::state::ApiState;

/// The cookie's name over TLS: the prefix has browsers insist on `Secure`, our host alone, and all paths.
pub(crate) const NAME: &str = "__Host-stoa_admin";
/// Its name where there is no TLS, which is on the owner's own machine.
const NAME_WITHOUT_TLS: &str = "stoa_admin";

fn name(state: &ApiState) -> &'static str {
    if state.origin.starts_with("https://") {
        NAME
    } else {
        NAME_WITHOUT_TLS
    }
}

/// Finds the session's token among a request's cookies; what cannot be a token is passed over.
pub(crate) fn find<'a>(state: &ApiState, headers: &'a HeaderMap) -> Option<&'a str> {
    let wanted = name(state);
    let cookies = headers.get_all(COOKIE).into_iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == wanted && is_token(value))
        .map(|(_, value)| value)
}

/// Writes the `Set-Cookie` of a new session.
pub(crate) fn set(state: &ApiState, session: &NewAdminLogin) -> HeaderMap {
    let seconds = u64::try_from(session.expires_at.as_seconds()).unwrap_or(0);
    let expires = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    write(state, &session.token, &format!("Expires={expires}"))
}

/// Writes the `Set-Cookie` that has the browser forget the session.
pub(crate) fn clear(state: &ApiState) -> HeaderMap {
    write(state, "", "Max-Age=0")
}

fn write(state: &ApiState, value: &str, life: &str) -> HeaderMap {
    let name = name(state);
    let secure = if name == NAME { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; {life}; HttpOnly; SameSite=Strict{secure}");
    let mut headers = HeaderMap::new();
    // A token and a date are always a header's value.
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.insert(SET_COOKIE, value);
    }
    headers
}

/// Describes the browser that asks.
pub(crate) fn browser(state: &ApiState, parts: &Parts) -> Browser {
    let agent = parts.headers.get(USER_AGENT);
    let agent = agent.and_then(|value| value.to_str().ok());
    Browser {
        label: agent.map(DeviceLabel::of).unwrap_or_default(),
        origin: peer(parts),
        session: find(state, &parts.headers).map(str::to_owned),
    }
}
