//! Refunds and disputes. Both name the payment that they take back, and not what was paid with it.

use std::collections::BTreeMap;

use domain::order::{DisputeState, DisputeStatus, RefundState, RefundStatus};
use domain::{ExternalId, Timestamp};

use super::object::{reference, text, time};
use crate::json::{Field, ParseError};

/// A refund and when it was made.
#[derive(Clone, Debug)]
pub(super) struct Refund {
    pub(super) id: ExternalId,
    pub(super) state: RefundState,
    pub(super) created_at: Option<Timestamp>,
}

/// A dispute, of which there is no state when its status is one that we do not know.
#[derive(Clone, Debug)]
pub(super) struct Dispute {
    pub(super) id: ExternalId,
    pub(super) state: Option<DisputeState>,
    pub(super) created_at: Option<Timestamp>,
}

/// Returns the payment that a refund or a dispute is about: the payment intent or, of old, the charge alone.
pub(super) fn payment(object: &Field<'_>) -> Result<Option<ExternalId>, ParseError> {
    match reference(object, "payment_intent")? {
        Some(intent) => Ok(Some(intent)),
        None => reference(object, "charge"),
    }
}

/// Reads a refund. Stripe's refunds are of amounts: none names lines.
pub(super) fn refund(object: &Field<'_>) -> Result<Refund, ParseError> {
    let status = match text(object, "status")?.as_deref() {
        Some("succeeded") => RefundStatus::Succeeded,
        // The money stays, or comes back.
        Some("failed" | "canceled") => RefundStatus::Failed,
        // `pending`, `requires_action`; one that we do not know does not count until it succeeds.
        _ => RefundStatus::Pending,
    };
    Ok(Refund {
        id: object.required("id")?.id()?,
        state: RefundState {
            status,
            amount_minor: object.required("amount")?.amount()?,
            is_shipping: false,
            lines: BTreeMap::new(),
        },
        created_at: time(object, "created")?,
    })
}

/// Reads a dispute.
pub(super) fn dispute(object: &Field<'_>) -> Result<Dispute, ParseError> {
    let status = match text(object, "status")?.as_deref() {
        // Questions of the bank, before it takes any money; `prevented` was settled by a refund, which is told by itself, and so
        // was `charge_refunded` of old.
        Some(
            "warning_needs_response"
            | "warning_under_review"
            | "warning_closed"
            | "prevented"
            | "charge_refunded",
        ) => Some(DisputeStatus::Inquiry),
        Some("needs_response" | "under_review") => Some(DisputeStatus::Open),
        Some("won") => Some(DisputeStatus::Won),
        // An appeal is against a loss, which stands until it is won.
        Some("lost" | "appeal_needs_response" | "appeal_under_review") => Some(DisputeStatus::Lost),
        _ => None,
    };
    Ok(Dispute {
        id: object.required("id")?.id()?,
        state: status.map(|status| DisputeState { status }),
        created_at: time(object, "created")?,
    })
}
