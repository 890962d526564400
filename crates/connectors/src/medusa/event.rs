//! The body that our module sends: `{type, timestamp, data: {event, metadata, order}}`, where `event` is what Medusa's
//! event bus carried, `order` the whole order and `timestamp` the moment just before it was read.

use domain::Timestamp;

use super::order::{self, Moment};
use crate::json::{Field, Json, ParseError};
use crate::reading::{Reading, Subject};
use crate::standard_webhooks::TOLERANCE_SECONDS;

/// Reads an event. The order that it brings is a state; an event without one only names what to look up. Which event it
/// was does not matter: `order.placed` and `payment.captured` tell the same thing, how the order is now.
pub(super) fn parse(body: &[u8], first_received_at: Timestamp) -> Result<Reading, ParseError> {
    let json = Json::parse(body)?;
    let root = json.root();
    if root.optional("type")?.is_none() && root.optional("message")?.is_some() {
        // What Medusa answers when it fails: {"code", "type", "message"}, or less.
        return Err(ParseError::ErrorObject);
    }
    root.required("type")?.text()?;
    let sent_at = root.required("timestamp")?.time()?;
    let data = root.required("data")?;
    let Some(snapshot) = data.optional("order")? else {
        return named(&data);
    };
    let moment = Moment {
        read_at: sent_at,
        latest: first_received_at.plus_seconds(TOLERANCE_SECONDS),
    };
    let (id, facts) = order::read(&snapshot, moment)?;
    Ok(Reading::of_facts(facts).and_look_up(Subject::Order(id)))
}

/// Returns what an event without an order is about. Medusa's ids tell what they name.
fn named(data: &Field<'_>) -> Result<Reading, ParseError> {
    let mut reading = Reading::default();
    let Some(event) = data.optional("event")? else {
        return Ok(reading);
    };
    for name in ["order_id", "id"] {
        let Some(id) = event.optional(name)? else {
            continue;
        };
        let id = id.id()?;
        if id.as_str().starts_with("order_") {
            reading = reading.and_look_up(Subject::Order(id));
        } else if id.as_str().starts_with("pay_") && !id.as_str().starts_with("pay_col_") {
            reading = reading.and_look_up(Subject::Payment(id));
        }
    }
    Ok(reading)
}
