//! What a store says, as the custom connector's webhook writes it (`docs/custom-store.md`).

use domain::Timestamp;
use serde_json::{Value, json};

use crate::facts::{DisputeStatus, ITEMS, Line, Refund, RefundStatus, SPELLINGS, Status, Told};

/// Writes the body of the webhook. `name` is the history's own, `opened_at` the time of its second 0.
pub(crate) fn body(told: &Told, name: &str, opened_at: Timestamp) -> Value {
    let time = |second: i64| opened_at.plus_seconds(second).to_string();
    let event = match told.status {
        Status::Deleted => "order.deleted",
        _ => "order.updated",
    };
    let disputes = told.disputes.iter().map(|dispute| {
        let status = match dispute.status {
            DisputeStatus::Inquiry => "inquiry",
            DisputeStatus::Open => "open",
            DisputeStatus::Won => "won",
            DisputeStatus::Lost => "lost",
        };
        json!({ "id": dispute.id, "status": status })
    });
    let mut data = json!({
        "id": order_number(told.order),
        "status": status(told.status),
        "test": told.is_test,
        "paid_at": told.paid_at.map(time),
        "currency": "EUR",
        "captured": told.captured,
        "customer": {
            // A store may write that there is no account as no number or as 0.
            "id": told.account.map_or(if told.order == 0 { json!(0) } else { Value::Null }, |id| json!(id)),
            "email": told.email.map(|spelling| address(spelling, name)),
        },
        "lines": told.lines.iter().map(|line| a_line(line, time)).collect::<Vec<_>>(),
        "disputes": disputes.collect::<Vec<_>>(),
    });
    if let Some(refunds) = &told.refunds {
        data["refunds"] = refunds.iter().map(a_refund).collect();
    }
    json!({ "type": event, "timestamp": time(told.at), "data": data })
}

/// Writes the number that a store gives to an order.
pub(crate) fn order_number(order: usize) -> String {
    format!("10{order}")
}

/// Writes an address as it is typed, in the history's own domain.
pub(crate) fn address(spelling: usize, name: &str) -> String {
    let typed = SPELLINGS[spelling].0;
    typed
        .replace("case", name)
        .replace("CASE", &name.to_uppercase())
}

fn status(status: Status) -> Option<&'static str> {
    Some(match status {
        Status::Draft => "draft",
        Status::Pending => "pending",
        Status::Authorised => "authorised",
        Status::OnHold => "on_hold",
        Status::PartiallyPaid => "partially_paid",
        Status::Failed => "failed",
        Status::Paid => "paid",
        Status::Refunded => "refunded",
        Status::Cancelled => "cancelled",
        Status::Deleted => return None,
    })
}

fn a_line(line: &Line, time: impl Fn(i64) -> String) -> Value {
    let (product, variant, sku) = ITEMS[line.item].named;
    json!({
        "id": line.id, "product_id": product, "variant_id": variant, "sku": sku, "title": "a thing",
        "quantity": line.quantity, "returned_quantity": line.returned, "period_end": line.period_end.map(time),
    })
}

fn a_refund(refund: &Refund) -> Value {
    let status = match refund.status {
        RefundStatus::Pending => "pending",
        RefundStatus::Succeeded => "succeeded",
        RefundStatus::Failed => "failed",
    };
    let lines: Vec<Value> = refund
        .lines
        .iter()
        .map(|(line, quantity)| json!({ "line_id": line, "quantity": quantity }))
        .collect();
    json!({
        "id": refund.id, "status": status, "amount": refund.amount, "shipping": refund.is_shipping, "lines": lines
    })
}
