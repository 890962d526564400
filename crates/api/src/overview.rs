//! The figures of whoever runs the shop, the jobs behind them, and another chance for those that failed.

use std::collections::BTreeMap;

use app::App;
use app::overview::{JobRow, Overview};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::JobId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::admin::{AccessRead, AccessWrite, Admin, StoresRead};
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::wire::{Text, Time};

/// Who paid and has no access, and what waits or failed.
#[derive(Serialize, ToSchema)]
#[schema(as = Overview)]
pub(crate) struct OverviewBody {
    /// Customers who paid and lack something, each once, and each delivery and job that failed for good. The goal is 0.
    paying_customers_without_access: i64,
    /// The same by cause; a customer counts once for each.
    by_cause: BTreeMap<&'static str, i64>,
    /// Buyers for whom something has been open for three days or longer and who have never come. Not in the figure.
    never_signed_in: i64,
    /// Deliveries that are not worked off, by state.
    deliveries: BTreeMap<String, i64>,
    /// Jobs that are not done, by state.
    jobs: BTreeMap<String, i64>,
    /// Mails that are not sent, by state: `queued`, `waiting` for a mail server, and `failed` in the last 30 days.
    mails: BTreeMap<String, i64>,
}

impl From<Overview> for OverviewBody {
    fn from(overview: Overview) -> Self {
        let by_cause = overview.by_cause.into_iter();
        Self {
            paying_customers_without_access: overview.paying_customers_without_access,
            by_cause: by_cause
                .map(|(cause, count)| (cause.name(), count))
                .collect(),
            never_signed_in: overview.never_signed_in,
            deliveries: overview.deliveries,
            jobs: overview.jobs,
            mails: overview.mails,
        }
    }
}

/// The jobs that are worked on, wait or failed for good.
#[derive(Serialize, ToSchema)]
pub(crate) struct JobList {
    items: Vec<Job>,
}

/// A job.
#[derive(Serialize, ToSchema)]
pub(crate) struct Job {
    #[schema(value_type = String)]
    id: Text<JobId>,
    /// What is to be done.
    #[schema(example = "reconcile_product")]
    kind: String,
    /// To what.
    subject: String,
    /// `queued`, `working` or `dead`: a long job is queued between its steps.
    state: String,
    attempts: i64,
    /// How many things are done.
    done: i64,
    /// How many there are, as counted at its beginning; null: not counted.
    #[schema(required = true)]
    total: Option<i64>,
    /// 0 to 100; null: not counted.
    #[schema(required = true)]
    percent: Option<i64>,
    /// What went wrong last.
    #[schema(required = true)]
    error: Option<String>,
    created_at: Time,
    age_seconds: i64,
}

fn job(app: &App, row: JobRow) -> Job {
    Job {
        percent: row.percent(),
        age_seconds: app.seconds_since(row.created_at),
        id: Text(row.id),
        kind: row.kind,
        subject: row.subject,
        state: row.state,
        attempts: row.attempts,
        done: row.done,
        total: row.total,
        error: row.error,
        created_at: Time(row.created_at),
    }
}

/// Counts the paying customers without access, and what waits or failed.
#[utoipa::path(get, path = "/api/admin/overview", operation_id = "overview", tag = "admin",
    security(("token" = ["access:read"])),
    responses(
        (status = 200, body = OverviewBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _admin: Admin<AccessRead>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let overview = app.overview().await;
    let overview = overview.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&OverviewBody::from(overview)))
}

/// Lists the jobs that are worked on, wait or failed for good, with how far they came; at most 500 of either.
#[utoipa::path(get, path = "/api/admin/jobs", operation_id = "list_jobs", tag = "admin",
    security(("token" = ["stores:read"])),
    responses(
        (status = 200, body = JobList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn jobs(
    State(app): State<App>,
    _admin: Admin<StoresRead>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let jobs = app.list_jobs().await;
    let jobs = jobs.map_err(|error| Problem::unavailable(&error))?;
    let items = jobs.into_iter().map(|row| job(&app, row)).collect();
    Ok(json::ok(&JobList { items }))
}

/// Does a job again that failed for good; it goes on where it stood.
#[utoipa::path(post, path = "/api/admin/jobs/{job_id}/retry", operation_id = "retry_job", tag = "admin",
    security(("token" = ["access:write"])),
    params(("job_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 204, description = "It is queued"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such job"),
        (status = 409, description = "It has not failed for good"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn retry_job(
    State(app): State<App>,
    admin: Admin<AccessWrite>,
    Id(id): Id<JobId>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    app.retry_job(&admin.cause, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
