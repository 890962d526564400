//! Connecting a store, and what reads its API.

use app::App;
use app::stores::{NewStore, StoreError};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use connectors::api::ApiCredentials;
use connectors::{StoreKind, StoreSecret};
use domain::payment::StorePolicy;
use domain::{StoreId, StoreName};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::bodies::{Origins, StoreBody};
use crate::admin::{Admin, Proven, StoresWrite};
use crate::contents::present;
use crate::id::Id;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::query::{NoQuery, QueryParameters};
use crate::wire::Note;

/// A platform by its name.
struct Kind(StoreKind);

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let kind = StoreKind::from_name(&name).map(Self);
        kind.ok_or_else(|| D::Error::custom("not a platform"))
    }
}

/// A store to connect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStoreRequest {
    /// Its name in addresses: 1 to 40 of `a-z`, `0-9` and `-`, beginning with a letter.
    #[schema(value_type = String, example = "my-shop", max_length = 40)]
    name: StoreName,
    /// Its platform.
    #[schema(value_type = String, example = "woocommerce")]
    kind: Kind,
    /// What its webhooks are signed with; one is made when absent.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 1000)]
    webhook_secret: Option<Note<1000>>,
    /// What reads its API; when absent, its webhooks are believed alone.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = StoreCredentials, required = false)]
    api: Option<StoreCredentials>,
    /// Whether test orders count.
    #[serde(default)]
    accept_test_orders: bool,
    /// The origins of its pages that may hold our elements.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Vec<String>, required = false, max_items = 20)]
    origins: Option<Origins>,
}

/// What reads a store's API. It is kept encrypted and never shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreCredentials {
    /// Where the store is: `https://shop.example.com`, perhaps with a path.
    #[schema(value_type = String, max_length = 1000)]
    address: Note<1000>,
    /// The public half of the key, for platforms whose keys have two.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false, max_length = 1000)]
    key: Option<Note<1000>>,
    /// The key, or its secret half.
    #[schema(value_type = String, max_length = 4000)]
    secret: Note<4000>,
}

impl From<StoreCredentials> for ApiCredentials {
    fn from(given: StoreCredentials) -> Self {
        Self {
            address: given.address.0,
            key: given.key.map(|key| key.0),
            secret: StoreSecret::new(given.secret.0),
        }
    }
}

/// A store that has just been connected.
#[derive(Serialize, ToSchema)]
pub(crate) struct AddedStoreBody {
    store: StoreBody,
    /// The webhook secret, when it was made: it is shown this once. Null: it was given.
    #[schema(required = true)]
    webhook_secret: Option<String>,
    /// What the shop signs its hand-off tokens with (HS256): it is shown this once. Null: this platform's tokens are made
    /// here, or it hands nobody over.
    #[schema(required = true)]
    hand_off_secret: Option<String>,
}

/// Connects a store. With credentials, its API is read from now on, from time to time.
#[utoipa::path(post, path = "/api/admin/stores", operation_id = "add_store", tag = "stores",
    security(("token" = ["stores:write"])),
    request_body = NewStoreRequest,
    responses(
        (status = 201, body = AddedStoreBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 409, description = "A store of that name is connected already"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn add(
    State(app): State<App>,
    admin: Admin<Proven<StoresWrite>>,
    _: QueryParameters<NoQuery>,
    JsonBody(request): JsonBody<NewStoreRequest>,
) -> Result<Response, Problem> {
    let store = NewStore {
        name: request.name,
        kind: request.kind.0,
        policy: StorePolicy {
            accept_test_orders: request.accept_test_orders,
            ..StorePolicy::default()
        },
        secret: request.webhook_secret.map(|text| StoreSecret::new(text.0)),
        api: request.api.map(ApiCredentials::from),
        origins: request.origins.map(|given| given.0).unwrap_or_default(),
    };
    let added = app.connect_store(&admin.cause, store).await;
    let added = added.map_err(|error| match error {
        StoreError::Credentials(wrong) => Problem::wrong_credentials(wrong, "api."),
        error => error.into(),
    })?;
    let (made, hand_off) = (added.made_secret, added.hand_off_secret);
    let body = AddedStoreBody {
        store: StoreBody::load(&app, added.id).await?,
        webhook_secret: made.map(|secret| secret.expose().to_owned()),
        hand_off_secret: hand_off.map(|key| key.expose().to_owned()),
    };
    Ok(json::answer(StatusCode::CREATED, &body))
}

/// Sets what reads a store's API, in place of what did; it is read at once.
#[utoipa::path(put, path = "/api/admin/stores/{store_id}/api", operation_id = "set_store_api", tag = "stores",
    security(("token" = ["stores:write"])),
    params(("store_id" = String, Path)),
    request_body = StoreCredentials,
    responses(
        (status = 200, body = StoreBody),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store"),
        (status = 422, description = "The request is not of this form")))]
pub(crate) async fn set_api(
    State(app): State<App>,
    admin: Admin<Proven<StoresWrite>>,
    Id(id): Id<StoreId>,
    _: QueryParameters<NoQuery>,
    JsonBody(credentials): JsonBody<StoreCredentials>,
) -> Result<Response, Problem> {
    app.set_store_api(&admin.cause, id, &credentials.into())
        .await?;
    Ok(json::ok(&StoreBody::load(&app, id).await?))
}

/// Forgets what reads a store's API: its webhooks are believed alone from now on.
#[utoipa::path(delete, path = "/api/admin/stores/{store_id}/api", operation_id = "forget_store_api", tag = "stores",
    security(("token" = ["stores:write"])),
    params(("store_id" = String, Path)),
    responses(
        (status = 204, description = "It is forgotten, or there was none"),
        (status = 401, description = "Nobody is signed in, and there is no valid API token"),
        (status = 403, description = "The scope is missing"),
        (status = 404, description = "There is no such store"),
        (status = 422, description = "There are no parameters")))]
pub(crate) async fn forget_api(
    State(app): State<App>,
    admin: Admin<Proven<StoresWrite>>,
    Id(id): Id<StoreId>,
    _: QueryParameters<NoQuery>,
) -> Result<Response, Problem> {
    app.forget_store_api(&admin.cause, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
