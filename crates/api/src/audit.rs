//! The audit log: who changed what, when and from where.

use app::App;
use app::audit::{AuditFilter, LONGEST_PAGE};
use axum::BoxError;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::audit::chain::Entry;
use domain::audit::verify::{Flaw, Mark};
use domain::{ContentId, CustomerId, OrderId};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::admin::{Admin, AuditRead};
use crate::json;
use crate::problem::Problem;
use crate::query::{PageLength, PageParameters, QueryParameters};
use crate::wire::{Note, Text, Time};

/// How many entries a page holds when the asker does not say.
const USUAL_PAGE: u32 = 50;

/// Which entries are meant: those that fit all that is given.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// The id of what was changed.
    #[param(value_type = Option<String>)]
    subject: Option<Note<200>>,
    /// Whose access it is about (`cus_…`).
    #[param(value_type = Option<String>)]
    customer: Option<CustomerId>,
    /// To which content (`crs_…`, `fil_…`).
    #[param(value_type = Option<String>)]
    content: Option<ContentId>,
    /// By which order (`ord_…`).
    #[param(value_type = Option<String>)]
    order: Option<OrderId>,
    /// Who: the id of a token, a store, a job or a customer, or `command line`.
    #[param(value_type = Option<String>)]
    actor: Option<Note<200>>,
    /// What was done: an action such as `grant.revoked`, or all of a kind, such as `grant`.
    #[param(value_type = Option<String>)]
    action: Option<Note<200>>,
    /// Not before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Time>,
    /// Before this time, which is after `from`.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Time>,
}

/// Which page of them is meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditPage {
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<i64>,
    /// How many entries, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

impl AuditQuery {
    fn filter(self) -> Result<AuditFilter, Problem> {
        if let (Some(from), Some(until)) = (&self.from, &self.until)
            && from.0 >= until.0
        {
            let wrong = "`until` is not after `from`".to_owned();
            return Err(Problem::invalid_query(wrong).about("until"));
        }
        Ok(AuditFilter {
            subject: self.subject.map(|text| text.0),
            customer: self.customer.map(|id| id.to_string()),
            content: self.content.map(|id| id.to_string()),
            order: self.order.map(|id| id.to_string()),
            actor: self.actor.map(|text| text.0),
            action: self.action.map(|text| text.0),
            from: self.from.map(|time| time.0),
            until: self.until.map(|time| time.0),
        })
    }
}

/// Entries of the audit log, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditList {
    items: Vec<AuditEntry>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<i64>>,
}

/// One change.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Its place in the log, from 1, without gaps.
    seq: i64,
    at: Time,
    /// Who: the id of a token, a store, a job or a customer, or `command line`.
    actor: String,
    /// The network address that the request came from.
    #[schema(required = true)]
    origin: Option<String>,
    /// The delivery that said it.
    #[schema(required = true)]
    delivery_id: Option<String>,
    /// What was done.
    #[schema(example = "grant.revoked")]
    action: String,
    /// The id of what was changed.
    subject: String,
    /// Whose access it is about.
    #[schema(required = true)]
    customer_id: Option<String>,
    /// To which content.
    #[schema(required = true)]
    content: Option<String>,
    /// By which order.
    #[schema(required = true)]
    order_id: Option<String>,
    /// The state before; null: there was none.
    before: Value,
    /// The state after; null: there is none.
    after: Value,
    /// The hash that chains it to the one before.
    hash: String,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self {
            seq: entry.seq,
            at: Time(entry.at),
            actor: entry.actor,
            origin: entry.origin,
            delivery_id: entry.delivery,
            action: entry.action,
            subject: entry.subject,
            customer_id: entry.customer,
            content: entry.content,
            order_id: entry.order,
            before: state(entry.before),
            after: state(entry.after),
            hash: entry.hash,
        }
    }
}

/// Reads a state; what is none of ours, because somebody has altered it, is shown as the text that it is.
fn state(text: Option<String>) -> Value {
    let Some(text) = text else { return Value::Null };
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

/// Lists who changed what, newest first.
#[utoipa::path(get, path = "/api/admin/audit", operation_id = "list_audit", tag = "admin", security(("token" = ["audit:read"])),
    params(AuditQuery, AuditPage),
    responses(
        (status = 200, body = AuditList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<AuditRead>,
    query: PageParameters<AuditQuery, AuditPage>,
) -> Result<Response, Problem> {
    let AuditPage { cursor, limit } = query.page;
    let limit = PageLength::of(limit, USUAL_PAGE);
    let page = app.list_audit(&query.filter.filter()?, cursor, limit).await;
    let page = page.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&AuditList {
        items: page.items.into_iter().map(AuditEntry::from).collect(),
        next: page.next.map(Text),
    }))
}

