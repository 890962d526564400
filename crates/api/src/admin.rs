//! The administrator who asks.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::audit::{Actor, Cause};

use crate::problem::Problem;
use crate::state::ApiState;

/// The holder of a valid API token. In a handler's signature: only for those.
pub(crate) struct Admin {
    /// What the audit log says about her: which token, and the network address that the request came from.
    pub(crate) cause: Cause,
}

impl FromRequestParts<ApiState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let token = bearer(parts).ok_or_else(Problem::not_authorized)?;
        let found = state.app.find_api_token(token).await;
        let id = found.map_err(|error| Problem::unavailable(&error))?;
        let id = id.ok_or_else(Problem::not_authorized)?;
        let cause = Cause {
            origin: peer(parts),
            ..Cause::by(Actor::Token(id))
        };
        Ok(Self { cause })
    }
}

/// Returns the network address of the other end, when the router is served on a socket.
fn peer(parts: &Parts) -> Option<String> {
    let ConnectInfo(address) = parts.extensions.get::<ConnectInfo<SocketAddr>>()?;
    Some(address.ip().to_canonical().to_string())
}

fn bearer(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_only = values.next().is_none();
    let is_ours = scheme.eq_ignore_ascii_case("bearer") && token.starts_with("stoa_");
    (is_only && is_ours).then_some(token)
}
