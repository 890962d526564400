//! Asking the shop: with which credentials, for an order, and whether all is well.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use connectors::api::{ApiError, Checkup, CredentialsError, HttpClient, Limits};
use connectors::{StoreKind, Subject, connector};
use domain::order::Saying;
use serde_json::{Value, json};

use super::reading::line;
use super::{KEY, KEY_SECRET, answer, api, body, credentials, secret, time};
use crate::server::{Reply, Request, Server};

fn order(id: &str) -> Subject {
    Subject::Order(id.parse().unwrap())
}

async fn lines(server: &Server, id: &str) -> Result<Vec<String>, ApiError> {
    let started_at = time("2026-11-22T08:03:17Z");
    let facts = api(server).fetch(&order(id), started_at).await?;
    Ok(facts.iter().map(line).collect())
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode(format!("{KEY}:{KEY_SECRET}")))
}

#[tokio::test]
async fn an_order_is_fetched_with_the_lines_of_its_refunds() {
    let refunds = answer("GET-orders-35-refunds-line-level.json");
    let server =
        Server::scripted([Reply::json(&body("each-event/0053")), Reply::json(&refunds)]).await;
    assert_eq!(
        lines(&server, "35").await.unwrap(),
        [
            "35 Paid at 2026-11-22T08:03:17Z, paid 2026-11-22T07:27:55Z, 17800 EUR, anna-other@example.test #2, \
             17x1 31/33, 18x1 30/-, refunds 36",
            "35 refund 36 Succeeded at 2026-11-22T08:03:17Z, 12900, 17x1",
        ]
    );
    let paths: Vec<_> = server
        .requests()
        .iter()
        .map(|r| r.path().to_owned())
        .collect();
    assert_eq!(
        paths,
        [
            "/wp-json/wc/v3/orders/35",
            "/wp-json/wc/v3/orders/35/refunds"
        ]
    );
}

#[tokio::test]
async fn refunds_of_amounts_have_no_lines() {
    let refunds = answer("GET-orders-34-refunds-amount-only.json");
    let server =
        Server::scripted([Reply::json(&body("each-event/0055")), Reply::json(&refunds)]).await;
    let lines = lines(&server, "34").await.unwrap();
    assert_eq!(
        lines[1..],
        [
            "34 refund 38 Succeeded at 2026-11-22T08:03:17Z, 8800",
            "34 refund 37 Succeeded at 2026-11-22T08:03:17Z, 1000",
        ]
    );
}

/// Fetches one refund of order 35 that is like the captured one but for some changes.
async fn refund(change: impl FnOnce(&mut Value)) -> domain::order::RefundState {
    let mut refunds = answer("GET-orders-35-refunds-line-level.json");
    change(&mut refunds[0]);
    let server =
        Server::scripted([Reply::json(&body("each-event/0053")), Reply::json(&refunds)]).await;
    let facts = api(&server)
        .fetch(&order("35"), time("2026-11-22T08:03:17Z"))
        .await
        .unwrap();
    match &facts[1].saying {
        Saying::Refund(_, refund) => refund.state.clone(),
        other => panic!("not a refund: {other:?}"),
    }
}

#[tokio::test]
async fn a_refund_of_shipping_alone_is_one_and_a_refund_of_more_is_not() {
    for (amount, shipping, tax, is_shipping) in [
        ("5.95", "-5.00", "-0.95", true),
        ("5.95", "-5.00", "0.00", false),
        ("9.00", "-5.00", "-0.95", false),
        ("0.00", "0.00", "0.00", false),
    ] {
        let refund = refund(|refund| {
            refund["amount"] = json!(amount);
            refund["line_items"] = json!([]);
            refund["shipping_lines"] = json!([{ "id": 5, "total": shipping, "total_tax": tax }]);
        })
        .await;
        assert_eq!(refund.is_shipping, is_shipping, "{amount} {shipping} {tax}");
    }
    let both = refund(|refund| {
        refund["shipping_lines"] = json!([{ "id": 5, "total": "-129.00", "total_tax": "0.00" }]);
    });
    assert!(!both.await.is_shipping);
}

#[tokio::test]
async fn a_line_of_money_without_pieces_is_no_line() {
    for none in [json!(0), json!("0"), json!(-0.0)] {
        let refund = refund(|refund| refund["line_items"][0]["quantity"] = none.clone()).await;
        assert!(refund.lines.is_empty(), "{none}");
        assert_eq!(refund.amount_minor, 12_900);
    }
}

#[tokio::test]
async fn a_started_piece_that_came_back_counts_whole() {
    for (written, pieces) in [
        (json!(-2), 2),
        (json!("-1.00"), 1),
        (json!(-0.5), 1),
        (json!(-1.25), 2),
    ] {
        let refund = refund(|refund| refund["line_items"][0]["quantity"] = written.clone()).await;
        let counted: Vec<_> = refund.lines.values().copied().collect();
        assert_eq!(counted, [pieces], "{written}");
    }
}

