//! What the stores sell, and what it stands for.

use app::App;
use app::catalogue::{Changed, ItemFilter, ItemState};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::order::StoreItem;
use domain::{ExternalId, JobId, ProductId, StoreId, StoreItemId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::bodies::{LONGEST_PAGE, StoreItemBody, USUAL_PAGE};
use super::item_place::ItemPlace;
use crate::admin::{Admin, ContentRead, ContentWrite};
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, PageLength, QueryParameters};
use crate::wire::{Note, StoreText, Text};

/// Which store items are meant: those that fit all that is given.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct StoreItemQuery {
    /// The store that sells them: its name, or its id (`sto_…`).
    #[param(value_type = Option<String>)]
    store: Option<StoreText>,
    /// The product that they are mapped to (`prd_…`).
    #[param(value_type = Option<String>)]
    product: Option<ProductId>,
    /// What was said of them.
    #[param(inline)]
    state: Option<StoreItemState>,
    /// With `true` only those that were paid for and open nothing, those for which most lines wait first; else all, by age.
    #[serde(default)]
    paid: bool,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    cursor: Option<ItemPlace>,
    /// How many, 1 to 200; 50 when absent.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Option<PageLength<LONGEST_PAGE>>,
}

/// What was said of a store item.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StoreItemState {
    /// It stands for a product.
    Mapped,
    /// It grants nothing, on purpose.
    Ignored,
    /// A less exact item speaks for it.
    Covered,
    /// Nothing: whoever pays for it gets nothing.
    Unmapped,
}

impl From<StoreItemState> for ItemState {
    fn from(state: StoreItemState) -> Self {
        match state {
            StoreItemState::Mapped => Self::Mapped,
            StoreItemState::Ignored => Self::Ignored,
            StoreItemState::Covered => Self::Covered,
            StoreItemState::Unmapped => Self::Unmapped,
        }
    }
}

/// Store items, by age or those first for which most lines wait.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreItemList {
    items: Vec<StoreItemBody>,
    /// The cursor of the next page; null: there is none.
    #[schema(value_type = Option<String>, required = true)]
    next: Option<Text<ItemPlace>>,
}

/// A store item to note: one of an id, or all that this matches. What is absent stands for anything; one must be there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStoreItem {
    #[schema(value_type = String, example = "sto_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    store_id: StoreId,
    #[schema(value_type = Option<String>, max_length = 255)]
    external_product_id: Option<ExternalId>,
    #[schema(value_type = Option<String>, max_length = 255)]
    external_variant_id: Option<ExternalId>,
    #[schema(value_type = Option<String>, max_length = 255)]
    sku: Option<ExternalId>,
    /// What it is called, for people.
    #[schema(value_type = Option<String>, max_length = 200)]
    title: Option<Note<200>>,
}

/// What a store item stands for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    #[schema(value_type = String, example = "prd_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    product_id: ProductId,
}

/// A changed store item.
#[derive(Serialize, ToSchema)]
pub(crate) struct ChangedStoreItem {
    store_item: StoreItemBody,
    /// The job that brings it to those whom it touches; null: it touches nobody.
    #[schema(value_type = Option<String>, required = true)]
    job_id: Option<Text<JobId>>,
}

/// Lists what the stores sell, with who has paid for it and waits. What is unmapped and was paid for is the list with
/// `state=unmapped&paid=true`.
#[utoipa::path(get, path = "/api/admin/store-items", operation_id = "list_store_items", tag = "catalogue",
    security(("token" = ["content:read"])),
    params(StoreItemQuery),
    responses(
        (status = 200, body = StoreItemList),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "A parameter is unknown or not of its form, or there is no such store")))]
pub(crate) async fn list(
    State(app): State<App>,
    _admin: Admin<ContentRead>,
    QueryParameters(query): QueryParameters<StoreItemQuery>,
) -> Result<Response, Problem> {
    let length = PageLength::of(query.limit, USUAL_PAGE);
    let filter = ItemFilter {
        store: StoreText::find(query.store, &app).await?,
        product: query.product,
        state: query.state.map(ItemState::from),
    };
    let most = i64::from(length) + 1;
    let found = match (query.paid, query.cursor) {
        (false, None) => app.list_store_items(filter, None, most).await,
        (false, Some(ItemPlace::ByAge(after))) => {
            app.list_store_items(filter, Some(after), most).await
        }
        (true, None) => app.list_paid_items(filter, None, most).await,
        (true, Some(ItemPlace::Paid(after))) => {
            app.list_paid_items(filter, Some(after), most).await
        }
        (false, Some(ItemPlace::Paid(_))) | (true, Some(ItemPlace::ByAge(_))) => {
            return Err(
                Problem::invalid_query("`cursor` is of another list".to_owned()).about("cursor"),
            );
        }
    };
    let mut listed = found.map_err(|error| Problem::unavailable(&error))?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let is_more = listed.len() > length;
    listed.truncate(length);
    let next = listed.last().filter(|_| is_more);
    let next = next.map(|listed| {
        if query.paid {
            ItemPlace::Paid(listed.paid_place())
        } else {
            ItemPlace::ByAge(listed.item.id)
        }
    });
    Ok(json::ok(&StoreItemList {
        next: next.map(Text),
        items: listed.into_iter().map(StoreItemBody::from).collect(),
    }))
}

