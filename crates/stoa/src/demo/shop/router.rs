//! The shop over HTTP: one page, its files, and a form for each thing that one can do.
//!
//! Nothing is changed by a GET, and no other site can press the shop's buttons: see [`is_own_page`].

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, ORIGIN, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use app::administration::AdministrationError;
use domain::CourseId;

use super::desk::Deed;
use super::order::{DisputeState, RefundOf};
use super::{DemoShop, ShopError, page};
use crate::demo::DemoMails;

/// Where the binary serves the shop; its pages and files name each other by it.
const BASE: &str = "/shop";
/// The longest form: an address and a few SKUs.
const FORM_BYTES: usize = 8 * 1024;
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The shop's files: name, media type, content.
const FILES: [(&str, &str, &str); 8] = [
    ("style.css", "text/css", include_str!("files/style.css")),
    (
        "script.js",
        "text/javascript",
        include_str!("files/script.js"),
    ),
    ("mark.svg", "image/svg+xml", include_str!("files/mark.svg")),
    (
        "watercolour.svg",
        "image/svg+xml",
        include_str!("files/watercolour.svg"),
    ),
    (
        "bread.svg",
        "image/svg+xml",
        include_str!("files/bread.svg"),
    ),
    ("lino.svg", "image/svg+xml", include_str!("files/lino.svg")),
    ("both.svg", "image/svg+xml", include_str!("files/both.svg")),
    (
        "apron.svg",
        "image/svg+xml",
        include_str!("files/apron.svg"),
    ),
];

/// Returns the shop's routes, to be nested under `/shop`.
pub(crate) fn router(shop: DemoShop, letters: DemoMails) -> Router {
    Router::new()
        .route("/", get(show))
        .route("/orders", post(buy))
        .route("/orders/{number}/refund", get(foretell).post(refund))
        .route("/orders/{number}/dispute", post(dispute))
        .route("/orders/{number}/access", get(explain).post(do_by_hand))
        .route("/orders/{number}/courses", post(open_courses))
        .route("/webhooks/{event}/send", post(send_again))
        .route("/mapping", post(map))
        .route("/mails", get(async move || show_mails(&letters)))
        .route("/files/{name}", get(file))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(from_fn_with_state(shop.clone(), guard))
        .with_state(shop)
}

async fn show(State(shop): State<DemoShop>) -> Result<Response, ShopError> {
    shop.settle().await?;
    Ok(html(StatusCode::OK, page::shop_page(&shop).await?))
}

fn show_mails(letters: &DemoMails) -> Response {
    html(StatusCode::OK, page::mails_page(&letters.list()))
}

/// Says what a refund would take away, before anybody presses the button.
async fn foretell(
    State(shop): State<DemoShop>,
    Path(number): Path<u64>,
) -> Result<Response, ShopError> {
    shop.settle().await?;
    Ok(html(
        StatusCode::OK,
        page::refund_page(&shop, number).await?,
    ))
}

/// Says what the buyer of an order may open, and why.
async fn explain(
    State(shop): State<DemoShop>,
    Path(number): Path<u64>,
) -> Result<Response, ShopError> {
    shop.settle().await?;
    Ok(html(
        StatusCode::OK,
        page::access_page(&shop, number).await?,
    ))
}

/// Buys one ware (`buy=SKU`) or everything in the basket (`buy=basket`, `basket=SKU`…).
async fn buy(State(shop): State<DemoShop>, form: Bytes) -> Result<Response, ShopError> {
    let form = Form::read(&form);
    let email = form.first("email");
    let skus = match form.first("buy").as_str() {
        "basket" => form.all("basket"),
        sku => vec![sku.to_owned()],
    };
    let bought = to_the_end(async move { shop.buy(&email, &skus).await });
    Ok(see_order(bought.await?))
}

