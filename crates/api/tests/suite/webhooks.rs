//! Webhooks of the stores.

use app::deliveries::DeliveryFilter;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request};
use connectors::{StoreKind, StoreSecret, custom, shopify, stripe, woocommerce};
use domain::payment::StorePolicy;
use serde_json::json;
use testkit::BY;

use crate::site::{Site, on_both_engines, send_to};

fn delivery(store: &str, headers: &HeaderMap, body: Vec<u8>) -> Request<Body> {
    let mut request = Request::post(format!("/webhooks/{store}"));
    *request.headers_mut().unwrap() = headers.clone();
    request.body(Body::from(body)).unwrap()
}

/// A secret that stores of the kind may have.
fn secret_of(kind: StoreKind) -> StoreSecret {
    match kind {
        StoreKind::Custom | StoreKind::Medusa | StoreKind::Stripe => custom::new_secret(&[3; 32]),
        StoreKind::Shopify => StoreSecret::new("shpss_0123456789abcdef0123456789abcdef".into()),
        StoreKind::Woocommerce => StoreSecret::new("a-woocommerce-secret-for-tests".into()),
    }
}

/// Signs a body as stores of the kind do.
fn signed_as(site: &Site, kind: StoreKind, body: &[u8]) -> HeaderMap {
    let (secret, now) = (secret_of(kind), app::clock::Clock::now(&site.shop.clock));
    let headers = match kind {
        StoreKind::Custom | StoreKind::Medusa => {
            custom::sign(&secret, "msg_1", now, body).unwrap().to_vec()
        }
        StoreKind::Stripe => vec![stripe::sign(&secret, now, body)],
        StoreKind::Shopify => vec![
            ("x-shopify-hmac-sha256", shopify::sign(&secret, body)),
            ("x-shopify-topic", "orders/paid".to_owned()),
        ],
        StoreKind::Woocommerce => vec![
            ("x-wc-webhook-signature", woocommerce::sign(&secret, body)),
            ("x-wc-webhook-topic", "order.updated".to_owned()),
        ],
    };
    let value = |text: String| HeaderValue::from_str(&text).unwrap();
    headers
        .into_iter()
        .map(|(name, text)| (name.parse().unwrap(), value(text)))
        .collect()
}

async fn ended_grants(site: &Site, content: domain::CourseId) -> u64 {
    let token = site.shop.app.create_api_token(&BY, "test").await.unwrap();
    let request = json!({ "customer": { "email": "ada@example.com" }, "content": content });
    let revoked = site
        .administer("/api/admin/access/revoke", &token, &request)
        .await;
    revoked.json()["ended_grants"].as_u64().unwrap()
}

