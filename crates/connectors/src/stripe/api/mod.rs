//! Stripe's API, in one version of it, so that its answers have one shape whatever version the account is set to.

mod fetch;
mod listing;
mod webhooks;

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::order::OrderFact;

use self::listing::Shown;
use super::object::text;
use crate::api::WebhookState;
use crate::api::{
    Answer, ApiAddress, ApiCredentials, ApiError, ApiFuture, Call, CatalogueItem, Checkup,
    CredentialsError, Cursor, HttpClient, Page, StoreApi,
};
use crate::json::{Field, ParseError};
use crate::reading::{Reading, Subject};
use crate::secret::StoreSecret;

/// The version that our requests ask for, and that the endpoints get which we create.
const VERSION: &str = "2025-06-30.basil";

/// The most that Stripe puts on a page.
const PAGE_SIZE: &str = "100";

/// What a restricted key has to be allowed, as Stripe's dashboard calls it, and the listing that shows whether it is.
const PERMISSIONS: [(&str, &[&str]); 9] = [
    ("Checkout Sessions: Read", &["checkout", "sessions"]),
    ("PaymentIntents: Read", &["payment_intents"]),
    ("Invoices: Read", &["invoices"]),
    ("Charges and Refunds: Read", &["refunds"]),
    ("Disputes: Read", &["disputes"]),
    ("Events: Read", &["events"]),
    ("Prices: Read", &["prices"]),
    ("Products: Read", &["products"]),
    ("Webhook Endpoints: Write", &["webhook_endpoints"]),
];

/// One account's API.
pub(super) struct StripeApi {
    client: HttpClient,
    address: ApiAddress,
    key: StoreSecret,
}

/// One page of one of Stripe's lists.
struct Listed<T> {
    items: Vec<T>,
    /// The id after which the next page begins.
    next: Option<String>,
}