/// Refunds a line (`line=ID`), or all that is left.
async fn refund(
    State(shop): State<DemoShop>,
    Path(number): Path<u64>,
    form: Bytes,
) -> Result<Response, ShopError> {
    let line = Form::read(&form).first("line");
    let what = match line.parse() {
        Ok(line) => RefundOf::Line(line),
        Err(_) if line.is_empty() => RefundOf::Rest,
        Err(_) => return Err(ShopError::NoSuchOrder),
    };
    to_the_end(async move { shop.refund(number, what).await }).await?;
    Ok(see_order(number))
}

/// Opens a dispute (`state=open`) or decides it (`state=won`, `state=lost`).
async fn dispute(
    State(shop): State<DemoShop>,
    Path(number): Path<u64>,
    form: Bytes,
) -> Result<Response, ShopError> {
    let state = match Form::read(&form).first("state").as_str() {
        "open" => DisputeState::Open,
        "won" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        _ => return Err(ShopError::NoSuchDeed),
    };
    to_the_end(async move { shop.dispute(number, state).await }).await?;
    Ok(see_order(number))
}

/// Does something by hand about a course (`course=ID`) and the buyer of an order.
async fn do_by_hand(
    State(shop): State<DemoShop>,
    Path(number): Path<u64>,
    form: Bytes,
) -> Result<Response, ShopError> {
    let form = Form::read(&form);
    let deed = Deed::from_name(&form.first("deed")).ok_or(ShopError::NoSuchDeed)?;
    let course: CourseId = form
        .first("course")
        .parse()
        .map_err(|_| ShopError::NoSuchDeed)?;
    to_the_end(async move { shop.do_by_hand(number, course, deed).await }).await?;
    Ok(see(&format!("{BASE}/orders/{number}/access#{course}")))
}

/// Says what the new ware stands for (`to=course`), or forgets it (`to=nothing`).
async fn map(State(shop): State<DemoShop>, form: Bytes) -> Result<Response, ShopError> {
    match Form::read(&form).first("to").as_str() {
        "course" => to_the_end(async move { shop.map_new().await }).await?,
        "nothing" => to_the_end(async move { shop.unmap_new().await }).await?,
        _ => return Err(ShopError::NoSuchDeed),
    }
    Ok(see(&format!("{BASE}#staff")))
}

async fn open_courses(
    State(shop): State<DemoShop>,
    Path(number): Path<u64>,
) -> Result<Response, ShopError> {
    Ok(see(&shop.courses_link(number).await?))
}

async fn send_again(
    State(shop): State<DemoShop>,
    Path(event): Path<String>,
) -> Result<Response, ShopError> {
    let place = see(&format!("{BASE}#{event}"));
    to_the_end(async move { shop.send(&event).await }).await?;
    Ok(place)
}

async fn file(Path(name): Path<String>) -> Response {
    let found = FILES.iter().find(|(known, _, _)| *known == name);
    let Some((_, media_type, content)) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, format!("{media_type}; charset=utf-8")),
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, *content).into_response()
}

/// Works to the end, also when the visitor has gone: money that moved is told.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, ShopError>> + Send + 'static,
) -> Result<T, ShopError> {
    let done = tokio::spawn(work).await;
    done.map_err(|error| ShopError::Failed(error.into()))?
}

