//! The administrator who asks: the holder of an API token, or somebody who is signed in.

use std::marker::PhantomData;

use app::admins::AdminHolder;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::audit::{Actor, Cause};
use domain::scope::{Scope, Scopes};
use domain::{SessionId, TokenId};

use crate::admin_cookie;
use crate::client::Client;
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

/// What a handler needs, as a type.
pub(crate) trait Needed {
    const SCOPE: Scope;
    /// Tells whether somebody who is signed in must have proven lately who she is. A token cannot, and need not.
    const IS_DANGEROUS: bool = false;
}

/// The same scope, for what is dangerous: a browser left open shall not do it.
pub(crate) struct Proven<S>(PhantomData<S>);

impl<S: Needed> Needed for Proven<S> {
    const SCOPE: Scope = S::SCOPE;
    const IS_DANGEROUS: bool = true;
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
    PeopleWrite,
    TeamWrite
);

impl<S: Needed> FromRequestParts<ApiState> for Admin<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let (actor, scopes, is_proven) = if parts.headers.contains_key(AUTHORIZATION) {
            let token = bearer(parts).ok_or_else(Problem::not_authorized)?;
            let found = state.app.find_api_token(token).await;
            let holder = found.map_err(|error| Problem::unavailable(&error))?;
            let holder = holder.ok_or_else(Problem::not_authorized)?;
            if holder.is_use_to_be_noted {
                note_use(state, holder.id);
            }
            (Actor::Token(holder.id), holder.scopes, true)
        } else {
            let holder = signed_in(parts, state).await?;
            (
                Actor::Admin(holder.admin),
                holder.scopes(),
                holder.is_proven,
            )
        };
        if !scopes.has(S::SCOPE) {
            tracing::info!(%actor, scope = %S::SCOPE, "refused for lack of a scope");
            return Err(Problem::not_allowed(S::SCOPE));
        }
        if S::IS_DANGEROUS && !is_proven {
            return Err(Problem::prove_again());
        }
        Ok(Self {
            cause: cause(parts, state, actor),
            scopes,
            needed: PhantomData,
        })
    }
}

/// An administrator who is signed in, whatever she may do. In a handler's signature: only for those, and no token.
pub(crate) struct SignedInAdmin {
    pub(crate) holder: AdminHolder,
    pub(crate) cause: Cause,
}

impl SignedInAdmin {
    /// Refuses what is dangerous unless she has proven lately who she is.
    pub(crate) fn must_be_proven(&self) -> Result<(), Problem> {
        let is_proven = self.holder.is_proven;
        is_proven.then_some(()).ok_or_else(Problem::prove_again)
    }
}

impl FromRequestParts<ApiState> for SignedInAdmin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Problem> {
        let holder = signed_in(parts, state).await?;
        let cause = cause(parts, state, Actor::Admin(holder.admin));
        Ok(Self { holder, cause })
    }
}

/// Finds who is signed in, read from the database at every request.
async fn signed_in(parts: &Parts, state: &ApiState) -> Result<AdminHolder, Problem> {
    let token = admin_cookie::find(state, &parts.headers).ok_or_else(Problem::not_authorized)?;
    let found = state.app.find_admin_session(token).await;
    let holder = found.map_err(|error| Problem::unavailable(&error))?;
    let holder = holder.ok_or_else(Problem::not_authorized)?;
    if holder.is_to_be_noted {
        note_seen(state, holder.session);
    }
    Ok(holder)
}

fn cause(parts: &Parts, state: &ApiState, actor: Actor) -> Cause {
    Cause {
        origin: Client::of(parts, state).origin(),
        ..Cause::by(actor)
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

/// Has it written down that she is here, the same way.
fn note_seen(state: &ApiState, id: SessionId) {
    let app = state.app.clone();
    tokio::spawn(async move {
        if let Err(error) = app.note_admin_seen(id).await {
            tracing::warn!(session = %id, %error, "a session was not prolonged");
        }
    });
}

fn bearer(parts: &Parts) -> Option<&str> {
    let mut values = parts.headers.get_all(AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let is_only = values.next().is_none();
    let is_ours = scheme.eq_ignore_ascii_case("bearer") && token.starts_with("stoa_");
    (is_only && is_ours).then_some(token)
}
