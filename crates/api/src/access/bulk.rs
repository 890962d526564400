//! Access by the list.

use app::App;
use app::bulk::{BulkError, Column, LineEffect, Run, Side, Source};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::admin::{AccessWrite, Admin, Proven};
use crate::json::{self, read_body};
use crate::problem::{LineProblem, Problem};
use crate::query::QueryParameters;
use crate::wire::Time;

/// The longest list that is read.
const LONGEST: usize = 2 * 1024 * 1024;

/// Whether what the list does is kept.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BulkQuery {
    /// With `true` it is only said what each line would do.
    #[serde(default)]
    dry_run: bool,
}

/// What a list did, or would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkOutcome {
    /// Whether it was only said and nothing was kept.
    dry_run: bool,
    /// The lines in their order. Each sees what the lines before it did.
    lines: Vec<BulkLine>,
}

/// What one line did, or would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkLine {
    /// The line, from 1; the header line counts.
    line: u64,
    /// Whether the customer notices it.
    is_change: bool,
    before: BulkSide,
    after: BulkSide,
    /// The same in words.
    #[schema(example = "was closed: blocked; is open for ever by an order")]
    effect: String,
}

/// How the content stands for the customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct BulkSide {
    is_open: bool,
    /// Until when it is open; null: for ever, or not at all.
    #[schema(required = true)]
    until: Option<Time>,
    /// By what it is open: `order_confirmation`, `manual_assignment`.
    by: Vec<&'static str>,
    /// Why it is closed: `not_published`, `blocked`, `never_granted`, `no_live_grant`; null: it is open.
    #[schema(required = true)]
    reason: Option<&'static str>,
}

impl From<&Side> for BulkSide {
    fn from(side: &Side) -> Self {
        match side {
            Side::Open { until, by } => Self {
                is_open: true,
                until: until.map(Time),
                by: by.iter().copied().map(Source::name).collect(),
                reason: None,
            },
            Side::Closed(why) => Self {
                is_open: false,
                until: None,
                by: Vec::new(),
                reason: Some(why.name()),
            },
        }
    }
}

impl From<&LineEffect> for BulkLine {
    fn from(done: &LineEffect) -> Self {
        let effect = &done.effect;
        Self {
            line: done.line,
            is_change: effect.is_change(),
            before: BulkSide::from(&effect.before),
            after: BulkSide::from(&effect.after),
            effect: effect.to_string(),
        }
    }
}

/// Grants, revokes, lifts and extends by a list: all lines or none. The columns are `action` (`grant`, `revoke`, `lift`,
/// `extend`), `email`, `content`, `until` (a time, or a date whose end in UTC is meant) and `note`, in any order; the last
/// two may be left out. At most 10,000 lines and 2 MiB.
#[utoipa::path(post, path = "/api/admin/access/bulk", operation_id = "change_access_by_list", tag = "admin",
    security(("token" = ["access:write"])),
    params(BulkQuery),
    request_body(content = String, content_type = "text/csv", description = "CSV in UTF-8, with a header line",
        example = "action,email,content,until,note\ngrant,ada@example.com,crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M,2027-01-31,a prize\n"),
    responses(
        (status = 200, body = BulkOutcome),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 413, description = "The list is longer than 2 MiB"),
        (status = 415, description = "The content type is not text/csv, in UTF-8"),
        (status = 422, description = "Something in the list is wrong, by line in `errors`; nothing was done")))]
pub(crate) async fn change(
    State(app): State<App>,
    admin: Admin<Proven<AccessWrite>>,
    QueryParameters(query): QueryParameters<BulkQuery>,
    request: Request,
) -> Result<Response, Problem> {
    if !is_csv(request.headers()) {
        return Err(Problem::not_csv());
    }
    let list = read_body(request, LONGEST).await?;
    let run = if query.dry_run { Run::Dry } else { Run::Real };
    let done = app.change_access_by_list(&admin.cause, &list, run).await;
    let done = done.map_err(refused)?;
    Ok(json::ok(&BulkOutcome {
        dry_run: query.dry_run,
        lines: done.iter().map(BulkLine::from).collect(),
    }))
}

fn refused(error: BulkError) -> Problem {
    match error {
        BulkError::Lines(errors) => {
            let errors = errors.into_iter().map(|error| LineProblem {
                line: error.line,
                field: error.column.map(Column::name),
                detail: error.detail,
            });
            Problem::invalid_list(errors.collect())
        }
        BulkError::Reconcile(error) => Problem::unavailable(&error),
    }
}

/// Tells whether the body is declared as CSV, and in no other character set than UTF-8.
fn is_csv(headers: &HeaderMap) -> bool {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let mut parts = declared.unwrap_or_default().split(';').map(str::trim);
    let is_csv = parts
        .next()
        .is_some_and(|text| text.eq_ignore_ascii_case("text/csv"));
    let is_utf_8 = |parameter: &str| {
        let charset = parameter.to_ascii_lowercase();
        let charset = charset
            .strip_prefix("charset=")
            .map(|name| name.trim_matches('"').to_owned());
        charset.is_none_or(|name| matches!(name.as_str(), "utf-8" | "utf8"))
    };
    is_csv && parts.all(is_utf_8)
}