#[tokio::test]
async fn two_parts_of_one_line_are_counted_together() {
    let refund = refund(|refund| {
        let twice = refund["line_items"][0].clone();
        refund["line_items"].as_array_mut().unwrap().push(twice);
    });
    assert_eq!(
        refund.await.lines.values().copied().collect::<Vec<_>>(),
        [2]
    );
}

#[tokio::test]
async fn an_order_without_refunds_costs_one_request() {
    let server = Server::scripted([Reply::json(&body("each-event/0051"))]).await;
    assert_eq!(lines(&server, "35").await.unwrap().len(), 1);
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn a_state_is_as_new_as_the_request_or_newer() {
    for (started_at, expected) in [
        ("2026-11-22T09:00:00Z", "2026-11-22T09:00:00Z"),
        // The shop's clock is ahead, or it changed while we asked.
        ("2026-11-22T07:27:50Z", "2026-11-22T07:27:55Z"),
    ] {
        let server = Server::scripted([Reply::json(&body("each-event/0051"))]).await;
        let facts = api(&server)
            .fetch(&order("35"), time(started_at))
            .await
            .unwrap();
        assert_eq!(super::version(&facts[0]), time(expected));
    }
}

#[tokio::test]
async fn an_order_that_the_shop_does_not_have_is_no_fact() {
    let server = Server::scripted([Reply::status(404)]).await;
    assert_eq!(lines(&server, "35").await, Ok(Vec::new()));
    // Deleted between the two requests.
    let replies = [Reply::json(&body("each-event/0053")), Reply::status(404)];
    let server = Server::scripted(replies).await;
    assert_eq!(lines(&server, "35").await, Ok(Vec::new()));
}

#[tokio::test]
async fn what_is_no_order_of_woocommerce_is_not_asked_for() {
    let server = Server::scripted([]).await;
    for id in ["..", "35/refunds", "batch", "35?x=1", "\u{663}", "-1"] {
        assert_eq!(lines(&server, id).await, Ok(Vec::new()), "{id}");
    }
    let payment = Subject::Payment("35".parse().unwrap());
    let facts = api(&server)
        .fetch(&payment, time("2026-11-22T09:00:00Z"))
        .await;
    assert_eq!(facts, Ok(Vec::new()));
    assert_eq!(server.requests(), []);
}

#[tokio::test]
async fn another_order_than_the_one_asked_for_is_refused() {
    let server = Server::scripted([Reply::json(&body("each-event/0051"))]).await;
    let error = lines(&server, "36").await.unwrap_err().to_string();
    assert_eq!(
        error,
        "the store's answer cannot be read: id is not the one asked for"
    );
}

#[tokio::test]
async fn many_refunds_come_in_pages_and_the_same_page_again_is_refused() {
    let refund = |id: u64| json!({ "id": id, "amount": "0.10", "line_items": [] });
    let pages = |first: u64, count: u64| {
        let page: Vec<_> = (first..first + count).map(refund).collect();
        Reply::with(
            200,
            &[("x-wp-totalpages", "2")],
            json!(page).to_string().as_bytes(),
        )
    };
    let paid = Reply::json(&body("each-event/0053"));
    let server = Server::scripted([paid.clone(), pages(100, 100), pages(200, 20)]).await;
    assert_eq!(lines(&server, "35").await.unwrap().len(), 121);
    assert_eq!(server.requests()[2].query("page").as_deref(), Some("2"));

    let server = Server::scripted([paid, pages(100, 100), pages(100, 100)]).await;
    assert_eq!(lines(&server, "35").await, Err(ApiError::PagingLoop));
}

#[tokio::test]
async fn the_key_goes_in_a_header_and_never_in_an_address() {
    let server = Server::answering(|_| Reply::json(&json!([]))).await;
    let api = api(&server);
    let now = time("2026-11-22T09:00:00Z");
    let _ = api.fetch(&order("35"), now).await;
    let _ = api.list_changed(now, None, now).await;
    let _ = api.list_items(None).await;
    let _ = api
        .find_webhooks("https://courses.example.com/webhooks/shop")
        .await;
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert_eq!(
            request.header("authorization"),
            Some(&*basic()),
            "{}",
            request.line()
        );
        assert!(!request.target.contains("ck_") && !request.target.contains("cs_"));
        assert!(request.header("user-agent").unwrap().starts_with("Stoa/"));
    }
}

#[tokio::test]
async fn only_what_is_needed_about_people_is_asked_for() {
    let server = Server::scripted([Reply::json(&body("each-event/0051"))]).await;
    lines(&server, "35").await.unwrap();
    let fields = server.requests()[0].query("_fields").unwrap();
    assert!(
        !fields.contains("shipping") && !fields.contains("note"),
        "{fields}"
    );
    for field in [
        "id",
        "status",
        "total",
        "billing",
        "line_items",
        "refunds",
        "date_modified_gmt",
    ] {
        assert!(fields.split(',').any(|asked| asked == field), "{field}");
    }
}