/// Turns away buttons on other sites' pages, and tells browsers to run nothing that is not the shop's.
async fn guard(State(shop): State<DemoShop>, request: Request, next: Next) -> Response {
    let reads = request.method().is_safe();
    let mut response = if reads || is_own_page(request.headers(), &shop.0.public_url) {
        next.run(request).await
    } else {
        // Perhaps the visitor came by another name of this machine: lead to the one that counts.
        let address = format!("{}{BASE}", shop.0.public_url);
        let sentence = "Please use the buttons on the shop’s own page.";
        html(
            StatusCode::FORBIDDEN,
            page::message_page(sentence, &address),
        )
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: browsers then write `Origin: null` even on the shop's own forms.
        (REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Tells whether a form was sent by the shop's own page: every browser names the page's origin, and newer ones say besides
/// how the page is related. A name that somebody else lets point here is another origin.
fn is_own_page(headers: &HeaderMap, public_url: &str) -> bool {
    let is = |name: HeaderName, expected: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next();
        (
            first.is_some_and(|value| value == expected),
            first.is_none(),
        )
    };
    let (is_own_origin, _) = is(ORIGIN, public_url);
    let (is_same_site, is_silent) = is(SEC_FETCH_SITE, "same-origin");
    is_own_origin && (is_same_site || is_silent)
}

/// A form as browsers send it.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(bytes: &[u8]) -> Self {
        Self(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// Returns the first value of a name; empty when there is none.
    fn first(&self, name: &str) -> String {
        let mut values = self.0.iter().filter(|(known, _)| known == name);
        values
            .next()
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    }

    fn all(&self, name: &str) -> Vec<String> {
        let values = self.0.iter().filter(|(known, _)| known == name);
        values.map(|(_, value)| value.clone()).collect()
    }
}

fn html(status: StatusCode, page: String) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

fn see_order(number: u64) -> Response {
    see(&format!("{BASE}#order-{number}"))
}

/// Sends the browser on with a GET, so that reloading the page repeats nothing.
fn see(place: &str) -> Response {
    match HeaderValue::from_str(place) {
        Ok(place) => (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        let (status, sentence) = match &self {
            Self::NotForSale | Self::NotAnAddress | Self::NoSuchDeed => {
                (StatusCode::BAD_REQUEST, self.to_string())
            }
            Self::NoSuchOrder | Self::NotTold => (StatusCode::NOT_FOUND, self.to_string()),
            Self::Refused(AdministrationError::Reconcile(error)) => failed(error),
            Self::Unchanged(_) | Self::Refused(_) => (StatusCode::CONFLICT, self.to_string()),
            Self::Failed(error) => failed(&format_args!("{error:#}")),
        };
        html(status, page::message_page(&capitalised(&sentence), BASE))
    }
}

fn failed(error: &dyn std::fmt::Display) -> (StatusCode, String) {
    tracing::error!("the demo shop failed: {error}");
    let sentence = "something went wrong; the shop's log says more".to_owned();
    (StatusCode::INTERNAL_SERVER_ERROR, sentence)
}

fn capitalised(sentence: &str) -> String {
    let mut signs = sentence.chars();
    let first = signs.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), signs.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "http://127.0.0.1:8080";

    fn headers(origin: Option<&str>, site: Option<&str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [(ORIGIN, origin), (SEC_FETCH_SITE, site)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_str(value).unwrap());
            }
        }
        headers
    }

    #[test]
    fn only_the_shops_own_page_may_press_its_buttons() {
        assert!(is_own_page(&headers(Some(OWN), Some("same-origin")), OWN));
        assert!(is_own_page(&headers(Some(OWN), None), OWN));
        for (origin, site) in [
            (None, None),
            (None, Some("same-origin")),
            (Some("null"), Some("same-origin")),
            (Some("http://evil.test:8080"), Some("same-origin")),
            (Some("http://evil.test"), Some("cross-site")),
            (Some(OWN), Some("cross-site")),
            (Some(OWN), Some("same-site")),
            (Some("http://127.0.0.1:8081"), Some("same-site")),
        ] {
            assert!(
                !is_own_page(&headers(origin, site), OWN),
                "{origin:?} {site:?}"
            );
        }
    }

    #[test]
    fn a_form_keeps_every_value_of_a_name() {
        let form = Form::read(b"email=ada%2Bx%40example.com&basket=BREAD&basket=APRON");
        assert_eq!(form.first("email"), "ada+x@example.com");
        assert_eq!(form.all("basket"), ["BREAD", "APRON"]);
        assert_eq!(form.first("line"), "");
    }
}
