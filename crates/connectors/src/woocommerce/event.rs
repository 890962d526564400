//! What a webhook says: which of its topics are about orders, and what its body then is.

use super::TOPIC;
use super::order::{self, Seen};
use crate::json::{Field, Json, ParseError};
use crate::reading::{Reading, Subject};
use crate::webhook::VerifiedWebhook;

/// Reads a webhook. Topics that are not about orders give nothing, whatever their body.
pub(super) fn parse(webhook: &VerifiedWebhook) -> Result<Reading, ParseError> {
    let json = Json::parse(webhook.body())?;
    let root = json.root();
    if is_error(&root)? {
        return Err(ParseError::ErrorObject);
    }
    let topic = webhook.topic().ok_or_else(|| ParseError::Field {
        path: format!("the header {TOPIC}"),
        problem: "is missing",
    })?;
    let seen = Seen::InWebhook(webhook.first_received_at());
    match topic {
        "order.created" | "order.updated" | "order.restored" => state(&root, seen),
        // The topic is not signed, so it does not turn an order's state into a deletion: that is an id and no more.
        "order.deleted" if root.optional("status")?.is_some() => state(&root, seen),
        "order.deleted" => {
            let gone = order::gone(&root, webhook.first_received_at())?;
            // Nobody can be asked about what is no longer there.
            Ok(Reading::of_facts(vec![gone]))
        }
        _ => Ok(Reading::default()),
    }
}

/// Reads an order's state, and says to look it up: its refunds have no lines here, and it may have changed since.
fn state(root: &Field<'_>, seen: Seen) -> Result<Reading, ParseError> {
    let fact = order::state(root, seen)?;
    let subject = Subject::Order(fact.order.clone());
    Ok(Reading::of_facts(vec![fact]).and_look_up(subject))
}

/// Tells whether this is an error of the site's own REST API, which WooCommerce signs and sends where an order should be
/// when the API was not ready: `{"code":"rest_no_route","message":…}`.
fn is_error(root: &Field<'_>) -> Result<bool, ParseError> {
    Ok(root.optional("id")?.is_none()
        && root.optional("code")?.is_some()
        && root.optional("message")?.is_some())
}
