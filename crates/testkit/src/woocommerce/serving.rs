//! The shop's `wc/v3`: what the connector asks, answered as WooCommerce answers it.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, Request, State as Extract};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use futures_util::stream;
use serde_json::{Value, json};

use super::{KEY, Mood, SECRET, State};

type Shared = Arc<Mutex<State>>;
type Parameters = Query<HashMap<String, String>>;

pub(super) fn router(state: Shared) -> Router {
    let api = Router::new()
        .route("/orders", get(orders))
        .route("/orders/{id}", get(order))
        .route("/orders/{id}/refunds", get(refunds))
        .route("/products", get(products))
        .route("/webhooks", get(webhooks).post(add_webhook))
        .route("/webhooks/{id}", put(change_webhook));
    Router::new()
        .nest("/wp-json/wc/v3", api)
        .route(
            "/wp-json/",
            get(async || Json(json!({ "name": "Test shop" }))),
        )
        .layer(middleware::from_fn_with_state(Arc::clone(&state), behave))
        .with_state(state)
}

/// Answers as the shop is in the mood to.
async fn behave(Extract(state): Extract<Shared>, request: Request, next: Next) -> Response {
    let mood = {
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .asked
            .push(format!("{} {}", request.method(), request.uri()));
        state.mood
    };
    let is_open = is_signed_in(request.headers()) || request.uri().path() == "/wp-json/";
    match mood {
        Mood::Well | Mood::Loops if is_open => next.run(request).await,
        Mood::Well | Mood::Loops | Mood::Refuses => StatusCode::UNAUTHORIZED.into_response(),
        Mood::Busy(seconds) => {
            let wait = [(header::RETRY_AFTER, seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, wait).into_response()
        }
        Mood::Broken => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Mood::Hangs => std::future::pending().await,
        Mood::HalfAnswers => {
            let half = stream::once(std::future::ready(Ok::<_, Infallible>(Bytes::from(
                "[{\"id\"",
            ))));
            let mut answer = Response::new(Body::from_stream(half));
            // More is promised than comes, so the connection breaks off.
            answer
                .headers_mut()
                .insert(header::CONTENT_LENGTH, 4_096.into());
            answer
        }
        Mood::Garbles => "<!doctype html><p>Briefly unavailable".into_response(),
        Mood::Redirects => {
            let elsewhere = [(header::LOCATION, "http://127.0.0.1:9/")];
            (StatusCode::FOUND, elsewhere).into_response()
        }
    }
}

fn is_signed_in(headers: &HeaderMap) -> bool {
    use base64::Engine;
    let expected = base64::engine::general_purpose::STANDARD.encode(format!("{KEY}:{SECRET}"));
    let given = headers.get(header::AUTHORIZATION);
    given.is_some_and(|given| given.as_bytes() == format!("Basic {expected}").as_bytes())
}

/// Cuts a page out of a list.
fn page(all: Vec<Value>, query: &HashMap<String, String>, mood: Mood) -> Response {
    let number = |name: &str, default: usize| {
        query
            .get(name)
            .map_or(default, |text| text.parse().unwrap())
    };
    let size = number("per_page", 10);
    let page = if mood == Mood::Loops {
        1
    } else {
        number("page", 1)
    };
    let pages = all.len().div_ceil(size);
    let total = all.len();
    let found: Vec<Value> = all.into_iter().skip((page - 1) * size).take(size).collect();
    let pages = if mood == Mood::Loops {
        pages + 7
    } else {
        pages
    };
    let counts = [
        ("x-wp-total", total.to_string()),
        ("x-wp-totalpages", pages.to_string()),
    ];
    (counts, Json(found)).into_response()
}

async fn orders(Extract(state): Extract<Shared>, Query(query): Parameters) -> Response {
    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found: Vec<Value> = state.orders.values().cloned().collect();
    let modified = |order: &Value| order["date_modified_gmt"].as_str().unwrap().to_owned();
    if state.mood != Mood::Loops {
        // Times of one form compare like texts.
        let after = query.get("modified_after");
        let before = query.get("modified_before");
        found.retain(|order| after.is_none_or(|after| modified(order) > *after));
        found.retain(|order| before.is_none_or(|before| modified(order) < *before));
    }
    if query.get("orderby").is_some_and(|by| by == "modified") {
        found.sort_by_key(modified);
    }
    page(found, &query, state.mood)
}

async fn order(Extract(state): Extract<Shared>, Path(id): Path<u64>) -> Response {
    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    match state.orders.get(&id) {
        Some(order) => Json(order.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn refunds(
    Extract(state): Extract<Shared>,
    Path(id): Path<u64>,
    Query(query): Parameters,
) -> Response {
    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let found = state.refunds.get(&id).cloned().unwrap_or_default();
    page(found, &query, state.mood)
}

async fn products(Extract(state): Extract<Shared>, Query(query): Parameters) -> Response {
    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    page(state.products.clone(), &query, state.mood)
}

async fn webhooks(Extract(state): Extract<Shared>, Query(query): Parameters) -> Response {
    let state = state.lock().unwrap_or_else(PoisonError::into_inner);
    page(state.webhooks.clone(), &query, state.mood)
}

async fn add_webhook(Extract(state): Extract<Shared>, Json(mut webhook): Json<Value>) -> Response {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    webhook["id"] = json!(state.webhooks.len() + 1);
    state.webhooks.push(webhook.clone());
    (StatusCode::CREATED, Json(webhook)).into_response()
}

async fn change_webhook(
    Extract(state): Extract<Shared>,
    Path(id): Path<u64>,
    Json(fields): Json<Value>,
) -> Response {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    let found = state
        .webhooks
        .iter_mut()
        .find(|webhook| webhook["id"] == json!(id));
    let Some(webhook) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    for (name, value) in fields.as_object().unwrap() {
        webhook[name] = value.clone();
    }
    Json(webhook.clone()).into_response()
}