on_both_engines! {
    async fn a_paid_order_becomes_a_course(site: Site) {
        let course = site.shop.sell_course("OILS", 1).await;
        let (headers, body) = site.shop.signed(&site.shop.paid_order("1", "ada@example.com", &["OILS"]));
        let answer = site.send(delivery("shop", &headers, body)).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (204, ""));
        site.shop.app.work_until_idle().await.unwrap();
        let session = site.shop.sign_in("ada@example.com").await;
        assert_eq!(site.get(&format!("/api/courses/{}", course.course), &session).await.status, 200);
    }

    async fn a_hundred_deliveries_at_once_make_one_grant(site: Site) {
        let course = site.shop.sell_course("OILS", 1).await;
        let (headers, body) = site.shop.signed(&site.shop.paid_order("1", "ada@example.com", &["OILS"]));
        let mut senders = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let router = site.router.clone();
            let request = delivery("shop", &headers, body.clone());
            senders.spawn(async move { send_to(&router, request).await.status.as_u16() });
        }
        let app = site.shop.app.clone();
        let worker = tokio::spawn(async move { app.work_until_idle().await });
        let statuses = senders.join_all().await;
        assert_eq!(statuses, vec![204; 100]);
        worker.await.unwrap().unwrap();
        let (one, other) = tokio::join!(site.shop.app.work_until_idle(), site.shop.app.work_until_idle());
        one.and(other).unwrap();
        assert_eq!(ended_grants(&site, course.course).await, 1);
    }

    async fn what_the_store_did_not_sign_is_refused(site: Site) {
        let (headers, body) = site.shop.signed(&site.shop.paid_order("1", "ada@example.com", &["OILS"]));
        let mut altered = body.clone();
        altered[20] ^= 1;
        let answer = site.send(delivery("shop", &headers, altered)).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "not_authentic"));
        let answer = site.send(delivery("shop", &HeaderMap::new(), body.clone())).await;
        assert_eq!(answer.problem(), "not_authentic");
        site.shop.clock.pass_seconds(3_600);
        let answer = site.send(delivery("shop", &headers, body)).await;
        assert_eq!(answer.problem(), "not_authentic");
    }

    async fn every_platforms_webhooks_are_kept_and_what_is_not_theirs_is_refused_and_kept_nowhere(site: Site) {
        let body = br#"{"id":1,"type":"order.updated"}"#.to_vec();
        for kind in StoreKind::ALL {
            let (name, secrets) = (kind.name().parse().unwrap(), [secret_of(kind)]);
            let store = site.shop.app.add_store(&BY, name, kind, StorePolicy::default(), &secrets).await.unwrap();
            let of_store = DeliveryFilter { store: Some(store), ..DeliveryFilter::default() };
            let kept = async || site.shop.app.list_deliveries(&of_store, None, 9).await.unwrap().len();
            let headers = signed_as(&site, kind, &body);
            for place in 0..body.len() {
                let mut altered = body.clone();
                altered[place] ^= 1;
                let answer = site.send(delivery(kind.name(), &headers, altered)).await;
                assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (401, "not_authentic"), "{kind:?}");
            }
            for missing in headers.keys() {
                let mut fewer = headers.clone();
                fewer.remove(missing);
                let answer = site.send(delivery(kind.name(), &fewer, body.clone())).await;
                assert_eq!(answer.status, 401, "{kind:?} without {missing}");
            }
            assert_eq!(kept().await, 0, "{kind:?}");
            let answer = site.send(delivery(kind.name(), &headers, body.clone())).await;
            assert_eq!((answer.status.as_u16(), kept().await), (204, 1), "{kind:?}");
        }
    }

    async fn a_new_address_is_tried_by_woocommerce_with_a_form_and_answers_200(site: Site) {
        let (kind, secrets) = (StoreKind::Woocommerce, [secret_of(StoreKind::Woocommerce)]);
        let name = "woo".parse().unwrap();
        site.shop.app.add_store(&BY, name, kind, StorePolicy::default(), &secrets).await.unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        let answer = site.send(delivery("woo", &headers, b"webhook_id=1".to_vec())).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, ""));
        let answer = site.send(delivery("shop", &headers, b"webhook_id=1".to_vec())).await;
        assert_eq!(answer.problem(), "not_authentic");
        assert_eq!(site.shop.app.list_deliveries(&DeliveryFilter::default(), None, 9).await.unwrap(), []);
    }

    async fn an_unknown_store_and_a_name_that_is_none_are_the_same(site: Site) {
        let (headers, body) = site.shop.signed(&json!({}));
        for store in ["other", "SHOP", "sh%20op", "shop%00", "%ff", "-"] {
            let answer = site.send(delivery(store, &headers, body.clone())).await;
            assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (404, "not_found"), "{store}");
        }
    }

    async fn a_body_of_a_mebibyte_is_read_and_no_more(site: Site) {
        let (headers, _) = site.shop.signed(&json!({}));
        let answer = site.send(delivery("shop", &headers, vec![b' '; 1024 * 1024])).await;
        assert_eq!(answer.problem(), "not_authentic");
        let answer = site.send(delivery("shop", &headers, vec![b' '; 1024 * 1024 + 1])).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (413, "body_too_large"));
    }

    async fn what_cannot_be_kept_is_not_taken(site: Site) {
        let (headers, body) = site.shop.signed(&site.shop.paid_order("1", "ada@example.com", &["OILS"]));
        site.shop.app.db().close().await;
        let answer = site.send(delivery("shop", &headers, body)).await;
        assert_eq!((answer.status.as_u16(), answer.problem().as_str()), (503, "unavailable"));
        assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
        let ready = Request::get("/readyz").body(Body::empty()).unwrap();
        assert_eq!(site.send(ready).await.problem(), "unavailable");
        let alive = Request::get("/healthz").body(Body::empty()).unwrap();
        assert_eq!(site.send(alive).await.status, 200);
    }
}
