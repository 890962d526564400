//! The webhook subscriptions that this app made in the shop. Those that stand in the app's own configuration are not among
//! them: Shopify does not list them.

use serde_json::json;

use super::graphql::{GraphQl, Pages, next_page};
use super::{allows, scopes};
use crate::api::{ApiError, WebhookState};
use crate::json::Field;

/// A topic, as the API and as everybody else writes it.
struct Topic {
    api: &'static str,
    plain: &'static str,
}

const fn topic(api: &'static str, plain: &'static str) -> Topic {
    Topic { api, plain }
}

const TOPICS: [Topic; 7] = [
    topic("ORDERS_CREATE", "orders/create"),
    topic("ORDERS_PAID", "orders/paid"),
    topic("ORDERS_UPDATED", "orders/updated"),
    topic("ORDERS_CANCELLED", "orders/cancelled"),
    topic("ORDERS_EDITED", "orders/edited"),
    topic("ORDERS_DELETE", "orders/delete"),
    topic("REFUNDS_CREATE", "refunds/create"),
];

/// Those that Shopify sends only to apps that may read disputes.
const DISPUTE_TOPICS: [Topic; 2] = [
    topic("DISPUTES_CREATE", "disputes/create"),
    topic("DISPUTES_UPDATE", "disputes/update"),
];

const DISPUTE_SCOPE: &str = "read_shopify_payments_disputes";

const LIST: &str = "query ($after: String) { currentAppInstallation { accessScopes { handle } } \
    webhookSubscriptions(first: 250, after: $after) \
    { nodes { id topic uri format filter includeFields } pageInfo { hasNextPage endCursor } } }";

const CREATE: &str = "mutation ($topic: WebhookSubscriptionTopic!, $uri: String!) \
    { changed: webhookSubscriptionCreate(topic: $topic, webhookSubscription: { uri: $uri, format: JSON }) \
    { userErrors { message } } }";

const MEND: &str = "mutation ($id: ID!, $uri: String!) { changed: webhookSubscriptionUpdate(id: $id, \
    webhookSubscription: { uri: $uri, format: JSON, filter: \"\", includeFields: [] }) \
    { userErrors { message } } }";

struct Subscription {
    id: String,
    topic: String,
    /// Whether it sends everything, and in JSON.
    is_whole: bool,
}

/// What stands of the subscriptions to one address.
struct Standing {
    wanted: Vec<&'static Topic>,
    found: Vec<Subscription>,
}

impl Standing {
    fn of(&self, topic: &Topic) -> Option<&Subscription> {
        let mut found = self.found.iter().filter(|known| known.topic == topic.api);
        let first = found.next();
        found.find(|known| known.is_whole).or(first)
    }
}

/// Tells which topics the shop does not send to `address`. Shopify has no switched-off subscription: one that fails too
/// often is deleted.
pub(super) async fn find(graphql: &GraphQl, address: &str) -> Result<WebhookState, ApiError> {
    let standing = standing(graphql, address).await?;
    let missing: Vec<String> = standing
        .wanted
        .iter()
        .filter(|topic| !standing.of(topic).is_some_and(|known| known.is_whole))
        .map(|topic| topic.plain.to_owned())
        .collect();
    if missing.is_empty() {
        return Ok(WebhookState::Active);
    }
    Ok(WebhookState::Missing(missing))
}

/// Creates the subscriptions that are missing, and mends those that leave something out.
pub(super) async fn restore(graphql: &GraphQl, address: &str) -> Result<(), ApiError> {
    let standing = standing(graphql, address).await?;
    for topic in &standing.wanted {
        let reply = match standing.of(topic) {
            Some(known) if known.is_whole => continue,
            Some(known) => {
                let variables = json!({ "id": known.id, "uri": address });
                graphql.ask(MEND, variables).await?
            }
            None => {
                let variables = json!({ "topic": topic.api, "uri": address });
                graphql.ask(CREATE, variables).await?
            }
        };
        let is_refused = reply.read(|data| {
            let errors = data
                .required("changed")?
                .required("userErrors")?
                .items()?
                .count();
            Ok(errors > 0)
        })?;
        if is_refused {
            return Err(ApiError::Reported(
                "that it does not accept the webhook: is our address https and public?",
            ));
        }
    }
    Ok(())
}

async fn standing(graphql: &GraphQl, address: &str) -> Result<Standing, ApiError> {
    let mut found = Vec::new();
    let mut pages = Pages::default();
    loop {
        let variables = json!({ "after": pages.after() });
        let reply = graphql.ask(LIST, variables).await?;
        let (granted, next) = reply.read(|data| {
            let subscriptions = data.required("webhookSubscriptions")?;
            for node in subscriptions.required("nodes")?.items()? {
                found.extend(subscription(&node, address)?);
            }
            Ok((scopes(data)?, next_page(&subscriptions)?))
        })?;
        if !pages.go_on(next)? {
            let disputes = DISPUTE_TOPICS
                .iter()
                .filter(|_| allows(&granted, DISPUTE_SCOPE));
            return Ok(Standing {
                wanted: TOPICS.iter().chain(disputes).collect(),
                found,
            });
        }
    }
}

/// Reads a subscription that sends to `address`.
fn subscription(node: &Field<'_>, address: &str) -> Result<Option<Subscription>, ApiError> {
    if node.required("uri")?.text()? != address {
        return Ok(None);
    }
    let filter = node.optional("filter")?;
    let filter = filter.map_or(Ok(""), |filter| filter.text())?;
    let fields = node.required("includeFields")?.items()?.count();
    Ok(Some(Subscription {
        id: node.required("id")?.text()?.to_owned(),
        topic: node.required("topic")?.text()?.to_owned(),
        is_whole: node.required("format")?.text()? == "JSON" && filter.is_empty() && fields == 0,
    }))
}