impl StripeApi {
    /// Opens the API with a secret key or a restricted one. An empty address is Stripe's own.
    pub(super) fn open(
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Self, CredentialsError> {
        let key = credentials.secret.expose();
        let is_key = ["rk_", "sk_"].iter().any(|kind| key.starts_with(kind))
            && key.bytes().all(|b| b.is_ascii_graphic());
        if !is_key {
            return Err(CredentialsError::Secret("rk_live_… or sk_live_…"));
        }
        let address = match credentials.address.trim() {
            "" => "https://api.stripe.com",
            address => address,
        };
        Ok(Self {
            client: client.clone(),
            address: ApiAddress::parse(address)?,
            key: credentials.secret.clone(),
        })
    }

    async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Answer, ApiError> {
        let mut url = self.url(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.signed_in(self.client.get(url)).send().await
    }

    /// Gets one object; `None` when Stripe does not know it.
    async fn find(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Option<Answer>, ApiError> {
        match self.get(path, query).await {
            Ok(answer) => Ok(Some(answer)),
            Err(ApiError::NotFound) => Ok(None),
            Err(other) => Err(other),
        }
    }

    async fn post(&self, path: &[&str], fields: &[(&str, &str)]) -> Result<Answer, ApiError> {
        let call = self.client.post_form(self.url(path), fields);
        self.signed_in(call).send().await
    }

    fn url(&self, path: &[&str]) -> reqwest::Url {
        self.address.at(["v1"].iter().chain(path).copied())
    }

    fn signed_in(&self, call: Call) -> Call {
        call.bearer(self.key.expose())
            .header("stripe-version", VERSION)
    }

    /// Gets a page of a list, newest first as all of Stripe's are.
    async fn page<T>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        after: Option<&str>,
        read: impl Fn(&Field<'_>) -> Result<T, ParseError>,
    ) -> Result<Listed<T>, ApiError> {
        let mut query = query.to_vec();
        query.push(("limit", PAGE_SIZE));
        query.extend(after.map(|id| ("starting_after", id)));
        let answer = self.get(path, &query).await?;
        let root = answer.json.root();
        let mut items = Vec::new();
        let mut last = None;
        for item in root.required("data")?.items()? {
            items.push(read(&item)?);
            last = text(&item, "id")?;
        }
        let has_more = root.optional("has_more")?;
        if !has_more.map_or(Ok(false), |field| field.boolean())? {
            return Ok(Listed { items, next: None });
        }
        // The next page begins after the last thing of this one, so there has to be one, and a new one.
        let next = last.filter(|id| Some(id.as_str()) != after);
        let next = next.ok_or(ApiError::PagingLoop)?;
        Ok(Listed {
            items,
            next: Some(next),
        })
    }

    /// Gets a whole list. Only for what belongs to one order, or to one account's settings.
    async fn all<T>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        read: impl Fn(&Field<'_>) -> Result<T, ParseError>,
    ) -> Result<Vec<T>, ApiError> {
        let mut items = Vec::new();
        let mut visited = BTreeSet::new();
        let mut after = None;
        loop {
            let page = self.page(path, query, after.as_deref(), &read).await?;
            items.extend(page.items);
            let Some(next) = page.next else {
                return Ok(items);
            };
            if !visited.insert(next.clone()) {
                return Err(ApiError::PagingLoop);
            }
            if visited.len() > 100 {
                return Err(ApiError::TooLong);
            }
            after = Some(next);
        }
    }

    async fn check(&self) -> Result<Checkup, ApiError> {
        let mut checkup = Checkup::default();
        for (permission, path) in PERMISSIONS {
            match self.get(path, &[("limit", "1")]).await {
                Ok(answer) => checkup.store_time = answer.store_time(),
                Err(ApiError::Denied(403)) => checkup.missing_scopes.push(permission.to_owned()),
                Err(other) => return Err(other),
            }
        }
        checkup.shop = self.account_name().await?;
        Ok(checkup)
    }

    /// Returns what the account calls itself; restricted keys may not be allowed to know.
    async fn account_name(&self) -> Result<Option<String>, ApiError> {
        let answer = match self.get(&["account"], &[]).await {
            Ok(answer) => answer,
            Err(ApiError::Denied(403) | ApiError::NotFound) => return Ok(None),
            Err(other) => return Err(other),
        };
        let account = answer.json.root();
        if let Some(profile) = account.optional("business_profile")?
            && let Some(name) = text(&profile, "name")?
        {
            return Ok(Some(name));
        }
        if let Some(settings) = account.optional("settings")?
            && let Some(dashboard) = settings.optional("dashboard")?
        {
            return Ok(text(&dashboard, "display_name")?);
        }
        Ok(None)
    }
}

impl StoreApi for StripeApi {
    fn fetch<'a>(
        &'a self,
        subject: &'a Subject,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Vec<OrderFact>> {
        Box::pin(self.fetch_subject(subject, started_at))
    }

    fn list_changed<'a>(
        &'a self,
        since: Timestamp,
        cursor: Option<&'a Cursor>,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Page<Reading>> {
        Box::pin(async move {
            let at = match cursor {
                Some(cursor) => Shown::from_cursor(cursor)?,
                None => Shown::first(since, started_at),
            };
            self.changed(since, at, started_at).await
        })
    }

    fn list_items<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
    ) -> ApiFuture<'a, Page<Vec<CatalogueItem>>> {
        Box::pin(self.prices(cursor))
    }

    fn check(&self) -> ApiFuture<'_, Checkup> {
        Box::pin(Self::check(self))
    }

    fn find_webhooks<'a>(&'a self, address: &'a str) -> ApiFuture<'a, WebhookState> {
        Box::pin(self.webhook_state(address))
    }

    fn restore_webhooks<'a>(
        &'a self,
        address: &'a str,
        _secret: &'a StoreSecret,
    ) -> ApiFuture<'a, Option<StoreSecret>> {
        // Stripe makes the secret.
        Box::pin(self.restore_endpoint(address))
    }
}
