//! Signing in with a shop's token: as JSON for programs, as a form for the browsers that a shop's page sends here.
//!
//! Both are public, and the form may come from any site: the token is what is asked for, and it works once. See
//! `docs/decisions/0006-hand-off.md`.

mod page;

use app::App;
use app::hand_off::HandOffError;
use app::limits::Attempt;
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::StoreName;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::client::Client;
use crate::json::{self, JsonBody};
use crate::problem::Problem;
use crate::state::ApiState;

/// The longest form that is read.
const LONGEST: usize = 16 * 1024;

/// A shop's word on who its customer is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreToken {
    /// The store's name in addresses.
    store: String,
    /// A JWT that the store has signed, good for a minute and one use.
    token: String,
}

/// Signs in the customer whom a shop's token names.
#[utoipa::path(post, path = "/api/sign-in/store", operation_id = "accept_hand_off", tag = "customer",
    request_body = StoreToken,
    responses(
        (status = 204, description = "Signed in: the session is in the cookie"),
        (status = 400, description = "The token has expired, was used before, or is not accepted"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn accept(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    JsonBody(token): JsonBody<StoreToken>,
) -> Result<Response, Problem> {
    let cookies = sign_in(&state, &app, client, &headers, &token).await?;
    Ok((StatusCode::NO_CONTENT, cookies).into_response())
}

/// Signs in the customer whom a shop's token names, and leads her to her courses. A shop's page sends its form here, in the
/// customer's browser.
#[utoipa::path(post, path = "/sign-in/store", operation_id = "accept_hand_off_form", tag = "customer",
    request_body(content = StoreToken, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "Signed in: the session is in the cookie, and her courses are at `/`"),
        (status = 400, description = "The token has expired, was used before, or is not accepted: a page says so",
            body = String, content_type = "text/html"),
        (status = 429, description = "Tried too often: a page says so, `Retry-After` when to try again",
            body = String, content_type = "text/html")))]
pub(crate) async fn accept_form(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    form: Result<Form, Problem>,
) -> Result<Response, Problem> {
    let signed_in = async { sign_in(&state, &app, client, &headers, &form?.0).await };
    let cookies = signed_in.await.map_err(|problem| {
        let shop = app.shop();
        problem.shown_as(|kind| page::write(kind, shop))
    })?;
    let home = [(LOCATION, HeaderValue::from_static("/"))];
    Ok((StatusCode::SEE_OTHER, home, cookies).into_response())
}

/// Opens the session, and writes its cookies.
async fn sign_in(
    state: &ApiState,
    app: &App,
    client: Client,
    headers: &HeaderMap,
    token: &StoreToken,
) -> Result<HeaderMap, Problem> {
    app.admit(client.0, Attempt::HandOff).await?;
    // A name that cannot be a store's is answered as one that is none.
    let store: Result<StoreName, _> = token.store.parse();
    let store = store.map_err(|_| HandOffError::Refused)?;
    let browser = state.cookies.browser(headers);
    let session = app.accept_hand_off(&store, &token.token, browser).await?;
    Ok(state.cookies.open(&session))
}

/// The form, declared as one, each field once.
pub(crate) struct Form(StoreToken);

impl FromRequest<ApiState> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &ApiState) -> Result<Self, Problem> {
        if !is_form(request.headers()) {
            return Err(HandOffError::Refused.into());
        }
        let body = json::read_body(request, LONGEST).await?;
        let fields = serde_urlencoded::from_bytes(&body);
        fields.map(Self).map_err(|_| HandOffError::Refused.into())
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let media_type = declared.and_then(|value| value.split(|byte| *byte == b';').next());
    media_type.is_some_and(|text| {
        text.trim_ascii()
            .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
    })
}
