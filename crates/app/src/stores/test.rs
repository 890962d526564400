//! Trying a connected store: credentials, permissions, clock and webhooks, and one sentence about what is wrong.

use std::fmt;

use connectors::api::{ApiError, Checkup, CredentialsError, WebhookState};
use domain::{StoreId, Timestamp};
use storage::{deliveries, stores};

use super::{ConnectedStore, StoreError};
use crate::App;

/// How far a store's clock may be from ours before signatures and versions suffer.
const MOST_SKEW_SECONDS: i64 = 60;

/// What a try of a store showed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct StoreTest {
    /// What the store calls itself.
    pub shop: Option<String>,
    /// How far the store's clock is ahead of ours, in seconds.
    pub skew_seconds: Option<i64>,
    /// When a webhook last came.
    pub last_delivery_at: Option<Timestamp>,
    /// What is wrong, the worst first; nothing when all is well.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong, as a sentence that says what to do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Finding {
    /// Its API is not read at all.
    NoCredentials,
    /// The credentials do not fit such a store.
    Credentials(CredentialsError),
    /// The store did not answer as it should.
    Api(ApiError),
    /// The credentials may not read what we need.
    MissingScopes(Vec<String>),
    /// The clocks differ too much, in seconds by which the store's is ahead.
    ClockSkew(i64),
    /// Webhooks are missing.
    WebhooksMissing(Vec<String>),
    /// Webhooks are switched off.
    WebhooksDisabled(Vec<String>),
    /// The webhooks could not be looked at.
    Webhooks(ApiError),
    /// Webhooks come, and the secret that they are signed with was never told.
    SecretUnknown,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCredentials => f.write_str(
                "Stoa has no key to this shop's API, so it believes webhooks alone and cannot catch up with those it missed: \
                 add one with `stoa store api`.",
            ),
            Self::Credentials(error) => write!(f, "The API key does not fit: {error}."),
            Self::Api(ApiError::Denied(status)) => write!(
                f,
                "The shop refuses the API key (HTTP {status}): make a new one in the shop and set it with `stoa store api`."
            ),
            Self::Api(ApiError::NotFound) => f.write_str(
                "There is no such API at this address: is the address right, and does the shop run there?",
            ),
            Self::Api(error) => write!(f, "The shop's API cannot be read: {error}."),
            Self::MissingScopes(scopes) => write!(
                f,
                "The API key may not do everything that is needed: allow it {} in the shop.",
                scopes.join(", ")
            ),
            Self::ClockSkew(seconds) => write!(
                f,
                "The shop's clock is {} seconds {} ours: one of the two must be set right, or late changes look early.",
                seconds.abs(),
                if *seconds > 0 { "ahead of" } else { "behind" }
            ),
            Self::WebhooksMissing(topics) => write!(
                f,
                "The shop does not send webhooks about {}: Stoa makes them within the hour, or now with `stoa store test --repair`.",
                topics.join(", ")
            ),
            Self::WebhooksDisabled(topics) => write!(
                f,
                "The shop has switched off its webhooks about {}: Stoa switches them on within the hour, or now with `stoa store \
                 test --repair`.",
                topics.join(", ")
            ),
            Self::Webhooks(error) => write!(f, "The shop's webhooks cannot be looked at: {error}."),
            Self::SecretUnknown => f.write_str(
                "The shop sends webhooks whose signing secret Stoa does not know, so each is refused: copy the secret from the \
                 shop and give it with `stoa store rotate-secret NAME --secret-file FILE`.",
            ),
        }
    }
}

impl App {
    /// Tries a store: its API, its clock and its webhooks.
    ///
    /// # Errors
    /// See [`StoreError`]; what is wrong at the store is a finding.
    pub async fn test_store(&self, id: StoreId) -> Result<StoreTest, StoreError> {
        let mut reader = self.parts.db.reader().await?;
        let row = stores::find(&mut reader, id).await?;
        let store = self.open_store(row.ok_or(StoreError::NoSuchStore)?)?;
        let of_store = deliveries::DeliveryFilter {
            store: Some(id),
            ..deliveries::DeliveryFilter::default()
        };
        let latest = deliveries::list(&mut reader, &of_store, None, 1).await?;
        drop(reader);
        let mut test = self.ask_store(&store).await;
        test.last_delivery_at = latest.first().map(|delivery| delivery.received_at);
        Ok(test)
    }

    async fn ask_store(&self, store: &ConnectedStore) -> StoreTest {
        // A shop of one's own has no API that could be tried: its webhooks are all there is.
        if !store.kind.has_api() {
            return StoreTest::default();
        }
        let api = match self.open_store_api(store) {
            Ok(api) => api,
            Err(CredentialsError::Missing) => return StoreTest::of(Finding::NoCredentials),
            Err(error) => return StoreTest::of(Finding::Credentials(error)),
        };
        let checkup = match api.check().await {
            Ok(checkup) => checkup,
            Err(error) => return StoreTest::of(Finding::Api(error)),
        };
        let mut test = StoreTest::default();
        test.take_in(checkup, self.now());
        match api.find_webhooks(&self.webhook_address(store)).await {
            Ok(WebhookState::Active) if store.secrets.is_empty() => {
                test.findings.push(Finding::SecretUnknown);
            }
            Ok(WebhookState::Active | WebhookState::Untold) => {}
            Ok(WebhookState::Missing(topics)) => {
                test.findings.push(Finding::WebhooksMissing(topics));
            }
            Ok(WebhookState::Disabled(topics)) => {
                test.findings.push(Finding::WebhooksDisabled(topics));
            }
            Err(error) => test.findings.push(Finding::Webhooks(error)),
        }
        test
    }
}

impl StoreTest {
    fn of(finding: Finding) -> Self {
        Self {
            findings: vec![finding],
            ..Self::default()
        }
    }

    fn take_in(&mut self, checkup: Checkup, now: Timestamp) {
        self.shop = checkup.shop;
        if !checkup.missing_scopes.is_empty() {
            self.findings
                .push(Finding::MissingScopes(checkup.missing_scopes));
        }
        let ahead = |time: Timestamp| time.as_seconds().saturating_sub(now.as_seconds());
        self.skew_seconds = checkup.store_time.map(ahead);
        if let Some(skew) = self
            .skew_seconds
            .filter(|skew| skew.abs() > MOST_SKEW_SECONDS)
        {
            self.findings.push(Finding::ClockSkew(skew));
        }
    }
}