/// Exports the same entries as a table for spreadsheets, all of them, newest first. A cell that a spreadsheet would take for a formula
/// begins with an apostrophe.
#[utoipa::path(get, path = "/api/admin/audit.csv", operation_id = "export_audit", tag = "admin",
    security(("token" = ["audit:read"])),
    params(AuditQuery),
    responses(
        (status = 200, description = "RFC 4180, with a header line", body = String, content_type = "text/csv"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn export(
    State(app): State<App>,
    _admin: Admin<AuditRead>,
    QueryParameters(query): QueryParameters<AuditQuery>,
) -> Result<Response, Problem> {
    let mut export = app.export_audit(query.filter()?);
    // Before the status is sent, so that a database that is away is a problem and no table that breaks off.
    let first = export.next().await;
    let first = first.map_err(|error| Problem::unavailable(&error))?;
    let rest = stream::try_unfold(export, async |mut export| {
        let rows = export.next().await.inspect_err(tell)?;
        Ok::<_, BoxError>(rows.map(|rows| (rows, export)))
    });
    let rows = stream::iter(first.map(Ok)).chain(rest).map_ok(Bytes::from);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
    ];
    Ok((headers, Body::from_stream(rows)).into_response())
}

/// An answer under way can only break off; the log says why.
fn tell(error: &impl std::error::Error) {
    tracing::error!(%error, source = ?error.source(), "an export of the audit log broke off");
}

/// What the verification is compared with.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct VerificationQuery {
    /// A head that was noted earlier, as `SEQ:HASH`: proves that no older copy stands in the log's place.
    #[param(value_type = Option<String>)]
    head: Option<NotedHead>,
}

/// A noted head.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct NotedHead(Mark);

impl TryFrom<String> for NotedHead {
    type Error = domain::audit::verify::MarkError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(Self)
    }
}

/// What a verification of the audit log found.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditVerification {
    /// Whether every entry is as it was written, and none is missing.
    is_whole: bool,
    /// How many entries from the first on are as they were written.
    verified: i64,
    /// The last of them, as `SEQ:HASH`: note it outside this installation, and give it as `head` next time.
    #[schema(value_type = String)]
    head: Text<Mark>,
    /// The first thing that is wrong; null: nothing is.
    #[schema(required = true)]
    flaw: Option<AuditFlaw>,
}

/// What is wrong with the audit log.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditFlaw {
    /// The kind of it, for programs: `missing`, `out_of_place`, `altered`, `cut_off`, `another_history`, `head_altered`.
    code: &'static str,
    /// The place of the first entry that is concerned.
    seq: i64,
    /// What it is, for people.
    #[schema(value_type = String)]
    detail: Text<Flaw>,
}

impl From<Flaw> for AuditFlaw {
    fn from(flaw: Flaw) -> Self {
        let (code, seq) = match flaw {
            Flaw::Missing { first, .. } => ("missing", first),
            Flaw::OutOfPlace { seq } => ("out_of_place", seq),
            Flaw::Altered { seq } => ("altered", seq),
            Flaw::CutOff { last, .. } => ("cut_off", last.saturating_add(1)),
            Flaw::AnotherHistory { seq } => ("another_history", seq),
            Flaw::HeadAltered { last } => ("head_altered", last.saturating_add(1)),
        };
        Self {
            code,
            seq,
            detail: Text(flaw),
        }
    }
}

/// Verifies the audit log from its first entry to its last. A log of millions takes longer than an answer may: use
/// `stoa audit verify`.
#[utoipa::path(get, path = "/api/admin/audit/verification", operation_id = "verify_audit", tag = "admin",
    security(("token" = ["audit:read"])),
    params(VerificationQuery),
    responses(
        (status = 200, body = AuditVerification),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn verify(
    State(app): State<App>,
    _admin: Admin<AuditRead>,
    QueryParameters(query): QueryParameters<VerificationQuery>,
) -> Result<Response, Problem> {
    let noted = query.head.map(|head| head.0);
    let verdict = app.verify_audit(noted, &mut |_, _| {}).await;
    let verdict = verdict.map_err(|error| Problem::unavailable(&error))?;
    Ok(json::ok(&AuditVerification {
        is_whole: verdict.flaw.is_none(),
        verified: verdict.verified.seq,
        head: Text(verdict.verified),
        flaw: verdict.flaw.map(AuditFlaw::from),
    }))
}
