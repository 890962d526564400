//! The Admin API of a shop: GraphQL, version 2026-07.
//!
//! A query may cost 1,000 points at most, by what it could return; the sizes of pages below are chosen by that.

mod graphql;
mod items;
mod listing;
mod order;
mod refund;
mod webhooks;

use domain::Timestamp;
use domain::order::OrderFact;
use serde_json::json;

use self::graphql::GraphQl;
use crate::api::{
    ApiCredentials, ApiError, ApiFuture, CatalogueItem, Checkup, CredentialsError, Cursor,
    HttpClient, Page, StoreApi, WebhookState,
};
use crate::json::Field;
use crate::reading::{Reading, Subject};
use crate::secret::StoreSecret;

/// What the credentials must be allowed.
const SCOPES: [&str; 3] = ["read_orders", "read_products", "read_customers"];

/// Reads one shop's Admin API.
pub(super) struct ShopifyApi {
    graphql: GraphQl,
}

impl ShopifyApi {
    pub(super) fn open(
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Self, CredentialsError> {
        let graphql = GraphQl::open(client, credentials)?;
        Ok(Self { graphql })
    }

    async fn checkup(&self) -> Result<Checkup, ApiError> {
        let query = "{ shop { name } currentAppInstallation { accessScopes { handle } } }";
        let reply = self.graphql.ask(query, json!({})).await?;
        let (shop, scopes) = reply.read(|data| {
            let shop = data.required("shop")?.required("name")?.text()?.to_owned();
            Ok((shop, scopes(data)?))
        })?;
        let missing = SCOPES.iter().filter(|scope| !allows(&scopes, scope));
        Ok(Checkup {
            store_time: reply.store_time(),
            missing_scopes: missing.map(|scope| (*scope).to_owned()).collect(),
            shop: Some(shop),
        })
    }
}

impl StoreApi for ShopifyApi {
    fn fetch<'a>(
        &'a self,
        subject: &'a Subject,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Vec<OrderFact>> {
        Box::pin(async move {
            match subject {
                Subject::Order(id) => order::fetch(&self.graphql, id, started_at).await,
                // No reading of Shopify's names one.
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
        Box::pin(listing::changed(&self.graphql, since, cursor, started_at))
    }

    fn list_items<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
    ) -> ApiFuture<'a, Page<Vec<CatalogueItem>>> {
        Box::pin(items::list(&self.graphql, cursor))
    }

    fn check(&self) -> ApiFuture<'_, Checkup> {
        Box::pin(self.checkup())
    }

    fn find_webhooks<'a>(&'a self, address: &'a str) -> ApiFuture<'a, WebhookState> {
        Box::pin(webhooks::find(&self.graphql, address))
    }

    fn restore_webhooks<'a>(
        &'a self,
        address: &'a str,
        _: &'a StoreSecret,
    ) -> ApiFuture<'a, Option<StoreSecret>> {
        Box::pin(async move {
            webhooks::restore(&self.graphql, address).await?;
            // Shopify signs with the app's client secret, which we know already.
            Ok(None)
        })
    }
}

/// Reads what the app may do in the shop.
fn scopes(data: &Field<'_>) -> Result<Vec<String>, ApiError> {
    let installation = data.required("currentAppInstallation")?;
    let list = installation.required("accessScopes")?;
    let mut scopes = Vec::new();
    for scope in list.items()? {
        scopes.push(scope.required("handle")?.text()?.to_owned());
    }
    Ok(scopes)
}

/// Tells whether a reading scope was granted, also as part of the writing one.
fn allows(scopes: &[String], wanted: &str) -> bool {
    let topic = wanted.trim_start_matches("read_");
    scopes.iter().any(|scope| {
        scope == wanted
            || scope
                .strip_prefix("write_")
                .is_some_and(|held| held == topic)
    })
}
