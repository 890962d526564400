//! Signing in by a mail's link or code, and out.

use app::App;
use app::limits::Attempt;
use app::sessions::Browser;
use axum::extract::State;
use axum::http::header::ACCEPT_LANGUAGE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::sign_in::SignInMeans;
use domain::{EmailAddress, Language, OrderNumber};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::client::Client;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::state::ApiState;

/// The address at which somebody wishes to be written to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInRequest {
    #[schema(value_type = String, example = "ada@example.com")]
    email: EmailAddress,
}

/// The order by which somebody wishes to be found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PurchaseRequest {
    /// As the shop's mail writes it; a `#` in front, blanks around it and case do not matter.
    #[schema(value_type = String, example = "#1001", max_length = 64)]
    order_number: OrderNumber,
}

/// What a mail brought: the token of its link, or its code. Exactly one of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmation {
    /// What stands behind `token=` in the link.
    token: Option<String>,
    /// Six digits, typed in the browser that asked.
    #[schema(example = "042195")]
    code: Option<String>,
    /// Whether the address is added to what the session has proven, instead of taking its place.
    #[serde(default)]
    add: bool,
}

/// Asks for a mail with a link and a code. The answer is the same whether or not the address is a customer's, and so is the
/// work: only the mail that goes out, or does not, tells. It takes the place of what the same browser asked for before.
#[utoipa::path(post, path = "/api/sign-in", operation_id = "ask_to_sign_in", tag = "customer",
    request_body = SignInRequest,
    responses(
        (status = 202, description = "When the address is a customer's, a mail is on its way; a cookie makes this browser known", body = Object),
        (status = 422, description = "This is no address"),
        (status = 429, description = "Asked too often: `Retry-After` says when to ask again")))]
pub(crate) async fn ask(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    JsonBody(request): JsonBody<SignInRequest>,
) -> Result<Response, Problem> {
    let means = SignInMeans::Address(request.email);
    wish(&state, &app, client, &headers, means).await
}

/// Asks for such a mail by an order's number: it goes to the address that the order names, and to no other. The answer is the
/// same whether or not there is such an order, and so is the work. When orders of several customers have that number, as orders
/// of several stores may, no mail goes out.
#[utoipa::path(post, path = "/api/sign-in/purchase", operation_id = "ask_to_sign_in_by_order", tag = "customer",
    request_body = PurchaseRequest,
    responses(
        (status = 202, description = "When one customer has such an order, a mail is on its way; a cookie makes this browser known", body = Object),
        (status = 422, description = "This is no order's number"),
        (status = 429, description = "Asked too often: `Retry-After` says when to ask again")))]
pub(crate) async fn ask_by_order(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    JsonBody(request): JsonBody<PurchaseRequest>,
) -> Result<Response, Problem> {
    let means = SignInMeans::Purchase(request.order_number);
    wish(&state, &app, client, &headers, means).await
}

async fn wish(
    state: &ApiState,
    app: &App,
    client: Client,
    headers: &HeaderMap,
    means: SignInMeans,
) -> Result<Response, Problem> {
    let languages = headers.get(ACCEPT_LANGUAGE);
    let languages = languages.and_then(|value| value.to_str().ok());
    let language = languages.and_then(Language::preferred);
    let browser = state.cookies.browser(headers);
    let device = browser.device;
    let tried = match &means {
        SignInMeans::Address(email) => Attempt::AskToSignIn { email, device },
        SignInMeans::Purchase(number) => Attempt::AskByOrder { number },
    };
    app.admit(client.0, tried).await?;
    let asked = app.ask_to_sign_in(means, language, browser).await;
    let token = asked.map_err(|error| Problem::unavailable(&error))?;
    let cookies = state.cookies.asking(&token);
    let answer = json::answer(StatusCode::ACCEPTED, &serde_json::json!({}));
    Ok((cookies, answer).into_response())
}

/// Uses a link or a code up and opens a session. Only a POST does: what previews or prefetches a link does not use it up. A
/// link works in the browser that asked for it, a code at most five times wrongly.
#[utoipa::path(post, path = "/api/sign-in/confirm", operation_id = "confirm_sign_in", tag = "customer",
    request_body = Confirmation,
    responses(
        (status = 204, description = "Signed in: the session is in the cookie"),
        (status = 400, description = "The link or the code is unknown, used, too old, wrong, or another browser's"),
        (status = 429, description = "Tried too often: `Retry-After` says when to try again")))]
pub(crate) async fn confirm(
    State(state): State<ApiState>,
    State(app): State<App>,
    client: Client,
    headers: HeaderMap,
    JsonBody(confirmation): JsonBody<Confirmation>,
) -> Result<Response, Problem> {
    let browser = Browser {
        keeps_proofs: confirmation.add,
        ..state.cookies.browser(&headers)
    };
    let asking = browser.sign_in;
    app.admit(client.0, Attempt::ConfirmSignIn { asking })
        .await?;
    let session = match (confirmation.token, confirmation.code) {
        (Some(token), None) => app.confirm_sign_in(&token, browser).await?,
        (None, Some(code)) => app.confirm_sign_in_by_code(&code, browser).await?,
        (None, None) | (Some(_), Some(_)) => {
            let detail = "either `token` or `code` is expected";
            return Err(Problem::invalid_body(detail.to_owned()));
        }
    };
    Ok((StatusCode::NO_CONTENT, state.cookies.open(&session)).into_response())
}

/// Ends the session, when there is one.
#[utoipa::path(post, path = "/api/sign-out", operation_id = "sign_out", tag = "customer",
    request_body = Nothing,
    responses((status = 204, description = "Signed out: the cookie is cleared")))]
pub(crate) async fn sign_out(
    State(state): State<ApiState>,
    State(app): State<App>,
    headers: HeaderMap,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    if let Some(token) = state.cookies.session(&headers) {
        let done = app.sign_out(token).await;
        done.map_err(|error| Problem::unavailable(&error))?;
    }
    Ok((StatusCode::NO_CONTENT, state.cookies.close()).into_response())
}
