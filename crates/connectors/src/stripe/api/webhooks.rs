//! The endpoint to which Stripe sends its events.

use std::collections::BTreeSet;

use super::{StripeApi, VERSION};
use crate::api::{ApiError, WebhookState};
use crate::json::{Field, ParseError};
use crate::secret::StoreSecret;
use crate::stripe::event::TYPES;
use crate::stripe::object::text;

/// An endpoint of the account, as far as we need to know it.
struct Endpoint {
    id: String,
    url: String,
    is_enabled: bool,
    /// The events that it sends; `*` for all.
    events: BTreeSet<String>,
}

impl Endpoint {
    fn sends(&self, kind: &str) -> bool {
        self.events.contains("*") || self.events.contains(kind)
    }

    fn missing(&self) -> Vec<&'static str> {
        let missing = TYPES.into_iter().filter(|kind| !self.sends(kind));
        missing.collect()
    }
}

impl StripeApi {
    pub(super) async fn webhook_state(&self, address: &str) -> Result<WebhookState, ApiError> {
        let owned = |kinds: Vec<&str>| kinds.into_iter().map(str::to_owned).collect();
        let Some(endpoint) = self.endpoint(address).await? else {
            return Ok(WebhookState::Missing(owned(TYPES.to_vec())));
        };
        if !endpoint.is_enabled {
            let off = TYPES.into_iter().filter(|kind| endpoint.sends(kind));
            return Ok(WebhookState::Disabled(owned(off.collect())));
        }
        let missing = endpoint.missing();
        if missing.is_empty() {
            return Ok(WebhookState::Active);
        }
        Ok(WebhookState::Missing(owned(missing)))
    }

    /// Returns the secret of an endpoint that had to be created. Stripe never shows it again.
    pub(super) async fn restore_endpoint(
        &self,
        address: &str,
    ) -> Result<Option<StoreSecret>, ApiError> {
        let Some(endpoint) = self.endpoint(address).await? else {
            return self.create_endpoint(address).await.map(Some);
        };
        let missing = endpoint.missing();
        let mut fields = Vec::new();
        if !endpoint.is_enabled {
            fields.push(("disabled", "false"));
        }
        if !missing.is_empty() {
            // The list replaces the one that is there, with whatever the owner wants besides.
            let wanted = endpoint.events.iter().map(String::as_str).chain(missing);
            fields.extend(wanted.map(|kind| ("enabled_events[]", kind)));
        }
        if !fields.is_empty() {
            self.post(&["webhook_endpoints", &endpoint.id], &fields)
                .await?;
        }
        Ok(None)
    }

    async fn create_endpoint(&self, address: &str) -> Result<StoreSecret, ApiError> {
        let mut fields = vec![
            ("url", address),
            ("api_version", VERSION),
            ("description", "Stoa"),
        ];
        fields.extend(TYPES.map(|kind| ("enabled_events[]", kind)));
        let answer = self.post(&["webhook_endpoints"], &fields).await?;
        let root = answer.json.root();
        let secret = root.required("secret")?.text()?.to_owned();
        Ok(StoreSecret::new(secret))
    }

    /// Finds the account's endpoint for our address: of several, the one that works best.
    async fn endpoint(&self, address: &str) -> Result<Option<Endpoint>, ApiError> {
        let endpoints = self.all(&["webhook_endpoints"], &[], endpoint).await?;
        let ours = endpoints
            .into_iter()
            .filter(|endpoint| endpoint.url == address);
        Ok(ours.min_by_key(|endpoint| (!endpoint.is_enabled, endpoint.missing().len())))
    }
}

fn endpoint(object: &Field<'_>) -> Result<Endpoint, ParseError> {
    let mut events = BTreeSet::new();
    for kind in object.required("enabled_events")?.items()? {
        events.insert(kind.text()?.to_owned());
    }
    Ok(Endpoint {
        id: object.required("id")?.text()?.to_owned(),
        url: object.required("url")?.text()?.to_owned(),
        is_enabled: text(object, "status")?.as_deref() == Some("enabled"),
        events,
    })
}
