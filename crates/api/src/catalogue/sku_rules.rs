//! Rules that say by its SKU which product a store item stands for.

use app::App;
use app::bulk::Run;
use app::catalogue::{KeptRule, ListedItem, MadeRule, NewSkuRule};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::sku_rule::SkuPattern;
use domain::{JobId, ProductId, SkuRuleId, StoreId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bodies::{LONGEST_PAGE, StoreItemBody, USUAL_PAGE};
use crate::admin::{Admin, ContentRead, ContentWrite};
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};
use crate::wire::{Text, Time};

/// Which rules are meant.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SkuRuleQuery {
    /// Only those that speak for this store (`sto_…`), those of every store among them.
    #[param(value_type = Option<String>)]
    store: Option<StoreId>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<SkuRuleId>,
    /// How many, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

/// Whether the rule is kept.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct NewSkuRuleQuery {
    /// With `true` it is only said which items the rule would map.
    #[serde(default)]
    dry_run: bool,
}

/// A rule to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewSkuRuleBody {
    /// The store whose SKUs are meant; absent or null: every store.
    #[schema(value_type = Option<String>, example = "sto_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    store_id: Option<StoreId>,
    /// A SKU, or the beginning of one with a `*` behind it. Upper and lower case are different.
    #[schema(value_type = String, min_length = 1, max_length = 255, example = "WATER-*")]
    pattern: SkuPattern,
    #[schema(value_type = String, example = "prd_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    product_id: ProductId,
}

/// A rule: items whose SKU fits stand for the product, unless something more exact is said of them. A rule of a store goes
/// before one of every store, a whole SKU before a beginning, a longer beginning before a shorter one.
#[derive(Serialize, ToSchema)]
pub(crate) struct SkuRuleBody {
    #[schema(value_type = String, example = "skr_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<SkuRuleId>,
    /// Null: every store.
    #[schema(value_type = Option<String>, required = true)]
    store_id: Option<Text<StoreId>>,
    #[schema(value_type = String, example = "WATER-*")]
    pattern: Text<SkuPattern>,
    #[schema(value_type = String)]
    product_id: Text<ProductId>,
    /// Whether the product is deleted, so that the rule says nothing.
    is_passed_over: bool,
    created_at: Time,
}

impl From<KeptRule> for SkuRuleBody {
    fn from(kept: KeptRule) -> Self {
        Self {
            id: Text(kept.rule.id),
            store_id: kept.rule.store.map(Text),
            pattern: Text(kept.rule.pattern),
            product_id: Text(kept.rule.product),
            is_passed_over: kept.is_passed_over,
            created_at: Time(kept.created_at),
        }
    }
}

/// Rules by age.
#[derive(Serialize, ToSchema)]
pub(crate) struct SkuRuleList {
    items: Vec<SkuRuleBody>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<SkuRuleId>>,
}

/// What came, or would come, of a new rule.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeSkuRule {
    /// Null: it was only said what it would do.
    #[schema(required = true)]
    rule: Option<SkuRuleBody>,
    /// How many items it maps that nobody has spoken of.
    mapped: usize,
    /// The oldest of them as they were before, at most 200.
    items: Vec<StoreItemBody>,
    /// The job that brings it to those who have paid; null: it maps nothing yet.
    #[schema(value_type = Option<String>, required = true)]
    job_id: Option<Text<JobId>>,
}

impl From<MadeRule> for MadeSkuRule {
    fn from(made: MadeRule) -> Self {
        let most = usize::try_from(LONGEST_PAGE).unwrap_or(usize::MAX);
        let items: Vec<ListedItem> = made.items;
        Self {
            rule: made.rule.map(SkuRuleBody::from),
            mapped: made.mapped,
            items: items
                .into_iter()
                .take(most)
                .map(StoreItemBody::from)
                .collect(),
            job_id: made.job.map(Text),
        }
    }
}

/// Lists the SKU rules by age.
#[utoipa::path(get, path = "/api/admin/sku-rules", operation_id = "list_sku_rules", tag = "catalogue",
    security(("token" = ["content:read"])),
    params(SkuRuleQuery),
    responses(
        (status = 200, body = SkuRuleList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<ContentRead>,
    QueryParameters(query): QueryParameters<SkuRuleQuery>,
) -> Result<Response, Problem> {
    let length = PageLength::of(query.limit, USUAL_PAGE);
    let found = app
        .list_sku_rules(query.store, query.cursor, i64::from(length) + 1)
        .await;
    let mut rules = found.map_err(|error| Problem::unavailable(&error))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let is_more = rules.len() > length;
    rules.truncate(length);
    let next = rules.last().filter(|_| is_more);
    Ok(json::ok(&SkuRuleList {
        next: next.map(|kept| Text(kept.rule.id)),
        items: rules.into_iter().map(SkuRuleBody::from).collect(),
    }))
}

/// Makes a rule. Items that fit and of which nobody has spoken stand for its product at once, new ones when they are
/// recorded; what a person has mapped or ignored stays.
#[utoipa::path(post, path = "/api/admin/sku-rules", operation_id = "create_sku_rule", tag = "catalogue",
    security(("token" = ["content:write"])),
    params(NewSkuRuleQuery),
    request_body = NewSkuRuleBody,
    responses(
        (status = 200, body = MadeSkuRule, description = "It was only said what the rule would do"),
        (status = 201, body = MadeSkuRule),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 409, description = "There is a rule of that pattern for the same stores"),
        (status = 422, description = "The request is not of this form, or there is no such store or product")))]
pub(crate) async fn create(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    QueryParameters(query): QueryParameters<NewSkuRuleQuery>,
    JsonBody(new): JsonBody<NewSkuRuleBody>,
) -> Result<Response, Problem> {
    let (run, status) = if query.dry_run {
        (Run::Dry, StatusCode::OK)
    } else {
        (Run::Real, StatusCode::CREATED)
    };
    let rule = NewSkuRule {
        store: new.store_id,
        pattern: new.pattern,
        product: new.product_id,
    };
    let made = app.create_sku_rule(&admin.cause, rule, run).await?;
    Ok(json::answer(status, &MadeSkuRule::from(made)))
}

/// Deletes a rule. What it has mapped stays as it is.
#[utoipa::path(delete, path = "/api/admin/sku-rules/{rule_id}", operation_id = "delete_sku_rule", tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("rule_id" = String, Path)),
    responses(
        (status = 204, description = "It is gone"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such rule"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn delete(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<SkuRuleId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    app.delete_sku_rule(&admin.cause, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
