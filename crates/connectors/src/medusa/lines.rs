//! The lines of an order, and which of them are paid for.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use domain::Timestamp;
use domain::order::{OrderLine, StoreItem};

use super::money::{amount, pieces};
use crate::fields::{self, optional_id};
use crate::json::{Field, ParseError};

/// A line that came into the order later than this after the order itself was added by an edit; the checkout writes all of
/// its own within milliseconds.
const CHECKOUT_SECONDS: i64 = 1;

/// A line with what tells whether it is paid for.
pub(super) struct Line {
    told: OrderLine,
    added_at: Timestamp,
    /// With tax and discount, in minor units.
    total_minor: i64,
}

/// Reads the lines now in the order.
pub(super) fn read(order: &Field<'_>, currency: &str) -> Result<Vec<Line>, ParseError> {
    let mut ids = BTreeSet::new();
    let mut lines = Vec::new();
    for item in order.required("items")?.items()? {
        let line = read_line(&item, currency)?;
        if !ids.insert(line.told.external_id.clone()) {
            return Err(item.wrong_at("id", "is the id of another line too"));
        }
        lines.push(line);
    }
    Ok(lines)
}

/// Returns the lines of which at least a piece is paid for, when `missing_minor` of a paid order's total is not.
///
/// What an edit added last was paid last: the missing money is that of the lines that were added after the checkout, newest
/// first, as far as it goes. Lines of the checkout stay: theirs was taken in full before anything was added.
pub(super) fn paid_for(
    mut lines: Vec<Line>,
    placed_at: Timestamp,
    missing_minor: i64,
) -> Vec<OrderLine> {
    let checkout_end = placed_at.plus_seconds(CHECKOUT_SECONDS);
    let mut added: Vec<_> = lines
        .iter_mut()
        .filter(|line| line.added_at > checkout_end)
        .collect();
    added.sort_by_key(|line| Reverse((line.added_at, line.told.external_id.clone())));
    let mut missing = missing_minor;
    let mut unpaid = BTreeSet::new();
    for line in added {
        if missing <= 0 || line.total_minor <= 0 {
            continue;
        }
        let paid = paid_pieces(line.told.quantity, line.total_minor, missing);
        missing = missing.saturating_sub(line.total_minor);
        if paid == 0 {
            unpaid.insert(line.told.external_id.clone());
        }
        line.told.quantity = paid;
    }
    let lines = lines.into_iter().map(|line| line.told);
    lines
        .filter(|line| !unpaid.contains(&line.external_id))
        .collect()
}

/// Returns how many whole pieces of a line are paid for when `missing` of its price is not.
fn paid_pieces(quantity: u32, price: i64, missing: i64) -> u32 {
    let paid = i128::from(price.saturating_sub(missing).max(0));
    let pieces = paid * i128::from(quantity) / i128::from(price);
    u32::try_from(pieces).unwrap_or(0)
}

fn read_line(item: &Field<'_>, currency: &str) -> Result<Line, ParseError> {
    let detail = item.required("detail")?;
    let received = came_back(
        &detail,
        "raw_return_received_quantity",
        "return_received_quantity",
    )?;
    // Came back damaged: to Medusa it is written off instead of restocked, to us it came back.
    let dismissed = came_back(
        &detail,
        "raw_return_dismissed_quantity",
        "return_dismissed_quantity",
    )?;
    let sku = item.optional("variant_sku")?;
    let line = OrderLine {
        external_id: item.required("id")?.id()?,
        item: StoreItem {
            product: optional_id(item, "product_id")?,
            variant: optional_id(item, "variant_id")?,
            sku: sku.and_then(|sku| sku.id().ok()),
        },
        title: title(&item.required("title")?, item.optional("variant_title")?)?,
        quantity: pieces(&detail, "raw_quantity", "quantity")?,
        returned_quantity: received.saturating_add(dismissed),
        period_end: None,
    };
    Ok(Line {
        told: line,
        added_at: item.required("created_at")?.time()?,
        total_minor: amount(item, "raw_total", "total", currency)?,
    })
}

fn came_back(
    detail: &Field<'_>,
    exact: &'static str,
    plain: &'static str,
) -> Result<u32, ParseError> {
    match detail.optional(plain)? {
        None => Ok(0),
        Some(_) => pieces(detail, exact, plain),
    }
}

/// Reads what people call a product's variant: "Oil painting – Plus", or only the product's title when it has but one.
pub(super) fn title(product: &Field<'_>, variant: Option<Field<'_>>) -> Result<String, ParseError> {
    let mut title = product.text()?.to_owned();
    if let Some(variant) = variant {
        let variant = variant.text()?;
        let is_placeholder = ["", "default", "default variant", "default option value"]
            .contains(&variant.to_ascii_lowercase().as_str());
        if !is_placeholder && variant != title {
            title = format!("{title} – {variant}");
        }
    }
    Ok(fields::title(&title))
}
