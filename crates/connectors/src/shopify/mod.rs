//! Shops on Shopify: webhooks signed over the body by the app's client secret, in the form of the Admin API 2026-07, and that
//! API's GraphQL.
//!
//! A webhook's headers are not signed, so a topic only says which reading to try, and the body must have the form that
//! belongs to it. [`app_proxy`] and [`session_token`] tell who stands in front of the shop's own pages.

pub mod app_proxy;
pub mod session_token;

mod api;
mod dispute;
mod order;
mod privacy;
mod refund;
mod state;
mod visitor;

use domain::Timestamp;
use domain::order::{DisputeState, OrderFact, Saying, Versioned};

pub use self::visitor::{ShopVisitor, VisitorRefused};
use crate::api::{ApiCredentials, CredentialsError, HttpClient, StoreApi};
use crate::body_signature;
use crate::connector::{Connector, StoreKind};
use crate::json::{Field, Json, ParseError};
use crate::reading::{Reading, Subject};
use crate::secret::{SecretError, StoreSecret};
use crate::webhook::{RawWebhook, Refused, VerifiedWebhook};

/// Speaks with Shopify.
#[derive(Clone, Copy, Debug)]
pub struct Shopify;

/// The order of the notification that "Send test notification" in the admin sends. No shop has a real one of this id.
const TEST_NOTIFICATION_ORDER: &str = "820982911946154508";

/// What Shopify calls a header, by the classic names and by those of the "Events" preview.
struct HeaderName {
    classic: &'static str,
    preview: &'static str,
}

const fn header(classic: &'static str, preview: &'static str) -> HeaderName {
    HeaderName { classic, preview }
}

const SIGNATURE: HeaderName = header("x-shopify-hmac-sha256", "shopify-hmac-sha256");
const TOPIC: HeaderName = header("x-shopify-topic", "shopify-topic");
const WEBHOOK_ID: HeaderName = header("x-shopify-webhook-id", "shopify-webhook-id");
const EVENT_ID: HeaderName = header("x-shopify-event-id", "shopify-event-id");
const TRIGGERED_AT: HeaderName = header("x-shopify-triggered-at", "shopify-triggered-at");
const TEST: HeaderName = header("x-shopify-test", "shopify-test");

