//! HTTP in, HTTP out; serves the built web pages.
//!
//! [`router`] answers everything below the public address of the pages. The path of a request:
//!
//! 1. `envelope` gives it an id and a time limit, and its answer the security headers, a log line and a count.
//! 2. `same_site` refuses what another site made a browser send, and `cors` lets the stores' own pages read what `embed` lists.
//! 3. A handler extracts (`customer`, `admin`, `id`, `json`), calls one use case of `app`, and maps the outcome.
//!    A handler with neither `SignedInCustomer` nor `Admin<…>`, which names the scope, in its signature is public.
//! 4. Failures are a `problem::Problem`: the only place that knows which failure has which status.
//!
//! The handlers: `me`, `sessions`, `courses` (its hot answer is `course_body`), `videos`, `downloads`, `sign_in`, `hand_off` for customers;
//! `access`, `why`, `gaps`, `orders`, `deliveries`, `overview`, `contents`, `catalogue`, `stores`, `team`, `tokens` and `audit` for administrators, `admin_setup` and `admin_account` for each of them herself;
//! `webhooks` and `app_proxy` for stores; `health` and `document` for those who run it; `pages` for browsers. [`openapi`] describes them all, from the same code that routes them.

mod access;
mod addresses;
mod admin;
mod admin_account;
mod admin_cookie;
mod admin_setup;
mod app_proxy;
mod audit;
mod catalogue;
mod client;
mod contents;
mod cors;
mod course_body;
mod course_texts;
mod courses;
mod customer;
mod deliveries;
mod document;
mod downloads;
mod embed;
mod envelope;
mod gaps;
mod hand_off;
mod headers;
mod health;
mod html;
mod id;
mod json;
mod mails;
mod me;
mod mending;
mod metrics;
mod orders;
mod overview;
mod pages;
mod privacy;
mod problem;
mod query;
mod same_site;
mod session;
mod sessions;
mod sign_in;
mod state;
mod stores;
mod team;
mod tokens;
mod videos;
mod webhooks;
mod why;
mod wire;

use app::App;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use domain::network::Network;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::{ApiState, Shared};

/// What the router is made of.
pub struct Api {
    /// The use cases.
    pub app: App,
    /// Where and as what it is reached.
    pub settings: Settings,
}

/// Where and as what the router is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address of these pages as browsers see it: `scheme://host[:port]`, without a path. With `https` the session's
    /// cookie is sent over TLS only.
    pub public_url: String,
    /// What begins this process's request ids, so that two processes do not give the same ones: a few letters and
    /// digits, drawn anew at each start.
    pub instance: String,
    /// The machines in front of us that are believed when they say by `X-Forwarded-For` where a request comes from.
    pub trusted_proxies: Vec<Network>,
}

/// Returns the router that answers every request to the public address.
pub fn router(api: Api) -> Router {
    let (routes, document) = routes().split_for_parts();
    let document = document::to_json(&document::finish(document));
    let page = document::to_html(&document);
    let state = ApiState::from(Shared::new(api, document, page));
    let pages = Router::new()
        .route("/", get(pages::show))
        .route("/sign-in", get(pages::show))
        .route("/account", get(pages::show))
        .route("/courses/{course_id}", get(pages::show))
        .route("/admin", get(pages::show))
        .route("/admin/link", get(pages::show))
        .route("/admin/sign-in", get(pages::show))
        .route("/admin/account", get(pages::show))
        .route("/docs/style.css", get(document::style));
    routes
        .merge(pages)
        .fallback(pages::find)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .layer(from_fn_with_state(state.clone(), cors::share))
        .layer(from_fn_with_state(state.clone(), same_site::guard))
        .layer(from_fn_with_state(state.clone(), envelope::wrap))
        .with_state(state)
}

/// Describes the API.
#[must_use]
pub fn openapi() -> OpenApi {
    document::finish(routes().into_openapi())
}

/// Writes the description as the repository keeps it in `openapi.json`: indented, with a line feed at the end.
#[must_use]
pub fn openapi_json() -> String {
    document::to_json(&openapi())
}

/// Every route of the API, so that what is described is what is routed.
fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(document::begin())
        .routes(routes!(me::show))
        .routes(routes!(addresses::list))
        .routes(routes!(addresses::merge))
        .routes(routes!(sessions::list))
        .routes(routes!(sessions::end))
        .routes(routes!(sessions::end_others))
        .merge(embed::routes())
        .routes(routes!(sign_in::ask))
        .routes(routes!(sign_in::ask_by_order))
        .routes(routes!(sign_in::confirm))
        .routes(routes!(hand_off::accept))
        .routes(routes!(hand_off::accept_form))
        .routes(routes!(sign_in::sign_out))
        .merge(access::routes())
        .routes(routes!(why::explain))
        .routes(routes!(why::find))
        .routes(routes!(gaps::list))
        .routes(routes!(overview::show))
        .routes(routes!(overview::jobs))
        .routes(routes!(overview::retry_job))
        .merge(deliveries::routes())
        .routes(routes!(orders::list))
        .routes(routes!(orders::show))
        .routes(routes!(orders::preview))
        .routes(routes!(orders::correct_email))
        .routes(routes!(audit::list))
        .routes(routes!(audit::export))
        .routes(routes!(audit::verify))
        .merge(contents::routes())
        .merge(catalogue::routes())
        .merge(stores::routes())
        .merge(privacy::routes())
        .merge(mails::routes())
        .merge(admin_account::routes())
        .merge(team::routes())
        .merge(tokens::routes())
        .routes(routes!(app_proxy::show))
        .routes(routes!(webhooks::receive))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
        .routes(routes!(document::show))
        .routes(routes!(document::page))
}
