//! WooCommerce: webhooks signed over the body alone, and the REST API `wc/v3`. Nothing is ever sent twice, a delivery waits
//! for the site's next visitor, and a body is the order's state when it was sent, not when the event happened.

mod api;
mod entities;
mod event;
mod order;
mod refund;

use domain::Timestamp;

use crate::api::{ApiCredentials, CredentialsError, HttpClient, StoreApi};
use crate::body_signature;
use crate::connector::{Connector, StoreKind};
use crate::json::ParseError;
use crate::reading::Reading;
use crate::secret::{SecretError, StoreSecret};
use crate::webhook::{RawWebhook, Refused, VerifiedWebhook};

const SIGNATURE: &str = "x-wc-webhook-signature";
const TOPIC: &str = "x-wc-webhook-topic";
const DELIVERY: &str = "x-wc-webhook-delivery-id";

/// Speaks with WooCommerce.
#[derive(Clone, Copy, Debug)]
pub struct Woocommerce;

impl Connector for Woocommerce {
    fn kind(&self) -> StoreKind {
        StoreKind::Woocommerce
    }

    fn check_secret(&self, secret: &StoreSecret) -> Result<(), SecretError> {
        let text = secret.expose();
        let is_printable = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        // WooCommerce trims what is typed into its settings, so a blank at an end would never match.
        let is_trimmed = text.trim() == text;
        if (16..=255).contains(&text.len()) && is_printable && is_trimmed {
            return Ok(());
        }
        Err(SecretError::Text)
    }

    fn kept_headers(&self) -> &'static [&'static str] {
        &[
            "content-type",
            "user-agent",
            TOPIC,
            DELIVERY,
            "x-wc-webhook-id",
            "x-wc-webhook-source",
            "x-wc-webhook-resource",
            "x-wc-webhook-event",
        ]
    }

    fn verify(
        &self,
        secrets: &[StoreSecret],
        raw: &RawWebhook<'_>,
        received_at: Timestamp,
    ) -> Result<VerifiedWebhook, Refused> {
        let usable = secrets.iter().filter(|s| self.check_secret(s).is_ok());
        let keys: Vec<_> = usable.map(signing_key).collect();
        body_signature::verify(&keys, raw, SIGNATURE)?;
        // Not signed, but WooCommerce never leaves it out.
        let topic = raw.only_header(TOPIC)?.to_owned();
        // A hint and no more: it is made of the webhook's number and the second, so that different orders share it.
        let delivery = raw.only_header(DELIVERY).ok().map(str::to_owned);
        let kept = self.kept_headers();
        Ok(VerifiedWebhook::new(
            raw,
            kept,
            Some(topic),
            delivery,
            received_at,
        ))
    }

    /// Tells whether this is `webhook_id=8`, which WooCommerce posts unsigned when a webhook is saved.
    fn is_ping(&self, raw: &RawWebhook<'_>) -> bool {
        let number = raw.body.strip_prefix(b"webhook_id=");
        number.is_some_and(|digits| {
            (1..=20).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit)
        })
    }

    fn parse(&self, webhook: &VerifiedWebhook) -> Result<Reading, ParseError> {
        event::parse(webhook)
    }

    fn open_api(
        &self,
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Box<dyn StoreApi>, CredentialsError> {
        Ok(Box::new(api::Api::open(client, credentials)?))
    }
}

/// Signs a body as WooCommerce does, for tests and demonstrations.
#[must_use]
pub fn sign(secret: &StoreSecret, body: &[u8]) -> String {
    body_signature::sign(&signing_key(secret), body)
}

/// Returns what WooCommerce signs with. It may keep a typed `<` as `&lt;`, and so reads entities as characters before it
/// signs; a secret that was typed with an entity in it is therefore another one than it looks.
fn signing_key(secret: &StoreSecret) -> StoreSecret {
    StoreSecret::new(entities::decode_special(secret.expose()))
}
