//! A Stripe account: Payment Links, Checkout, invoices and subscriptions. `docs/stores/stripe.md` says how to connect one.

mod api;
mod checkout;
mod event;
mod invoice;
mod money_back;
mod object;
mod signature;

use domain::Timestamp;
use serde::Deserialize;

pub use self::signature::sign;

use self::signature::TOLERANCE_SECONDS;
use crate::api::{ApiCredentials, CredentialsError, HttpClient, StoreApi};
use crate::connector::{Connector, StoreKind};
use crate::json::{Json, ParseError};
use crate::reading::Reading;
use crate::secret::{SecretError, StoreSecret};
use crate::webhook::{RawWebhook, Refused, VerifiedWebhook};

/// Speaks with Stripe.
#[derive(Clone, Copy, Debug)]
pub struct Stripe;

impl Connector for Stripe {
    fn kind(&self) -> StoreKind {
        StoreKind::Stripe
    }

    fn check_secret(&self, secret: &StoreSecret) -> Result<(), SecretError> {
        signature::check_secret(secret)
    }

    fn kept_headers(&self) -> &'static [&'static str] {
        &["content-type", "user-agent"]
    }

    fn verify(
        &self,
        secrets: &[StoreSecret],
        raw: &RawWebhook<'_>,
        received_at: Timestamp,
    ) -> Result<VerifiedWebhook, Refused> {
        signature::verify(secrets, raw, received_at)?;
        let envelope: Envelope = serde_json::from_slice(raw.body).unwrap_or_default();
        let topic = envelope.kind.filter(|text| is_plain(text));
        let event_id = envelope.id.filter(|text| is_plain(text));
        let kept = self.kept_headers();
        Ok(VerifiedWebhook::new(
            raw,
            kept,
            topic,
            event_id,
            received_at,
        ))
    }

    fn parse(&self, webhook: &VerifiedWebhook) -> Result<Reading, ParseError> {
        let json = Json::parse(webhook.body())?;
        let latest = webhook.first_received_at().plus_seconds(TOLERANCE_SECONDS);
        event::read(&json.root(), latest)
    }

    fn open_api(
        &self,
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Box<dyn StoreApi>, CredentialsError> {
        Ok(Box::new(api::StripeApi::open(client, credentials)?))
    }
}

/// What the inbox shows of an event. Stripe says it in the body alone; a body that cannot be read shows nothing here, and fails
/// when it is parsed.
#[derive(Default, Deserialize)]
struct Envelope {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

fn is_plain(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
