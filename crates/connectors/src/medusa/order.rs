//! An order as Medusa tells it, in a webhook of our module and in the Admin API alike.

use domain::order::{OrderFact, OrderState, OrderStatus, Saying, Versioned};
use domain::{ExternalId, Timestamp};

use super::lines;
use super::money::{self, Money};
use crate::fields::{currency, email, order_number};
use crate::json::{Field, ParseError};

/// When a state was read.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    /// A moment just before the store read it: the state is at least as new as that (RULES §1.1). A capture changes
    /// neither `updated_at` nor the order's version, so without this a paid order would look like the unpaid one.
    pub(super) read_at: Timestamp,
    /// The latest time that can have been. A store whose clock runs ahead is read as if by this, or its states would hide
    /// every later one until that day.
    pub(super) latest: Timestamp,
}

impl Moment {
    fn past(self, time: Timestamp) -> Timestamp {
        time.min(self.latest)
    }
}

/// Reads an order's id and facts: its state, then its refunds, all of the same moment.
pub(super) fn read(
    order: &Field<'_>,
    moment: Moment,
) -> Result<(ExternalId, Vec<OrderFact>), ParseError> {
    let id = order.required("id")?.id()?;
    let currency = currency(&order.required("currency_code")?)?;
    let updated_at = order.required("updated_at")?.time()?;
    let changed_at = moment.past(updated_at.max(moment.read_at));
    let money = money::read(order, &currency)?;
    let state = state(order, moment, currency, &money)?;

    let refunds = money.refunds.into_iter().map(|(id, refund)| {
        let refund = Versioned::new(changed_at, refund);
        Saying::Refund(id, refund)
    });
    let state = Saying::Order(Versioned::new(changed_at, state));
    let facts = std::iter::once(state).chain(refunds);
    let facts = facts.map(|saying| OrderFact {
        order: id.clone(),
        saying,
    });
    let facts = facts.collect();
    Ok((id, facts))
}

fn state(
    order: &Field<'_>,
    moment: Moment,
    currency: String,
    money: &Money,
) -> Result<OrderState, ParseError> {
    let status = status(order, money)?;
    let placed_at = order.required("created_at")?.time()?;
    let lines = lines::read(order, &currency)?;
    Ok(OrderState {
        status,
        // Medusa knows no test orders.
        is_test: false,
        // An order of nothing is paid by being placed.
        paid_at: (status == OrderStatus::Paid)
            .then(|| moment.past(money.last_capture_at.unwrap_or(placed_at))),
        email: email(order.optional("email")?)?,
        external_customer: external_customer(order)?,
        currency,
        captured_minor: money.captured_minor,
        lines: lines::paid_for(lines, placed_at, money.missing_minor()),
        complete_refunds: Some(money.refunds.keys().cloned().collect()),
        number: order_number(order, "display_id")?,
    })
}

/// Returns where the order stands. Its own status tells only whether it was cancelled: it says `pending` from the
/// checkout to the delivery. The rest is told by the money.
fn status(order: &Field<'_>, money: &Money) -> Result<OrderStatus, ParseError> {
    if order.optional("canceled_at")?.is_some() {
        return Ok(OrderStatus::Cancelled);
    }
    Ok(match order.required("status")?.text()? {
        "canceled" => OrderStatus::Cancelled,
        "draft" => OrderStatus::Draft,
        "pending" | "completed" | "archived" => {
            if money.is_paid() {
                OrderStatus::Paid
            } else if money.captured_minor > 0 {
                OrderStatus::PartiallyPaid
            } else if money.is_authorised {
                OrderStatus::Authorised
            } else {
                OrderStatus::Pending
            }
        }
        // `requires_action`, and what later versions may add: whatever it means, it must not grant.
        _ => OrderStatus::OnHold,
    })
}

/// Reads whose account bought it. Every guest gets a customer of their own at each checkout, which says nothing about who
/// it is: only customers with an account count (RULES §6.2).
fn external_customer(order: &Field<'_>) -> Result<Option<ExternalId>, ParseError> {
    let Some(customer) = order.optional("customer")? else {
        return Ok(None);
    };
    let has_account = customer.optional("has_account")?;
    if !has_account.map_or(Ok(false), |field| field.boolean())? {
        return Ok(None);
    }
    customer.required("id")?.id().map(Some)
}
