//! The shop's webhooks to us: whether they are there and on, and making them so.

use std::collections::BTreeSet;

use domain::ExternalId;
use reqwest::Url;
use serde_json::json;

use super::{Api, has_more};
use crate::api::{ApiError, WebhookState};
use crate::json::{Field, ParseError};
use crate::secret::StoreSecret;
use crate::woocommerce::order::id;

/// The topics that are needed. Changes to customers and products tell us nothing that an order does not.
const TOPICS: [&str; 4] = [
    "order.created",
    "order.updated",
    "order.deleted",
    "order.restored",
];

/// One of the shop's webhooks that goes to us.
struct Webhook {
    id: ExternalId,
    topic: String,
    is_active: bool,
}

impl Api {
    pub(super) async fn webhook_state(&self, address: &str) -> Result<WebhookState, ApiError> {
        let webhooks = self.webhooks_to(address).await?;
        let mut missing = Vec::new();
        let mut disabled = Vec::new();
        for topic in TOPICS {
            let mut known = webhooks
                .iter()
                .filter(|webhook| webhook.topic == topic)
                .peekable();
            if known.peek().is_none() {
                missing.push(topic.to_owned());
            } else if !known.any(|webhook| webhook.is_active) {
                disabled.push(topic.to_owned());
            }
        }
        Ok(match (missing.is_empty(), disabled.is_empty()) {
            (true, true) => WebhookState::Active,
            (true, false) => WebhookState::Disabled(disabled),
            (false, _) => WebhookState::Missing(missing),
        })
    }

    /// Creates what is missing and switches on what is off. Webhooks that are on get the secret too, because it may be a
    /// new one. Saving one makes WooCommerce try our address at once, unsigned.
    pub(super) async fn mend_webhooks(
        &self,
        address: &str,
        secret: &StoreSecret,
    ) -> Result<(), ApiError> {
        let webhooks = self.webhooks_to(address).await?;
        for topic in TOPICS {
            let mut known = webhooks.iter().filter(|webhook| webhook.topic == topic);
            let active: Vec<_> = known.clone().filter(|webhook| webhook.is_active).collect();
            if active.is_empty() {
                match known.next() {
                    Some(webhook) => self.switch_on(webhook, secret).await?,
                    None => self.create(topic, address, secret).await?,
                }
            }
            for webhook in active {
                self.switch_on(webhook, secret).await?;
            }
        }
        Ok(())
    }

    async fn switch_on(&self, webhook: &Webhook, secret: &StoreSecret) -> Result<(), ApiError> {
        let body = json!({ "status": "active", "secret": secret.expose() });
        self.put(&["webhooks", webhook.id.as_str()], &body).await?;
        Ok(())
    }

    async fn create(
        &self,
        topic: &str,
        address: &str,
        secret: &StoreSecret,
    ) -> Result<(), ApiError> {
        let body = json!({
            "name": format!("Stoa: {topic}"),
            "status": "active",
            "topic": topic,
            "delivery_url": address,
            "secret": secret.expose(),
        });
        self.post(&["webhooks"], &body).await?;
        Ok(())
    }

    async fn webhooks_to(&self, address: &str) -> Result<Vec<Webhook>, ApiError> {
        let mut found = Vec::new();
        let mut ids = BTreeSet::new();
        let mut page = 1_u64;
        loop {
            let number = page.to_string();
            let query = [
                ("per_page", "100"),
                ("page", number.as_str()),
                ("orderby", "id"),
                ("order", "asc"),
                ("_fields", "id,status,topic,delivery_url"),
            ];
            let answer = self.get(&["webhooks"], &query).await?;
            for field in answer.json.root().items()? {
                if !ids.insert(id(&field)?) {
                    return Err(ApiError::PagingLoop);
                }
                found.extend(webhook_to(&field, address)?);
            }
            if !has_more(&answer, page)? {
                return Ok(found);
            }
            page = page.saturating_add(1);
        }
    }
}

fn webhook_to(field: &Field<'_>, address: &str) -> Result<Option<Webhook>, ParseError> {
    if !is_same(field.required("delivery_url")?.text()?, address) {
        return Ok(None);
    }
    Ok(Some(Webhook {
        id: id(field)?,
        topic: field.required("topic")?.text()?.to_owned(),
        is_active: field.required("status")?.text()? == "active",
    }))
}

/// Tells whether two addresses are one, however their hosts are written.
fn is_same(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    }
}
