//! What pages of the shops may ask: our elements stand in them, with a token in place of a cookie.
//!
//! [`routes`] is the one list of it: `cors` shares exactly these with the stores' origins, and a token is good for nothing
//! else.

use std::collections::BTreeMap;

use app::App;
use app::embed::EmbedSession;
use app::hand_off::HandOffError;
use app::limits::Attempt;
use app::sessions::Browser;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use axum::response::Response;
use domain::StoreName;
use domain::origin::Origin;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::client::Client;
use crate::contents::present;
use crate::document;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::session::is_token;
use crate::state::ApiState;
use crate::wire::Time;
use crate::{courses, downloads, videos};

/// Every route that a page of a shop may ask.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(begin))
        .routes(routes!(begin_by_shopify))
        .routes(routes!(courses::list))
        .routes(routes!(courses::show))
        .routes(routes!(videos::playback))
        .routes(routes!(videos::save_progress))
        .routes(routes!(downloads::list))
        .routes(routes!(downloads::link))
}

/// The paths of these routes, each with its methods as a preflight names them.
pub(crate) fn shared() -> BTreeMap<String, String> {
    let described = routes().into_openapi();
    let paths = described.paths.paths.into_iter();
    paths
        .map(|(path, item)| (path, document::methods(&item).join(", ")))
        .collect()
}

/// Finds the origin of the page that asks, when it is one that may be a store's.
pub(crate) fn origin_of(headers: &HeaderMap) -> Option<Origin> {
    let mut origins = headers.get_all(ORIGIN).iter();
    let origin = origins.next()?.to_str().ok()?.parse().ok()?;
    origins.next().is_none().then_some(origin)
}

/// A shop's word on who is before its page.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EmbedRequest {
    /// The store's name in addresses.
    store: String,
    /// What vouches for her.
    token: String,
    /// What an earlier answer gave as `device`, so that the browser is known again.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = String, required = false)]
    device: Option<String>,
}

/// A token for a page of the shop.
#[derive(Serialize, ToSchema)]
#[schema(as = EmbedSession)]
pub(crate) struct EmbedBody {
    /// Goes as `Authorization: Bearer …`, from pages of the same origin.
    token: String,
    /// When it ends. Bring a fresh word of the shop's then.
    expires_at: Time,
    /// Makes the browser known again: keep it in the page's storage, and bring it next time.
    device: String,
}

impl From<EmbedSession> for EmbedBody {
    fn from(session: EmbedSession) -> Self {
        Self {
            token: session.token,
            expires_at: Time(session.expires_at),
            device: session.device,
        }
    }
}

impl EmbedRequest {
    /// Reads what a name must be; one that cannot be a store's is answered as one that is none.
    fn store(&self) -> Result<StoreName, HandOffError> {
        self.store.parse().map_err(|_| HandOffError::Refused)
    }

    fn browser<'a>(&'a self, state: &ApiState, headers: &HeaderMap) -> Browser<'a> {
        Browser {
            device: self.device.as_deref().filter(|text| is_token(text)),
            label: state.cookies.browser(headers).label,
            ..Browser::default()
        }
    }
}

/// Gives a page of a shop a token for the customer whom the shop's hand-off token names. The page's origin must be one of
/// the store's.
#[utoipa::path(post, path = "/api/embed/session", operation_id = "begin_embed", tag = "embed",
    request_body = EmbedRequest,
    responses(
        (status = 200, body = EmbedBody),
        (status = 400, description = "The token has expired, was used before, or is not accepted"),
        (status = 422, description = "The request is not of this form"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn begin(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    JsonBody(request): JsonBody<EmbedRequest>,
) -> Result<Response, Problem> {
    app.admit(client.0, Attempt::HandOff).await?;
    let origin = origin_of(&headers).ok_or(HandOffError::Refused)?;
    let (store, browser) = (request.store()?, request.browser(&state, &headers));
    let begun = app.begin_embed(&store, &request.token, &origin, browser);
    Ok(json::ok(&EmbedBody::from(begun.await?)))
}

/// Gives a page of a Shopify shop a token for the customer whom one of Shopify's own session tokens names. The page's origin
/// must be one of the store's.
#[utoipa::path(post, path = "/api/embed/session/shopify", operation_id = "begin_embed_by_shopify", tag = "embed",
    request_body = EmbedRequest,
    responses(
        (status = 200, body = EmbedBody),
        (status = 400, description = "The token has expired, or is not accepted"),
        (status = 422, description = "The request is not of this form"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn begin_by_shopify(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    JsonBody(request): JsonBody<EmbedRequest>,
) -> Result<Response, Problem> {
    app.admit(client.0, Attempt::HandOff).await?;
    let origin = origin_of(&headers).ok_or(HandOffError::Refused)?;
    let (store, browser) = (request.store()?, request.browser(&state, &headers));
    let begun = app.begin_embed_by_shopify(&store, &request.token, &origin, browser);
    Ok(json::ok(&EmbedBody::from(begun.await?)))
}
