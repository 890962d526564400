//! The administrator who asks.

use std::marker::PhantomData;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::TokenId;
use domain::audit::{Actor, Cause};
use domain::scope::{Scope, Scopes};

use crate::problem::Problem;
use crate::state::ApiState;

/// Whoever may administer what `S` names. In a handler's signature: only for those.
pub(crate) struct Admin<S> {
    /// What the audit log says about her: who, and the network address that the request came from.
    pub(crate) cause: Cause,
    /// All that she may do.
    pub(crate) scopes: Scopes,
    needed: PhantomData<S>,
}

/// The scope that a handler needs, as a type.
pub(crate) trait Needed {
    const SCOPE: Scope;
}

macro_rules! needed {
    ($($name:ident),*) => {$(
        pub(crate) struct $name;
        impl Needed for $name {
            const SCOPE: Scope = Scope::$name;
        }
    )*};
}

needed!(
    ContentRead,
    ContentWrite,
    AccessRead,
    AccessWrite,
    StoresRead,
    StoresWrite,
    AuditRead,
    TeamWrite
);

impl<S: Needed> FromRequestParts<ApiState> for Admin<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let token = bearer(parts).ok_or_else(Problem::not_authorized)?;
        let found = state.app.find_api_token(token).await;
        let holder = found.map_err(|error| Problem::unavailable(&error))?;
        let holder = holder.ok_or_else(Problem::not_authorized)?;
        if holder.is_use_to_be_noted {
            note_use(state, holder.id);
        }
        if !holder.scopes.has(S::SCOPE) {
            return Err(Problem::not_allowed(S::SCOPE));
        }
        let cause = Cause {
            origin: peer(parts),
            ..Cause::by(Actor::Token(holder.id))
        };
        Ok(Self {
            cause,
            scopes: holder.scopes,
            needed: PhantomData,
        })
    }
}

/// Has it written down that the token is used. The request does not wait for it: whoever reads shall not write.
fn note_use(state: &ApiState, id: TokenId) {
    let app = state.app.clone();
    tokio::spawn(async move {
        if let Err(error) = app.note_token_use(id).await {
            tracing::warn!(token = %id, %error, "the use of an API token was not noted");
        }
    });
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
