//! Trying a store, mending its webhooks, and reading it now.

use app::App;
use app::stores::{Finding, StoreTest};
use app::sync::{SyncDepth, WebhookRepair};
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::{JobId, StoreId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::admin::{Admin, StoresWrite};
use crate::contents::present;
use crate::envelope::TimeLimit;
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::wire::{Text, Time};

/// What a try of a store showed.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreTestBody {
    /// What the store calls itself; null: it does not say.
    #[schema(required = true)]
    shop: Option<String>,
    /// By how many seconds the store's clock is ahead of ours; null: it does not say.
    #[schema(required = true)]
    skew_seconds: Option<i64>,
    /// When a webhook last came; null: none did.
    #[schema(required = true)]
    last_delivery_at: Option<Time>,
    /// What is wrong, the worst first; empty when all is well.
    findings: Vec<FindingBody>,
}

/// One thing that is wrong.
#[derive(Serialize, ToSchema)]
pub(crate) struct FindingBody {
    /// The kind of it, for programs: `no_credentials`, `wrong_credentials`, `api_failed`, `missing_scopes`, `clock_skew`,
    /// `webhooks_missing`, `webhooks_disabled`, `webhooks_failed`, `secret_unknown`.
    code: &'static str,
    /// What it is and what mends it, for people.
    sentence: String,
}

impl From<StoreTest> for StoreTestBody {
    fn from(test: StoreTest) -> Self {
        Self {
            shop: test.shop,
            skew_seconds: test.skew_seconds,
            last_delivery_at: test.last_delivery_at.map(Time),
            findings: test.findings.into_iter().map(FindingBody::from).collect(),
        }
    }
}

impl From<Finding> for FindingBody {
    fn from(finding: Finding) -> Self {
        let code = match finding {
            Finding::NoCredentials => "no_credentials",
            Finding::Credentials(_) => "wrong_credentials",
            Finding::Api(_) => "api_failed",
            Finding::MissingScopes(_) => "missing_scopes",
            Finding::ClockSkew(_) => "clock_skew",
            Finding::WebhooksMissing(_) => "webhooks_missing",
            Finding::WebhooksDisabled(_) => "webhooks_disabled",
            Finding::Webhooks(_) => "webhooks_failed",
            Finding::SecretUnknown => "secret_unknown",
        };
        Self {
            code,
            sentence: finding.to_string(),
        }
    }
}

/// What a look at a store's webhooks came to.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookRepairBody {
    /// What was missing or off and is there and on now, in the store's words; empty when nothing was.
    restored: Vec<String>,
}

/// What to read. `{}`: what changed since it was last read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SyncRequest {
    /// What changed at this time or later.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Time, required = false)]
    since: Option<Time>,
    /// Also what is for sale, and without `since` all that changed in the last 60 days.
    #[serde(default)]
    deep: bool,
}

/// Something that is queued.
#[derive(Serialize, ToSchema)]
pub(crate) struct QueuedSync {
    /// The job; the list of jobs says how far it came.
    #[schema(value_type = String)]
    job_id: Text<JobId>,
}

/// Tries a store: credentials, permissions, clock and webhooks.
#[utoipa::path(post, path = "/api/admin/stores/{store_id}/test", operation_id = "test_store", tag = "stores",
    security(("token" = ["stores:write"])),
    params(("store_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 200, body = StoreTestBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn test(
    State(app): State<App>,
    _admin: Admin<StoresWrite>,
    Id(id): Id<StoreId>,
    Extension(limit): Extension<TimeLimit>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    // A store may take its time for each question; each has a limit of its own.
    limit.lift();
    Ok(json::ok(&StoreTestBody::from(app.test_store(id).await?)))
}

/// Makes a store's webhooks that are missing, and switches on those that are off.
#[utoipa::path(post, path = "/api/admin/stores/{store_id}/repair-webhooks", operation_id = "repair_webhooks",
    tag = "stores", security(("token" = ["stores:write"])),
    params(("store_id" = String, Path)),
    request_body = Nothing,
    responses(
        (status = 200, body = WebhookRepairBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store"),
        (status = 409, description = "There are no usable credentials for its API"),
        (status = 422, description = "The request is not of this form"),
        (status = 502, description = "The store did not do what it was asked")))]
pub(crate) async fn repair_webhooks(
    State(app): State<App>,
    admin: Admin<StoresWrite>,
    Id(id): Id<StoreId>,
    Extension(limit): Extension<TimeLimit>,
    _: QueryParameters<NoQuery>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    limit.lift();
    // To its end even when the client goes away: the secret of a webhook that was just made is told once.
    let repair = tokio::spawn(async move { app.repair_webhooks(&admin.cause, id).await });
    let repair = repair.await.map_err(|_| Problem::panicked())?;
    let restored = match repair? {
        WebhookRepair::NotNeeded => Vec::new(),
        WebhookRepair::Restored(topics) => topics,
    };
    Ok(json::ok(&WebhookRepairBody { restored }))
}

/// Has a store read now, as a job.
#[utoipa::path(post, path = "/api/admin/stores/{store_id}/sync", operation_id = "sync_store", tag = "stores",
    security(("token" = ["stores:write"])),
    params(("store_id" = String, Path)),
    request_body = SyncRequest,
    responses(
        (status = 202, body = QueuedSync),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store"),
        (status = 409, description = "There are no credentials for its API"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn sync(
    State(app): State<App>,
    admin: Admin<StoresWrite>,
    Id(id): Id<StoreId>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<SyncRequest>,
) -> Result<Response, Problem> {
    let depth = if request.deep {
        SyncDepth::Deep
    } else {
        SyncDepth::Recent
    };
    let since = request.since.map(|time| time.0);
    let job = app.queue_sync(&admin.cause, id, since, depth).await?;
    let queued = QueuedSync { job_id: Text(job) };
    Ok(json::answer(StatusCode::ACCEPTED, &queued))
}
