//! The money of an order: what was asked for, taken and given back.

use std::collections::BTreeMap;

use domain::order::{RefundState, RefundStatus};
use domain::{ExternalId, Timestamp};

use crate::json::{Field, ParseError};
use crate::money::{rounded, rounded_minor_units};

/// What an order's payments amount to, in minor units.
#[derive(Default)]
pub(super) struct Money {
    /// What the order costs now. Medusa takes off what was refunded, returned and credited: 98, 88 after a refund of 10.
    total_minor: i64,
    /// What was taken, before refunds.
    pub(super) captured_minor: i64,
    /// When money was last taken.
    pub(super) last_capture_at: Option<Timestamp>,
    /// Whether some payment stands that has not been taken in full.
    pub(super) is_authorised: bool,
    /// Payment collections of which all was taken.
    collected: usize,
    /// Payment collections of which something is still to be taken.
    uncollected: usize,
    /// What was given back. Medusa's refunds have no state: one that fails leaves none.
    pub(super) refunds: BTreeMap<ExternalId, RefundState>,
}

impl Money {
    /// Tells whether the order is paid.
    ///
    /// Either nothing is left to pay: what was taken and not given back reaches the total, which is how Medusa reckons
    /// (`summary.pending_difference`), and so an order of nothing is paid. Or a payment collection was taken in full: the
    /// checkout's, to which an edit of the order may have added one that is not paid yet. Medusa then calls the order
    /// `partially_captured`, as it does one of which a part of the price was taken; but what was bought at first is paid, and
    /// stays so. [What was added](super::lines::paid_for) is not.
    pub(super) fn is_paid(&self) -> bool {
        self.collected > 0 || self.missing() <= 0
    }

    /// Returns how much of the total nobody has paid, when an edit added it to a paid order; else 0.
    pub(super) fn missing_minor(&self) -> i64 {
        if self.collected > 0 && self.uncollected > 0 {
            self.missing().max(0)
        } else {
            0
        }
    }

    fn missing(&self) -> i64 {
        let refunds = self.refunds.values();
        let refunded = refunds.fold(0_i64, |sum, refund| sum.saturating_add(refund.amount_minor));
        let kept = self.captured_minor.saturating_sub(refunded);
        self.total_minor.saturating_sub(kept)
    }
}

/// Reads the money of an order.
pub(super) fn read(order: &Field<'_>, currency: &str) -> Result<Money, ParseError> {
    let mut money = Money {
        total_minor: amount(order, "raw_total", "total", currency)?,
        ..Money::default()
    };
    let Some(collections) = order.optional("payment_collections")? else {
        return Ok(money);
    };
    for collection in collections.items()? {
        read_collection(&collection, currency, &mut money)?;
    }
    Ok(money)
}

fn read_collection(
    collection: &Field<'_>,
    currency: &str,
    money: &mut Money,
) -> Result<(), ParseError> {
    let mut taken = 0_usize;
    let mut open = 0_usize;
    if let Some(payments) = collection.optional("payments")? {
        for payment in payments.items()? {
            // Set with the capture that completes it. The collection's own status says `authorized` until then, and more
            // later on, when money was given back.
            if payment.optional("captured_at")?.is_some() {
                taken += 1;
            } else if payment.optional("canceled_at")?.is_none() {
                open += 1;
            }
            read_captures(&payment, currency, money)?;
            read_refunds(&payment, currency, money)?;
        }
    }
    money.is_authorised |= open > 0;
    let is_cancelled = match collection.optional("status")? {
        Some(status) => status.text()? == "canceled",
        None => false,
    };
    if taken > 0 && open == 0 {
        money.collected += 1;
    } else if !is_cancelled {
        money.uncollected += 1;
    }
    Ok(())
}

fn read_captures(payment: &Field<'_>, currency: &str, money: &mut Money) -> Result<(), ParseError> {
    let Some(captures) = payment.optional("captures")? else {
        return Ok(());
    };
    for capture in captures.items()? {
        if capture.optional("deleted_at")?.is_some() {
            continue;
        }
        let taken = amount(&capture, "raw_amount", "amount", currency)?;
        money.captured_minor = money.captured_minor.saturating_add(taken);
        let taken_at = capture.required("created_at")?.time()?;
        money.last_capture_at = money.last_capture_at.max(Some(taken_at));
    }
    Ok(())
}

fn read_refunds(payment: &Field<'_>, currency: &str, money: &mut Money) -> Result<(), ParseError> {
    let Some(refunds) = payment.optional("refunds")? else {
        return Ok(());
    };
    for item in refunds.items()? {
        if item.optional("deleted_at")?.is_some() {
            continue;
        }
        let refund = RefundState {
            status: RefundStatus::Succeeded,
            amount_minor: amount(&item, "raw_amount", "amount", currency)?,
            // Medusa does not tell what a refund is for. What came back is told by the lines.
            is_shipping: false,
            lines: BTreeMap::new(),
        };
        let id = item.required("id")?.id()?;
        if money.refunds.insert(id, refund).is_some() {
            return Err(item.wrong_at("id", "is the id of another refund too"));
        }
    }
    Ok(())
}

/// Reads an amount of money, in minor units. Medusa writes each twice: exactly, as the text `value` of an object, and as a
/// number. It does not round what it reckons, so tax may leave more places than the currency has.
pub(super) fn amount(
    object: &Field<'_>,
    exact: &'static str,
    plain: &'static str,
    currency: &str,
) -> Result<i64, ParseError> {
    decimal(object, exact, plain, |text| {
        rounded_minor_units(text, currency)
    })
}

/// Reads a count of pieces. Medusa allows parts of a piece: half a kilogram.
pub(super) fn pieces(
    object: &Field<'_>,
    exact: &'static str,
    plain: &'static str,
) -> Result<u32, ParseError> {
    decimal(object, exact, plain, |text| {
        u32::try_from(rounded(text, 0)?).ok()
    })
}

fn decimal<T>(
    object: &Field<'_>,
    exact: &'static str,
    plain: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, ParseError> {
    if let Some(exact) = object.optional(exact)?
        && let Some(value) = exact.optional("value")?
        && let Ok(text) = value.decimal()
        // Written with an exponent, it is read from the number.
        && let Some(number) = read(&text)
    {
        return Ok(number);
    }
    let plain = object.required(plain)?;
    let number = plain.decimal().map(|text| read(&text))?;
    number.ok_or_else(|| plain.wrong("must be a decimal number in range"))
}