#[test]
fn credentials_have_the_shape_of_woocommerce_s_keys_and_a_safe_address() {
    let client = HttpClient::new(Limits::default()).unwrap();
    let open = |address: &str, key: Option<&str>, half: &str| {
        let mut credentials = credentials(address);
        credentials.key = key.map(str::to_owned);
        credentials.secret = secret(half);
        let opened = connector(StoreKind::Woocommerce).open_api(&client, &credentials);
        opened.map(|_| ())
    };
    let address = "https://shop.example.com/blog";
    assert_eq!(open(address, Some(KEY), KEY_SECRET), Ok(()));
    assert_eq!(
        open(address, Some(&format!(" {KEY}\n")), KEY_SECRET),
        Ok(())
    );
    for key in [
        None,
        Some(""),
        Some(KEY_SECRET),
        Some("ck_short"),
        Some("ck_0123456789abcdef0123456789abcdef0123456!"),
    ] {
        let refused = open(address, key, KEY_SECRET);
        assert_eq!(
            refused,
            Err(CredentialsError::Key("ck_ and 40 characters")),
            "{key:?}"
        );
    }
    for half in ["", KEY, "cs_short"] {
        let refused = open(address, Some(KEY), half);
        assert_eq!(
            refused,
            Err(CredentialsError::Secret("cs_ and 40 characters")),
            "{half}"
        );
    }
    for address in [
        "http://shop.example.com",
        "shop.example.com",
        "https://ck_1:cs_1@shop.example.com",
    ] {
        assert_eq!(
            open(address, Some(KEY), KEY_SECRET),
            Err(CredentialsError::Address),
            "{address}"
        );
    }
}

#[tokio::test]
async fn a_site_below_a_path_is_asked_below_it() {
    let server = Server::scripted([Reply::json(&body("each-event/0051"))]).await;
    let client = HttpClient::new(Limits::default()).unwrap();
    let credentials = credentials(&format!("{}/blog/", server.address));
    let api = connector(StoreKind::Woocommerce)
        .open_api(&client, &credentials)
        .unwrap();
    api.fetch(&order("35"), time("2026-11-22T09:00:00Z"))
        .await
        .unwrap();
    assert_eq!(server.requests()[0].path(), "/blog/wp-json/wc/v3/orders/35");
}

async fn check(
    answering: impl Fn(&Request) -> Reply + Send + Sync + 'static,
) -> (Result<Checkup, ApiError>, Server) {
    let server = Server::answering(answering).await;
    (api(&server).check().await, server)
}

fn healthy(request: &Request) -> Reply {
    if request.path() == "/wp-json/" {
        return Reply::json(&json!({ "name": "Anna&#039;s &amp; Co" }));
    }
    let headers = [("date", "Sun, 22 Nov 2026 08:03:17 GMT")];
    Reply::with(200, &headers, b"[]")
}

#[tokio::test]
async fn a_checkup_tells_the_shop_s_name_and_clock_and_tries_orders_and_products() {
    let (checkup, server) = check(healthy).await;
    let expected = Checkup {
        store_time: Some(time("2026-11-22T08:03:17Z")),
        missing_scopes: Vec::new(),
        shop: Some("Anna's & Co".to_owned()),
    };
    assert_eq!(checkup.unwrap(), expected);
    assert_eq!(
        server.lines(),
        [
            "GET /wp-json/wc/v3/orders?per_page=1&_fields=id",
            "GET /wp-json/wc/v3/products?per_page=1&_fields=id",
            "GET /wp-json/?_fields=name",
        ]
    );
    // Whoever may read the name, our key is not for him.
    assert_eq!(server.requests()[2].header("authorization"), None);
}

#[tokio::test]
async fn a_checkup_tells_what_the_key_s_user_may_not_see() {
    let (checkup, _server) = check(|request| match request.path() {
        "/wp-json/wc/v3/products" => Reply::status(403),
        _ => healthy(request),
    })
    .await;
    assert_eq!(checkup.unwrap().missing_scopes, ["read products"]);
}

#[tokio::test]
async fn a_checkup_of_a_wrong_key_or_address_fails() {
    for (status, expected) in [(401, ApiError::Denied(401)), (404, ApiError::NotFound)] {
        let (checkup, _server) = check(move |_| Reply::status(status)).await;
        assert_eq!(checkup, Err(expected));
    }
}

#[tokio::test]
async fn a_site_that_hides_its_name_is_well_all_the_same() {
    for hidden in [
        Reply::status(401),
        Reply::json(&json!([])),
        Reply::json(&json!({ "name": "" })),
    ] {
        let (checkup, _server) = check(move |request| match request.path() {
            "/wp-json/" => hidden.clone(),
            _ => healthy(request),
        })
        .await;
        assert_eq!(checkup.unwrap().shop, None);
    }
}