/// Notes that a store sells this, before anybody has bought it. One that is known already is given as it is.
#[utoipa::path(post, path = "/api/admin/store-items", operation_id = "add_store_item", tag = "catalogue",
    security(("token" = ["content:write"])),
    request_body = NewStoreItem,
    responses(
        (status = 201, body = StoreItemBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 422, description = "The request is not of this form, or there is no such store")))]
pub(crate) async fn add(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    _: QueryParameters<NoQuery>,
    JsonBody(new): JsonBody<NewStoreItem>,
) -> Result<Response, Problem> {
    let item = StoreItem {
        product: new.external_product_id,
        variant: new.external_variant_id,
        sku: new.sku,
    };
    let title = new.title.map(|title| title.0).unwrap_or_default();
    let id = app
        .add_store_item(&admin.cause, new.store_id, &item, &title)
        .await?;
    let listed = app.find_store_item(id).await?;
    Ok(json::answer(
        StatusCode::CREATED,
        &StoreItemBody::from(listed),
    ))
}

/// Shows a store item.
#[utoipa::path(get, path = "/api/admin/store-items/{item_id}", operation_id = "show_store_item", tag = "catalogue",
    security(("token" = ["content:read"])),
    params(("item_id" = String, Path)),
    responses(
        (status = 200, body = StoreItemBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store item"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn show(
    State(app): State<App>,
    _admin: Admin<ContentRead>,
    Id(id): Id<StoreItemId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let listed = app.find_store_item(id).await?;
    Ok(json::ok(&StoreItemBody::from(listed)))
}

/// Says which product a store item stands for. Orders that are known already are looked at again.
#[utoipa::path(put, path = "/api/admin/store-items/{item_id}/mapping", operation_id = "map_store_item", tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("item_id" = String, Path)),
    request_body = Mapping,
    responses(
        (status = 200, body = ChangedStoreItem),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store item"),
        (status = 422, description = "The request is not of this form, or there is no such product")))]
pub(crate) async fn map(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<StoreItemId>,
    _: QueryParameters<NoQuery>,
    JsonBody(mapping): JsonBody<Mapping>,
) -> Result<Response, Problem> {
    let changed = app
        .map_store_item(&admin.cause, id, mapping.product_id)
        .await?;
    changed_item(&app, id, changed).await
}

/// Maps a store item to the product that its title suggests. The product is named, so that nobody confirms what she has not
/// seen. Orders that are known already are looked at again.
#[utoipa::path(post, path = "/api/admin/store-items/{item_id}/confirm", operation_id = "confirm_store_item",
    tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("item_id" = String, Path)),
    request_body = Mapping,
    responses(
        (status = 200, body = ChangedStoreItem),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store item"),
        (status = 409, description = "Another product is suggested now, or none"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn confirm(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<StoreItemId>,
    _: QueryParameters<NoQuery>,
    JsonBody(mapping): JsonBody<Mapping>,
) -> Result<Response, Problem> {
    let changed = app
        .confirm_suggestion(&admin.cause, id, mapping.product_id)
        .await?;
    changed_item(&app, id, changed).await
}

/// Forgets which product a store item stands for: what it granted ends, unless a less exact item speaks for it.
#[utoipa::path(delete, path = "/api/admin/store-items/{item_id}/mapping", operation_id = "unmap_store_item",
    tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("item_id" = String, Path)),
    responses(
        (status = 200, body = ChangedStoreItem),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store item"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn unmap(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<StoreItemId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let changed = app.unmap_store_item(&admin.cause, id).await?;
    changed_item(&app, id, changed).await
}

/// Says that a store item grants nothing on purpose, such as a T-shirt.
#[utoipa::path(put, path = "/api/admin/store-items/{item_id}/ignored", operation_id = "ignore_store_item",
    tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("item_id" = String, Path)),
    responses(
        (status = 200, body = ChangedStoreItem),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store item"),
        (status = 422, description = "The item names nothing")))]
pub(crate) async fn ignore(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<StoreItemId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let changed = app.ignore_store_item(&admin.cause, id).await?;
    changed_item(&app, id, changed).await
}

/// Takes back that a store item grants nothing.
#[utoipa::path(delete, path = "/api/admin/store-items/{item_id}/ignored", operation_id = "heed_store_item",
    tag = "catalogue",
    security(("token" = ["content:write"])),
    params(("item_id" = String, Path)),
    responses(
        (status = 200, body = ChangedStoreItem),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store item"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn heed(
    State(app): State<App>,
    admin: Admin<ContentWrite>,
    Id(id): Id<StoreItemId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    let changed = app.heed_store_item(&admin.cause, id).await?;
    changed_item(&app, id, changed).await
}

async fn changed_item(app: &App, id: StoreItemId, changed: Changed) -> Result<Response, Problem> {
    Ok(json::ok(&ChangedStoreItem {
        store_item: app.find_store_item(id).await?.into(),
        job_id: changed.job.map(Text),
    }))
}
