//! A shop's list of orders that heeds the query as WooCommerce does.

use domain::Timestamp;
use serde_json::{Value, json};

use crate::server::{Reply, Request};

/// An order: its number and the second in which it was last changed.
pub(crate) type Changed = (u64, i64);

pub(crate) fn order((id, changed_in): Changed) -> Value {
    json!({
        "id": id, "status": "processing", "currency": "EUR", "total": "49.00", "customer_id": 0,
        "billing": { "email": format!("{id}@example.test") },
        "date_modified_gmt": written(changed_in), "date_paid_gmt": "2026-11-22T07:00:00", "date_completed_gmt": null,
        "line_items": [{ "id": id, "name": "Course", "product_id": 30, "variation_id": 0, "quantity": 1, "sku": "" }],
        "refunds": [], "meta_data": [],
    })
}

fn written(second: i64) -> String {
    let text = Timestamp::from_seconds(second).to_string();
    text.trim_end_matches('Z').to_owned()
}

/// Answers a request for a page of the orders.
pub(crate) fn page(orders: &[Changed], request: &Request) -> Reply {
    let bound = |name| {
        let text = request.query(name)?;
        // With a zone, WordPress would move it to the site's own.
        let time: Timestamp = format!("{text}Z").parse().unwrap();
        Some(time.as_seconds())
    };
    let after = bound("modified_after").unwrap();
    let before = bound("modified_before").unwrap_or(i64::MAX);
    let mut listed: Vec<_> = orders
        .iter()
        .copied()
        .filter(|(_, changed)| after < *changed && *changed < before)
        .collect();
    let is_true = |name, value: &str| assert_eq!(request.query(name).as_deref(), Some(value));
    is_true("dates_are_gmt", "true");
    is_true("status", "any,trash");
    is_true("order", "asc");
    let page: usize = request.query("page").unwrap().parse().unwrap();
    match request.query("orderby").unwrap().as_str() {
        // Among orders of one second the database may choose another order for each page.
        "modified" if page.is_multiple_of(2) => listed.sort_by_key(|(id, changed)| (*changed, *id)),
        "modified" => listed.sort_by_key(|(id, changed)| (*changed, std::cmp::Reverse(*id))),
        "id" => listed.sort_unstable(),
        other => panic!("{other}"),
    }
    let size: usize = request.query("per_page").unwrap().parse().unwrap();
    answer_page(&listed, page, size)
}

fn answer_page(listed: &[Changed], page: usize, size: usize) -> Reply {
    let on_page: Vec<_> = listed
        .iter()
        .copied()
        .skip((page - 1) * size)
        .take(size)
        .map(order)
        .collect();
    let headers = [
        ("x-wp-total", listed.len().to_string()),
        ("x-wp-totalpages", listed.len().div_ceil(size).to_string()),
    ];
    let headers = headers
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    Reply::with(200, &headers, json!(on_page).to_string().as_bytes())
}
