//! The team: who administers, and what each may do.

use app::App;
use app::admins::team::{AdminChange, NewAdmin, SetupLink, TeamMember};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::scope::{Role, RoleError};
use domain::{AdminId, EmailAddress};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{Admin, Proven, TeamWrite};
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::state::ApiState;
use crate::wire::{Note, Text, Time};

/// The routes of the team.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(change))
        .routes(routes!(create_link))
}

/// A role, by its name.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct RoleText(pub(crate) Role);

impl TryFrom<String> for RoleText {
    type Error = RoleError;
    fn try_from(name: String) -> Result<Self, RoleError> {
        name.parse().map(Self)
    }
}

/// Somebody to take into the team.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAdminRequest {
    /// Her address, by which she signs in.
    #[schema(value_type = String)]
    email: EmailAddress,
    /// Her name for people.
    #[schema(value_type = String, min_length = 1, max_length = 200)]
    name: Note<200>,
    /// `viewer`, `support`, `manager` or `owner`.
    #[schema(value_type = String)]
    role: RoleText,
}

/// What to change of somebody; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdminChangeRequest {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<Note<200>>,
    /// `viewer`, `support`, `manager` or `owner`.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    role: Option<RoleText>,
    /// Whether she may not sign in. She is signed out at once.
    #[serde(default, deserialize_with = "present")]
    #[schema(required = false)]
    is_disabled: Option<bool>,
}

/// Somebody of the team.
#[derive(Serialize, ToSchema)]
pub(crate) struct TeamMemberBody {
    #[schema(value_type = String)]
    id: Text<AdminId>,
    email: String,
    name: String,
    /// `viewer`, `support`, `manager` or `owner`.
    role: &'static str,
    /// Whether she has a password and an authenticator app.
    is_set_up: bool,
    created_at: Time,
    /// Since when she may not sign in; null when she may.
    #[schema(required = true)]
    disabled_at: Option<Time>,
}

impl From<TeamMember> for TeamMemberBody {
    fn from(member: TeamMember) -> Self {
        Self {
            id: Text(member.id),
            email: member.email.as_str().to_owned(),
            name: member.name,
            role: member.role.name(),
            is_set_up: member.is_set_up,
            created_at: Time(member.created_at),
            disabled_at: member.disabled_at.map(Time),
        }
    }
}

/// The first 1000 of the team by age, the disabled ones too.
#[derive(Serialize, ToSchema)]
pub(crate) struct Team {
    items: Vec<TeamMemberBody>,
}

/// A link by which somebody sets up how she signs in. Whoever has it can: give it only to her.
#[derive(Serialize, ToSchema)]
pub(crate) struct SetupLinkBody {
    /// Whose.
    #[schema(value_type = String)]
    admin_id: Text<AdminId>,
    /// Good once. It is not shown again.
    url: String,
    expires_at: Time,
}

impl SetupLinkBody {
    /// Writes the address of a link; its token is in the fragment, which no server sees.
    pub(crate) fn of(link: &SetupLink, state: &ApiState) -> Self {
        Self {
            admin_id: Text(link.admin),
            url: format!("{}/admin/link#token={}", state.origin, link.token),
            expires_at: Time(link.expires_at),
        }
    }
}

/// Lists who administers.
#[utoipa::path(get, path = "/api/admin/team", operation_id = "list_team", tag = "team",
    security(("token" = ["team:write"])),
    responses(
        (status = 200, body = Team),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<TeamWrite>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let team = app.list_admins().await;
    let team = team.map_err(|error| Problem::unavailable(&error))?;
    let items = team.into_iter().map(TeamMemberBody::from).collect();
    Ok(json::ok(&Team { items }))
}

/// Takes somebody into the team, and makes the link by which she sets up how she signs in.
#[utoipa::path(post, path = "/api/admin/team", operation_id = "create_admin", tag = "team",
    security(("token" = ["team:write"])),
    request_body = NewAdminRequest,
    responses(
        (status = 201, body = SetupLinkBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing, or she must prove once more who she is"),
        (status = 409, description = "There is an administrator of that address, or the team has no owner yet"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn create(
    State(state): State<ApiState>,
    State(app): State<App>,
    admin: Admin<Proven<TeamWrite>>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<NewAdminRequest>,
) -> Result<Response, Problem> {
    // Whoever may do less than an owner shall not make one.
    may_give(&admin, request.role)?;
    let new = NewAdmin {
        email: request.email,
        name: named(&request.name)?,
        role: request.role.0,
    };
    let link = app.create_admin(&admin.cause, &new).await?;
    let body = SetupLinkBody::of(&link, &state);
    Ok(json::answer(StatusCode::CREATED, &body))
}

/// Changes somebody's name, what she is, or whether she may sign in. The last owner stays one.
#[utoipa::path(patch, path = "/api/admin/team/{admin_id}", operation_id = "change_admin", tag = "team",
    security(("token" = ["team:write"])),
    params(("admin_id" = String, Path)),
    request_body = AdminChangeRequest,
    responses(
        (status = 200, body = TeamMemberBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing, or she must prove once more who she is"),
        (status = 404, description = "There is no such administrator"),
        (status = 409, description = "She is the last owner"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<Proven<TeamWrite>>,
    Id(id): Id<AdminId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<AdminChangeRequest>,
) -> Result<Response, Problem> {
    if let Some(role) = request.role {
        may_give(&admin, role)?;
    }
    let change = AdminChange {
        name: request.name.as_ref().map(named).transpose()?,
        role: request.role.map(|role| role.0),
        is_disabled: request.is_disabled,
    };
    let changed = app.change_admin(&admin.cause, id, &change).await?;
    Ok(json::ok(&TeamMemberBody::from(changed)))
}

/// Makes a new link for somebody who has lost what she signs in with. Links of before work no more; all else stays as it is until
/// it is used.
#[utoipa::path(post, path = "/api/admin/team/{admin_id}/link", operation_id = "create_admin_link", tag = "team",
    security(("token" = ["team:write"])),
    params(("admin_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 201, body = SetupLinkBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing, or she must prove once more who she is"),
        (status = 404, description = "There is no such administrator"),
        (status = 409, description = "She is disabled"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn create_link(
    State(state): State<ApiState>,
    State(app): State<App>,
    admin: Admin<Proven<TeamWrite>>,
    Id(id): Id<AdminId>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    // With the link she could sign in as whoever that is.
    may_give(&admin, RoleText(Role::Owner))?;
    let link = app.create_admin_link(&admin.cause, id).await?;
    let body = SetupLinkBody::of(&link, &state);
    Ok(json::answer(StatusCode::CREATED, &body))
}

/// Refuses to give a role that may do more than whoever gives it.
fn may_give<S>(admin: &Admin<S>, role: RoleText) -> Result<(), Problem> {
    let beyond = role.0.scopes().first_beyond(admin.scopes);
    beyond.map_or(Ok(()), |scope| {
        Err(Problem::not_allowed(scope).about("role"))
    })
}

fn named(name: &Note<200>) -> Result<String, Problem> {
    let name = name.0.trim();
    if name.is_empty() {
        return Err(Problem::invalid_body("`name` is empty".to_owned()).about("name"));
    }
    Ok(name.to_owned())
}
