//! The administrator who asks.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::audit::{Actor, Cause};

use crate::problem::Problem;
use crate::state::ApiState;

/// The holder of a valid API token. In a handler's signature: only for those.
pub(crate) struct Admin {
    pub(crate) cause: Cause,
}

impl FromRequestParts<ApiState> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let token = bearer(parts).ok_or_else(Problem::not_authorized)?;
        let found = state.app.find_api_token(token).await;
        let id = found.map_err(|error| Problem::unavailable(&error))?;
        let id = id.ok_or_else(Problem::not_authorized)?;
        Ok(Self {
            cause: Cause::by(Actor::Token(id)),
        })
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_only = values.next().is_none();
    let is_ours = scheme.eq_ignore_ascii_case("bearer") && token.starts_with("stoa_");
    (is_only && is_ours).then_some(token)
}
