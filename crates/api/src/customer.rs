//! The customer who asks, with all that her session has proven.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::Viewer;

use crate::problem::Problem;
use crate::state::ApiState;

/// A customer with an open session, read from the database at every request. In a handler's signature: only for those.
pub(crate) struct SignedInCustomer {
    pub(crate) viewer: Viewer,
}

impl FromRequestParts<ApiState> for SignedInCustomer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let token = state.cookie.find(&parts.headers);
        let token = token.ok_or_else(Problem::not_signed_in)?;
        let found = state.app.find_session(token).await;
        let viewer = found.map_err(|error| Problem::unavailable(&error))?;
        let viewer = viewer.ok_or_else(Problem::not_signed_in)?;
        Ok(Self { viewer })
    }
}
