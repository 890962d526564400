//! What the shop has for sale.

use connectors::api::{ApiError, CatalogueItem, Cursor, StoreApi};
use serde_json::{Value, json};

use super::api;
use crate::server::{Reply, Request, Server};

/// Lists everything, at most 20 pages.
async fn list(api: &dyn StoreApi) -> Result<Vec<CatalogueItem>, ApiError> {
    let mut cursor: Option<Cursor> = None;
    let mut listed = Vec::new();
    for _ in 0..20 {
        let page = api.list_items(cursor.as_ref()).await?;
        listed.extend(page.content);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(listed),
        }
    }
    panic!("the listing does not end");
}

fn written(item: &CatalogueItem) -> String {
    let id =
        |id: &Option<domain::ExternalId>| id.as_ref().map_or("-".to_owned(), ToString::to_string);
    let (product, variant) = (id(&item.item.product), id(&item.item.variant));
    format!("{product}/{variant}/{} {}", id(&item.item.sku), item.title)
}

fn shop(request: &Request) -> Reply {
    Reply::json(&match request.path() {
        "/wp-json/wc/v3/products" => json!([
            { "id": 30, "name": "Watercolour &amp; ink", "sku": "WC", "type": "simple" },
            { "id": 31, "name": "Oil painting", "sku": "OIL", "type": "variable" },
            { "id": 57, "name": "Club", "sku": "", "type": "subscription" },
            { "id": 58, "name": "Studio", "sku": "", "type": "variable-subscription" },
        ]),
        "/wp-json/wc/v3/products/31" => json!({ "name": "Oil painting" }),
        "/wp-json/wc/v3/products/31/variations" => json!([
            { "id": 32, "sku": "OIL-BASIC", "attributes": [{ "id": 0, "name": "Edition", "option": "Basic" }] },
            { "id": 33, "sku": "", "attributes": [{ "option": "Plus" }, { "option": "" }, { "option": "Large" }] },
            { "id": 34, "sku": null, "attributes": [] },
        ]),
        _ => return Reply::status(404),
    })
}

#[tokio::test]
async fn products_and_variations_are_named_as_lines_of_orders_name_them() {
    let server = Server::answering(shop).await;
    let listed = list(&*api(&server)).await.unwrap();
    assert_eq!(
        listed.iter().map(written).collect::<Vec<_>>(),
        [
            "30/-/WC Watercolour & ink",
            // A line names the SKU of a variation, so the product's own would never match.
            "31/-/- Oil painting",
            "57/-/- Club",
            "58/-/- Studio",
            "31/32/OIL-BASIC Oil painting - Basic",
            "31/33/- Oil painting - Plus, Large",
            "31/34/- Oil painting",
        ]
    );
}

fn page(first: u64, count: u64, pages: u64, kind: &str) -> Reply {
    let items: Vec<Value> = (first..first + count)
        .map(|id| json!({ "id": id, "name": "P", "sku": "", "type": kind, "attributes": [] }))
        .collect();
    let pages = pages.to_string();
    Reply::with(
        200,
        &[("x-wp-totalpages", &pages)],
        json!(items).to_string().as_bytes(),
    )
}

#[tokio::test]
async fn both_come_in_pages() {
    let server = Server::answering(|request| {
        let number = request.query("page").unwrap_or_default();
        match (request.path(), number.as_str()) {
            ("/wp-json/wc/v3/products", "1") => page(1, 1, 2, "variable"),
            ("/wp-json/wc/v3/products", "2") => page(2, 1, 2, "variable"),
            ("/wp-json/wc/v3/products/1/variations", "1") => page(1_000, 100, 2, ""),
            ("/wp-json/wc/v3/products/1/variations", "2") => page(1_100, 7, 2, ""),
            ("/wp-json/wc/v3/products/2/variations", "1") => page(2_000, 3, 1, ""),
            ("/wp-json/wc/v3/products/1" | "/wp-json/wc/v3/products/2", "") => {
                Reply::json(&json!({ "name": "P" }))
            }
            other => panic!("{other:?}"),
        }
    })
    .await;
    assert_eq!(list(&*api(&server)).await.unwrap().len(), 2 + 107 + 3);
}

#[tokio::test]
async fn variations_of_a_later_product_may_be_older() {
    let server = Server::answering(|request| match request.path() {
        "/wp-json/wc/v3/products" => page(1, 2, 1, "variable"),
        "/wp-json/wc/v3/products/1/variations" => page(1_000, 2, 1, ""),
        "/wp-json/wc/v3/products/2/variations" => page(500, 3, 1, ""),
        _ => Reply::json(&json!({ "name": "P" })),
    })
    .await;
    assert_eq!(list(&*api(&server)).await.unwrap().len(), 2 + 2 + 3);
}

#[tokio::test]
async fn a_shop_that_always_gives_the_same_page_is_left() {
    let products = Server::answering(|_| page(1, 100, 9, "simple")).await;
    assert_eq!(list(&*api(&products)).await, Err(ApiError::PagingLoop));
    let variations = Server::answering(|request| match request.path() {
        "/wp-json/wc/v3/products" => page(1, 1, 1, "variable"),
        "/wp-json/wc/v3/products/1" => Reply::json(&json!({ "name": "P" })),
        _ => page(1_000, 100, 9, ""),
    })
    .await;
    assert_eq!(list(&*api(&variations)).await, Err(ApiError::PagingLoop));
}

#[tokio::test]
async fn a_shop_without_products_has_nothing_for_sale() {
    let server = Server::scripted([Reply::json(&json!([]))]).await;
    assert_eq!(list(&*api(&server)).await, Ok(Vec::new()));
}

#[tokio::test]
async fn a_cursor_that_is_none_of_ours_begins_anew() {
    for odd in ["", ":", "a:1:2:3:4", "1:2", "1,:x:0:0:0"] {
        let server = Server::scripted([page(1, 2, 1, "simple")]).await;
        let page = api(&server)
            .list_items(Some(&Cursor(odd.to_owned())))
            .await
            .unwrap();
        assert_eq!(page.content.len(), 2, "{odd}");
    }
}
