//! A Medusa 2 server. Medusa sends no webhooks of its own: our module in `integrations/medusa` does, signed by Standard
//! Webhooks, each with the order as it is at that moment. The Admin API tells the same order in the same words, so
//! [`order`] reads both.

mod api;
mod credentials;
mod cursor;
mod event;
mod lines;
mod money;
mod order;

use domain::Timestamp;

use crate::api::{ApiCredentials, CredentialsError, HttpClient, StoreApi};
use crate::connector::{Connector, StoreKind};
use crate::json::ParseError;
use crate::reading::Reading;
use crate::secret::{SecretError, StoreSecret};
use crate::standard_webhooks::{self, ID, TIMESTAMP};
use crate::webhook::{RawWebhook, Refused, VerifiedWebhook};

/// Names the event beside the body, for logs and lists. It is not signed, so what an event means comes from the body.
const EVENT: &str = "webhook-event";

/// Speaks with Medusa servers.
#[derive(Clone, Copy, Debug)]
pub struct Medusa;

impl Connector for Medusa {
    fn kind(&self) -> StoreKind {
        StoreKind::Medusa
    }

    fn check_secret(&self, secret: &StoreSecret) -> Result<(), SecretError> {
        standard_webhooks::check_secret(secret)
    }

    fn kept_headers(&self) -> &'static [&'static str] {
        &["content-type", "user-agent", ID, TIMESTAMP]
    }

    fn verify(
        &self,
        secrets: &[StoreSecret],
        raw: &RawWebhook<'_>,
        received_at: Timestamp,
    ) -> Result<VerifiedWebhook, Refused> {
        let id = standard_webhooks::verify(secrets, raw, received_at)?.to_owned();
        // Only a label: missing, repeated or odd, it is passed over.
        let topic = raw.only_header(EVENT).ok().map(str::to_owned);
        let kept = self.kept_headers();
        Ok(VerifiedWebhook::new(
            raw,
            kept,
            topic,
            Some(id),
            received_at,
        ))
    }

    fn parse(&self, webhook: &VerifiedWebhook) -> Result<Reading, ParseError> {
        event::parse(webhook.body(), webhook.first_received_at())
    }

    fn open_api(
        &self,
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Box<dyn StoreApi>, CredentialsError> {
        Ok(Box::new(api::MedusaApi::open(client, credentials)?))
    }
}
