//! The REST API `wc/v3`. Keys go in the `Authorization` header only, never in an address, where proxies would log them.

mod catalogue;
mod orders;
mod webhooks;

use domain::Timestamp;
use domain::order::OrderFact;
use reqwest::Url;
use serde_json::Value;

use crate::api::{
    Answer, ApiAddress, ApiCredentials, ApiError, ApiFuture, CatalogueItem, Checkup,
    CredentialsError, Cursor, HttpClient, Page, StoreApi, WebhookState,
};
use crate::json::Json;
use crate::reading::{Reading, Subject};
use crate::secret::StoreSecret;

/// The most that WordPress puts on one page.
const PER_PAGE: usize = 100;

/// One shop's API.
pub(super) struct Api {
    client: HttpClient,
    address: ApiAddress,
    key: String,
    secret: StoreSecret,
}

impl Api {
    /// Takes the two halves of a REST API key, `ck_…` and `cs_…`, and the address of the site.
    pub(super) fn open(
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Self, CredentialsError> {
        let key = credentials.key.as_deref().unwrap_or_default().trim();
        if !is_half(key, "ck_") {
            return Err(CredentialsError::Key("ck_ and 40 characters"));
        }
        let secret = credentials.secret.expose().trim();
        if !is_half(secret, "cs_") {
            return Err(CredentialsError::Secret("cs_ and 40 characters"));
        }
        Ok(Self {
            client: client.clone(),
            address: ApiAddress::parse(&credentials.address)?,
            key: key.to_owned(),
            secret: StoreSecret::new(secret.to_owned()),
        })
    }

    /// Returns the address of something in `wc/v3`, with a query.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let root = ["wp-json", "wc", "v3"];
        let mut url = self.address.at(root.iter().chain(path).copied());
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, ApiError> {
        let call = self.client.get(self.url(path, query));
        call.basic(&self.key, self.secret.expose()).send().await
    }

    async fn post(&self, path: &[&str], body: &Value) -> Result<Answer, ApiError> {
        let call = self.client.post(self.url(path, &[]), body);
        call.basic(&self.key, self.secret.expose()).send().await
    }

    async fn put(&self, path: &[&str], body: &Value) -> Result<Answer, ApiError> {
        let call = self.client.put(self.url(path, &[]), body);
        call.basic(&self.key, self.secret.expose()).send().await
    }

    async fn check(&self) -> Result<Checkup, ApiError> {
        let mut checkup = Checkup::default();
        for what in ["orders", "products"] {
            match self
                .get(&[what], &[("per_page", "1"), ("_fields", "id")])
                .await
            {
                Ok(answer) => {
                    length(&answer.json)?;
                    checkup.store_time = answer.store_time();
                }
                // 401 is another key, or one without permission to read; 403 is a user who may not see these.
                Err(ApiError::Denied(403)) => checkup.missing_scopes.push(format!("read {what}")),
                Err(error) => return Err(error),
            }
        }
        checkup.shop = self.name().await;
        Ok(checkup)
    }

    /// Asks for the site's name, which anybody may read; some sites hide it, which is no fault.
    async fn name(&self) -> Option<String> {
        let mut url = self.address.at(["wp-json", ""]);
        url.query_pairs_mut().append_pair("_fields", "name");
        let answer = self.client.get(url).send().await.ok()?;
        let root = answer.json.root();
        let name = root.optional("name").ok()??;
        super::order::title(&name)
            .ok()
            .filter(|name| !name.is_empty())
    }
}

fn is_half(text: &str, prefix: &str) -> bool {
    let rest = text.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.len() == 40 && rest.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Returns how many pages a listing has in all.
fn pages(answer: &Answer) -> Option<u64> {
    answer.header("x-wp-totalpages")?.parse().ok()
}

/// Tells whether another page follows page `number`; a site that does not count its pages has another after a full one.
fn has_more(answer: &Answer, number: u64) -> Result<bool, ApiError> {
    let count = length(&answer.json)?;
    let is_last = pages(answer).map_or(count < PER_PAGE, |pages| number >= pages);
    Ok(count > 0 && !is_last)
}

fn length(json: &Json) -> Result<usize, ApiError> {
    Ok(json.root().items()?.count())
}

impl StoreApi for Api {
    fn fetch<'a>(
        &'a self,
        subject: &'a Subject,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Vec<OrderFact>> {
        Box::pin(async move {
            match subject {
                Subject::Order(order) => self.order(order, started_at).await,
                // WooCommerce knows payments by their orders only.
                Subject::Payment(_) => Ok(Vec::new()),
            }
        })
    }

    fn list_changed<'a>(
        &'a self,
        since: Timestamp,
        cursor: Option<&'a Cursor>,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Page<Reading>> {
        Box::pin(self.changed_orders(since, cursor, started_at))
    }

    fn list_items<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
    ) -> ApiFuture<'a, Page<Vec<CatalogueItem>>> {
        Box::pin(self.items(cursor))
    }

    fn check(&self) -> ApiFuture<'_, Checkup> {
        Box::pin(self.check())
    }

    fn find_webhooks<'a>(&'a self, address: &'a str) -> ApiFuture<'a, WebhookState> {
        Box::pin(self.webhook_state(address))
    }

    fn restore_webhooks<'a>(
        &'a self,
        address: &'a str,
        secret: &'a StoreSecret,
    ) -> ApiFuture<'a, Option<StoreSecret>> {
        Box::pin(async move {
            self.mend_webhooks(address, secret).await?;
            // They are signed with the secret that we chose.
            Ok(None)
        })
    }
}
