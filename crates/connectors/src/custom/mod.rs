//! A shop that writes its own webhooks: Standard Webhooks signatures and the body that `docs/custom-store.md` describes.

mod body;

use domain::Timestamp;

pub use crate::standard_webhooks::{new_secret, sign};

use crate::connector::{Connector, StoreKind};
use crate::json::ParseError;
use crate::reading::Reading;
use crate::secret::{SecretError, StoreSecret};
use crate::standard_webhooks::{self, ID, TIMESTAMP};
use crate::webhook::{RawWebhook, Refused, VerifiedWebhook};

/// Speaks with custom shops.
#[derive(Clone, Copy, Debug)]
pub struct Custom;

impl Connector for Custom {
    fn kind(&self) -> StoreKind {
        StoreKind::Custom
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
        let kept = self.kept_headers();
        Ok(VerifiedWebhook::new(raw, kept, None, Some(id), received_at))
    }

    fn parse(&self, webhook: &VerifiedWebhook) -> Result<Reading, ParseError> {
        let facts = body::parse(webhook.body(), webhook.first_received_at())?;
        Ok(Reading::of_facts(facts))
    }
}