impl HeaderName {
    /// Returns the name that the request uses; both at once would be two webhooks in one.
    fn used_in(&self, raw: &RawWebhook<'_>) -> Result<&'static str, Refused> {
        match (
            raw.headers.contains_key(self.classic),
            raw.headers.contains_key(self.preview),
        ) {
            (true, true) => Err(Refused::RepeatedHeader(self.classic)),
            (false, true) => Ok(self.preview),
            (_, false) => Ok(self.classic),
        }
    }

    /// Returns the header's value, when it is there.
    fn read(&self, raw: &RawWebhook<'_>) -> Result<Option<String>, Refused> {
        match raw.only_header(self.used_in(raw)?) {
            Ok(value) => Ok(Some(value.to_owned())),
            Err(Refused::MissingHeader(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn kept_in<'a>(&self, webhook: &'a VerifiedWebhook) -> Option<&'a str> {
        webhook
            .header(self.classic)
            .or_else(|| webhook.header(self.preview))
    }
}

impl Connector for Shopify {
    fn kind(&self) -> StoreKind {
        StoreKind::Shopify
    }

    fn check_secret(&self, secret: &StoreSecret) -> Result<(), SecretError> {
        // Client secrets are shpss_ and 32 digits, or 32 digits in older apps; the key of webhooks that are set up in the
        // admin by hand has 64.
        let text = secret.expose();
        let is_plain = text.bytes().all(|b| b.is_ascii_graphic());
        if is_plain && (16..=255).contains(&text.len()) {
            return Ok(());
        }
        Err(SecretError::Text)
    }

    fn kept_headers(&self) -> &'static [&'static str] {
        &[
            "content-type",
            "user-agent",
            TOPIC.classic,
            TOPIC.preview,
            WEBHOOK_ID.classic,
            WEBHOOK_ID.preview,
            EVENT_ID.classic,
            EVENT_ID.preview,
            TRIGGERED_AT.classic,
            TRIGGERED_AT.preview,
            "x-shopify-shop-domain",
            "shopify-shop-domain",
            "x-shopify-api-version",
            "shopify-api-version",
            TEST.classic,
            TEST.preview,
        ]
    }

    fn verify(
        &self,
        secrets: &[StoreSecret],
        raw: &RawWebhook<'_>,
        received_at: Timestamp,
    ) -> Result<VerifiedWebhook, Refused> {
        let usable: Vec<StoreSecret> = secrets
            .iter()
            .filter(|secret| self.check_secret(secret).is_ok())
            .cloned()
            .collect();
        body_signature::verify(&usable, raw, SIGNATURE.used_in(raw)?)?;
        // The preview has no id of the delivery, only one of the event.
        let id = match WEBHOOK_ID.read(raw)? {
            Some(id) => Some(id),
            None => EVENT_ID.read(raw)?,
        };
        // Without one nobody could say what the body is about, and an order would be passed over in silence.
        let topic = TOPIC
            .read(raw)?
            .ok_or(Refused::MissingHeader("x-shopify-topic"))?;
        let kept = self.kept_headers();
        Ok(VerifiedWebhook::new(
            raw,
            kept,
            Some(topic),
            id,
            received_at,
        ))
    }

    fn parse(&self, webhook: &VerifiedWebhook) -> Result<Reading, ParseError> {
        let Some(topic) = webhook.topic() else {
            return Ok(Reading::default());
        };
        match topic {
            "orders/create"
            | "orders/paid"
            | "orders/updated"
            | "orders/cancelled"
            | "orders/fulfilled"
            | "orders/partially_fulfilled" => read(webhook, order::present),
            "orders/delete" => read(webhook, order::deleted),
            "orders/edited" => read(webhook, order::edited),
            "refunds/create" => read(webhook, refund::created),
            "disputes/create" | "disputes/update" => read(webhook, disputed),
            "customers/data_request" => read(webhook, privacy::data_request),
            "customers/redact" => read(webhook, privacy::redact),
            "shop/redact" => read(webhook, privacy::redact_shop),
            _ => Ok(Reading::default()),
        }
    }

    fn open_api(
        &self,
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Box<dyn StoreApi>, CredentialsError> {
        Ok(Box::new(api::ShopifyApi::open(client, credentials)?))
    }
}

/// Signs a body as Shopify does, and returns the value of `X-Shopify-Hmac-Sha256`.
#[must_use]
pub fn sign(secret: &StoreSecret, body: &[u8]) -> String {
    body_signature::sign(secret, body)
}

/// What stands around a body.
struct Envelope {
    /// When the event happened, as Shopify says; at the latest when the webhook arrived, for the header is not signed.
    triggered_at: Timestamp,
    is_test: bool,
}

fn read(
    webhook: &VerifiedWebhook,
    reader: impl FnOnce(&Field<'_>, &Envelope) -> Result<Reading, ParseError>,
) -> Result<Reading, ParseError> {
    let arrived = webhook.first_received_at();
    let triggered = TRIGGERED_AT.kept_in(webhook);
    let triggered = triggered.and_then(|text| text.parse::<Timestamp>().ok());
    let envelope = Envelope {
        triggered_at: triggered.map_or(arrived, |at| at.min(arrived)),
        is_test: TEST.kept_in(webhook) == Some("true"),
    };
    let json = Json::parse(webhook.body())?;
    let root = json.root();
    if root.optional("errors")?.is_some() {
        return Err(ParseError::ErrorObject);
    }
    let reading = reader(&root, &envelope)?;
    let is_notification = |subject: &Subject| matches!(subject, Subject::Order(id) if id.as_str() == TEST_NOTIFICATION_ORDER);
    let is_notification = reading.look_up.iter().any(is_notification)
        || reading
            .facts
            .iter()
            .any(|fact| fact.order.as_str() == TEST_NOTIFICATION_ORDER);
    // Even a store that accepts test orders learns nothing from it (RULES §8.15).
    if is_notification {
        return Ok(Reading::default());
    }
    Ok(reading)
}

/// Reads a dispute. The body tells no time of its change.
fn disputed(body: &Field<'_>, envelope: &Envelope) -> Result<Reading, ParseError> {
    let id = body.required("id")?.id()?;
    let kind = body.required("type")?;
    let status = body.required("status")?;
    let Some(order) = body.optional("order_id")? else {
        return Ok(Reading::default());
    };
    let order = order.id()?;
    let mut reading = Reading::of_hint(Subject::Order(order.clone()));
    if let Some(status) = dispute::status(kind.text()?, status.text()?) {
        let dispute = Versioned::new(envelope.triggered_at, DisputeState { status });
        reading.facts.push(OrderFact {
            order,
            saying: Saying::Dispute(id, dispute),
        });
    }
    Ok(reading)
}
