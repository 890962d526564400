//! Mails, as whoever runs the shop sees them: what became of each, and sending one again.

use std::collections::BTreeMap;

use app::App;
use app::mail::{KeptMail, LONGEST_PAGE, MailFilter};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::mail::MailState;
use domain::scope::Scope;
use domain::{AdminId, CustomerId, EmailAddress, MailId, OrderId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::admin::{AccessRead, AccessWrite, Admin};
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};
use crate::state::ApiState;
use crate::wire::{Text, Time};

/// How many mails a page holds when the asker does not say.
const USUAL_PAGE: u32 = 50;

/// Routes what is seen of mails and done about them.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(resend))
}

/// How far a mail has come.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MailProgress {
    /// It is to be sent.
    Queued,
    /// It waits until a mail server is configured.
    Waiting,
    /// A mail server has taken it.
    Sent,
    /// It was refused for good, or tried for a day in vain.
    Failed,
    /// When its turn came, there was nothing to tell any more.
    Needless,
}

impl From<MailProgress> for MailState {
    fn from(progress: MailProgress) -> Self {
        match progress {
            MailProgress::Queued => Self::Queued,
            MailProgress::Waiting => Self::Waiting,
            MailProgress::Sent => Self::Sent,
            MailProgress::Failed => Self::Failed,
            MailProgress::Needless => Self::Needless,
        }
    }
}

/// Which mails are meant: those that fit all that is given.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct MailQuery {
    /// To this customer (`cus_…`).
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// That have come so far.
    #[param(inline)]
    state: Option<MailProgress>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<MailId>,
    /// How many, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

/// A mail: what it was about and what became of it. Its text is kept nowhere.
#[derive(Serialize, ToSchema)]
#[schema(as = Mail)]
pub(crate) struct MailBody {
    #[schema(value_type = String, example = "mal_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<MailId>,
    /// What it is about.
    #[schema(example = "access_granted")]
    kind: &'static str,
    /// How far it has come: `queued`, `waiting`, `sent`, `failed`, `needless`.
    state: &'static str,
    /// Why it is not sent.
    #[schema(required = true)]
    error: Option<String>,
    /// To which customer; null: to an administrator, or to whoever wants to sign in.
    #[schema(value_type = Option<String>, required = true)]
    customer_id: Option<Text<CustomerId>>,
    /// Her address at present; null also for whoever lacks the scope `people:write`.
    #[schema(required = true)]
    email: Option<String>,
    #[schema(value_type = Option<String>, required = true)]
    order_id: Option<Text<OrderId>>,
    #[schema(value_type = Option<String>, required = true)]
    admin_id: Option<Text<AdminId>>,
    created_at: Time,
    /// When it was last queued.
    queued_at: Time,
    /// When a mail server last took it.
    #[schema(required = true)]
    sent_at: Option<Time>,
}

impl MailBody {
    fn of(mail: KeptMail, emails: &BTreeMap<CustomerId, EmailAddress>) -> Self {
        let concerns = mail.concerns;
        let email = concerns.customer.and_then(|id| emails.get(&id));
        Self {
            id: Text(mail.id),
            kind: mail.kind.name(),
            state: mail.state.name(),
            error: mail.error,
            email: email.map(|email| email.as_str().to_owned()),
            customer_id: concerns.customer.map(Text),
            order_id: concerns.order.map(Text),
            admin_id: concerns.admin.map(Text),
            created_at: Time(mail.created_at),
            queued_at: Time(mail.queued_at),
            sent_at: mail.sent_at.map(Time),
        }
    }
}

/// Mails, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct MailList {
    items: Vec<MailBody>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<MailId>>,
}

/// Lists mails, the newest first. Addresses are shown to whoever may hand out and erase people's data.
#[utoipa::path(get, path = "/api/admin/mails", operation_id = "list_mails", tag = "mail",
    security(("token" = ["access:read"])),
    params(MailQuery),
    responses(
        (status = 200, body = MailList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn list(
    State(app): State<App>,
    admin: Admin<AccessRead>,
    QueryParameters(query): QueryParameters<MailQuery>,
) -> Result<Response, Problem> {
    let filter = MailFilter {
        customer: query.customer,
        state: query.state.map(MailState::from),
    };
    let limit = PageLength::of(query.limit, USUAL_PAGE);
    let page = app.list_mails(filter, query.cursor, limit).await;
    let page = page.map_err(|error| Problem::unavailable(&error))?;
    let mut emails = BTreeMap::new();
    if admin.scopes.has(Scope::PeopleWrite) {
        let customers = page.items.iter().filter_map(|mail| mail.concerns.customer);
        let customers: Vec<CustomerId> = customers.collect();
        let listed = app.list_addresses(&customers).await;
        emails = listed.map_err(|error| Problem::unavailable(&error))?;
    }
    let items = page.items.into_iter();
    Ok(json::ok(&MailList {
        items: items.map(|mail| MailBody::of(mail, &emails)).collect(),
        next: page.next.map(Text),
    }))
}

/// Sends a mail again, with what is so now.
#[utoipa::path(post, path = "/api/admin/mails/{mail_id}/resend", operation_id = "resend_mail", tag = "mail",
    security(("token" = ["access:write"])),
    params(("mail_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "It is queued"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such mail"),
        (status = 409, description = "It is queued already, or it brought a link that works once"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn resend(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    Id(id): Id<MailId>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    app.resend_mail(&admin.cause, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
