//! What is around every request: an id, a time limit, a log line, a count; and around every answer: its headers.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::problem::{self, Problem};
use crate::state::ApiState;

/// How long an answer may take.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// What requests outside the routes are logged and counted as: their paths are anybody's invention.
const NO_ROUTE: &str = "(none)";

/// The time limit of one request. A handler that takes in a file lifts it, and has a limit of its own on silence.
#[derive(Clone, Default)]
pub(crate) struct TimeLimit(Arc<AtomicBool>);

impl TimeLimit {
    /// Lets this request take as long as it takes.
    pub(crate) fn lift(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_lifted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs a request to its end, whatever happens inside. Of the request only method and route are logged: paths hold ids,
/// queries and bodies may hold more.
pub(crate) async fn wrap(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = state.new_request_id();
    let method = method_name(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let limit = TimeLimit::default();
    request.extensions_mut().insert(limit.clone());
    let mut answer = pin!(AssertUnwindSafe(next.run(request)).catch_unwind());
    let in_time = match tokio::time::timeout(TIME_LIMIT, &mut answer).await {
        Err(_) if limit.is_lifted() => Ok(answer.await),
        outcome => outcome,
    };
    let mut response = match in_time {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => Problem::panicked().into_response(),
        Err(_) => Problem::timed_out().into_response(),
    };

    let cause = problem::finish(&mut response, &id);
    state.headers.add_to(response.headers_mut());
    if let Ok(value) = HeaderValue::try_from(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str);
    let status = response.status().as_u16();
    let took = started.elapsed();
    state.metrics.count_request(method, route, status, took);
    let milliseconds = took.as_millis();
    if let Some(cause) = cause {
        tracing::error!(method, route, status, %milliseconds, request_id = id, cause, "a request failed");
    } else {
        tracing::debug!(method, route, status, %milliseconds, request_id = id, "answered");
    }
    response
}

/// Names the methods that exist; anybody can invent others.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use serde_json::Value;
    use testkit::{TestDatabase, TestShop};
    use tower::ServiceExt;

    use super::*;
    use crate::state::Shared;
    use crate::{Api, Settings};

    /// Sends one request to a handler inside the envelope; returns the status and the problem.
    async fn send_to<F>(
        handler: impl Fn() -> F + Clone + Send + Sync + 'static,
    ) -> (StatusCode, Value)
    where
        F: Future<Output = StatusCode> + Send + 'static,
    {
        let database = TestDatabase::sqlite().await;
        let app = TestShop::open(database.db.clone()).await.app;
        let settings = Settings {
            public_url: "https://courses.test".into(),
            instance: "test".into(),
            trusted_proxies: Vec::new(),
        };
        let state = ApiState::from(Shared::new(
            Api { app, settings },
            String::new(),
            String::new(),
        ));
        let router: Router = Router::new()
            .route("/", get(handler))
            .layer(from_fn_with_state(state, wrap));
        // From here on no database is asked, and time passes as soon as nothing else happens.
        tokio::time::pause();
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert!(response.headers().contains_key("x-content-type-options"));
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn a_panic_is_a_problem_that_says_nothing_of_the_inside() {
        let (status, problem) = send_to(async || panic!("a secret")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(problem["code"], "internal");
        assert!(!problem.to_string().contains("secret"));
    }

    #[tokio::test]
    async fn an_answer_that_takes_too_long_is_a_problem() {
        let (status, problem) = send_to(async || std::future::pending().await).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(problem["code"], "timed_out");
    }
}
