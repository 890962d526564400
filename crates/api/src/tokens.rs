//! Tokens for programs that administer.

use app::App;
use app::api_tokens::ApiToken;
use app::api_tokens::{NewToken, TokenLimits};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::TokenId;
use domain::scope::{Scope, Scopes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, Proven, TeamWrite};
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::state::ApiState;
use crate::team::RoleText;
use crate::wire::{Note, Text, Time};

/// The routes of the tokens.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(revoke))
}

/// A right, by its name.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
struct ScopeText(Scope);

impl TryFrom<String> for ScopeText {
    type Error = domain::scope::ScopeError;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse().map(Self)
    }
}

/// A token to make: what it may do is said by `scopes` or by `role`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTokenRequest {
    /// To remember it by.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Note<200>,
    /// What it may do, such as `access:read`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false)]
    scopes: Option<Vec<ScopeText>>,
    /// It may do what this role may: `viewer`, `support`, `manager` or `owner`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    role: Option<RoleText>,
    /// When it ends; never when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Time, required = false)]
    expires_at: Option<Time>,
}

impl NewTokenRequest {
    fn scopes(&self) -> Result<Scopes, Problem> {
        match (&self.scopes, self.role) {
            (Some(scopes), None) => Ok(scopes.iter().map(|scope| scope.0).collect()),
            (None, Some(role)) => Ok(role.0.scopes()),
            (None, None) | (Some(_), Some(_)) => {
                let wrong = "either `scopes` or `role` says what the token may do".to_owned();
                Err(Problem::invalid_body(wrong).about("scopes"))
            }
        }
    }
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct NewTokenBody {
    #[schema(value_type = String)]
    id: Text<TokenId>,
    /// To be sent as `Authorization: Bearer …`. It is not shown again.
    token: String,
    created_at: Time,
}

impl From<NewToken> for NewTokenBody {
    fn from(made: NewToken) -> Self {
        Self {
            id: Text(made.id),
            token: made.token,
            created_at: Time(made.created_at),
        }
    }
}

/// A token, without itself.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenBody {
    #[schema(value_type = String)]
    id: Text<TokenId>,
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Text<Scope>>,
    created_at: Time,
    /// Null: never.
    #[schema(required = true)]
    expires_at: Option<Time>,
    /// To the hour; null when it never was.
    #[schema(required = true)]
    last_used_at: Option<Time>,
    /// Null when it was not.
    #[schema(required = true)]
    revoked_at: Option<Time>,
}

impl From<ApiToken> for TokenBody {
    fn from(token: ApiToken) -> Self {
        Self {
            id: Text(token.id),
            name: token.name,
            scopes: token.scopes.iter().map(Text).collect(),
            created_at: Time(token.created_at),
            expires_at: token.expires_at.map(Time),
            last_used_at: token.last_used_at.map(Time),
            revoked_at: token.revoked_at.map(Time),
        }
    }
}

/// The first 1000 tokens by age, the revoked ones too.
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenList {
    items: Vec<TokenBody>,
}

/// Lists the tokens; the tokens themselves are kept nowhere.
#[utoipa::path(get, path = "/api/admin/tokens", operation_id = "list_tokens", tag = "team",
    security(("token" = ["team:write"])),
    responses(
        (status = 200, body = TokenList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<TeamWrite>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let tokens = app.list_api_tokens().await;
    let tokens = tokens.map_err(|error| Problem::unavailable(&error))?;
    let items = tokens.into_iter().map(TokenBody::from).collect();
    Ok(json::ok(&TokenList { items }))
}

/// Makes a token. It may do no more than whoever makes it.
#[utoipa::path(post, path = "/api/admin/tokens", operation_id = "create_token", tag = "team",
    security(("token" = ["team:write"])),
    request_body = NewTokenRequest,
    responses(
        (status = 201, body = NewTokenBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing, or one that the token shall have"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin<Proven<TeamWrite>>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<NewTokenRequest>,
) -> Result<Response, Problem> {
    let limits = TokenLimits {
        scopes: request.scopes()?,
        expires_at: request.expires_at.map(|time| time.0),
    };
    let name = request.name.0.trim();
    if name.is_empty() {
        return Err(Problem::invalid_body("`name` is empty".to_owned()).about("name"));
    }
    let made = app
        .create_limited_token(&admin.cause, admin.scopes, name, limits)
        .await?;
    Ok(json::answer(StatusCode::CREATED, &NewTokenBody::from(made)))
}

/// Revokes a token for good.
#[utoipa::path(delete, path = "/api/admin/tokens/{token_id}", operation_id = "revoke_token", tag = "team",
    security(("token" = ["team:write"])),
    params(("token_id" = String, Path, description = "The token's id, not the token")),
    responses(
        (status = 204, description = "It is refused from now on"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "No token of that id works"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn revoke(
    State(app): State<App>,
    admin: Admin<Proven<TeamWrite>>,
    Id(id): Id<TokenId>,
    _: QueryParameters<NoQuery>,
) -> Result<StatusCode, Problem> {
    let revoked = app.revoke_api_token(&admin.cause, id).await;
    let is_revoked = revoked.map_err(|error| Problem::unavailable(&error))?;
    is_revoked
        .then_some(StatusCode::NO_CONTENT)
        .ok_or_else(Problem::not_found)
}
