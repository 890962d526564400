//! The customer who asks, with all that her session has proven.

use app::playing::Learner;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::{DeviceId, SessionId, Viewer};

use crate::embed::origin_of;
use crate::problem::Problem;
use crate::state::ApiState;

/// A customer with an open session, read from the database at every request. In a handler's signature: only for those.
pub(crate) struct SignedInCustomer {
    pub(crate) viewer: Viewer,
    pub(crate) session: SessionId,
    device: DeviceId,
}

impl FromRequestParts<ApiState> for SignedInCustomer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let token = state.cookies.session(&parts.headers);
        let token = token.ok_or_else(Problem::not_signed_in)?;
        let found = state.app.find_session(token).await;
        let session = found.map_err(|error| Problem::unavailable(&error))?;
        let session = session.ok_or_else(Problem::not_signed_in)?;
        if state.app.is_stale(&session) {
            refresh(state.app.clone(), session.id);
        }
        Ok(Self {
            viewer: session.viewer,
            session: session.id,
            device: session.device,
        })
    }
}

/// Writes down beside the request that the session is in use: nobody who reads waits for a write.
fn refresh(app: app::App, session: SessionId) {
    tokio::spawn(async move {
        if let Err(error) = app.refresh_session(session).await {
            // The next request tries again.
            tracing::warn!(%session, %error, "it was not written down that a session is in use");
        }
    });
}

/// A customer in one of our pages, or in a page of her shop's by a token. In a handler's signature: for both; what has it is
/// listed in `embed`.
pub(crate) struct CustomerAnywhere {
    pub(crate) viewer: Viewer,
    device: DeviceId,
}

impl CustomerAnywhere {
    /// Says that the device on which she is signed in plays.
    pub(crate) fn playing(self) -> Learner {
        Learner::playing(self.viewer, self.device)
    }

    /// Says that the device on which she is signed in stands still.
    pub(crate) fn standing(self) -> Learner {
        Learner::standing(self.viewer, self.device)
    }
}

impl FromRequestParts<ApiState> for CustomerAnywhere {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        if !parts.headers.contains_key(AUTHORIZATION) {
            let signed_in = SignedInCustomer::from_request_parts(parts, state).await?;
            return Ok(Self {
                viewer: signed_in.viewer,
                device: signed_in.device,
            });
        }
        let asked = bearer(&parts.headers).zip(origin_of(&parts.headers));
        let (token, origin) = asked.ok_or_else(Problem::not_signed_in)?;
        let found = state.app.find_embed(token, &origin).await;
        let session = found.map_err(|error| Problem::unavailable(&error))?;
        let session = session.ok_or_else(Problem::not_signed_in)?;
        Ok(Self {
            viewer: session.viewer,
            device: session.device,
        })
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_only = values.next().is_none();
    (is_only && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}
