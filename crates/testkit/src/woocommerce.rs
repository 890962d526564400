//! A WooCommerce shop for tests: a real HTTP server with orders, refunds, products and webhooks, which can be told to
//! misbehave. It answers what the connector asks, in the shapes of the captured traffic; everybody's key is [`KEY`].

mod serving;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use app::App;
use app::clock::Clock;
use connectors::api::ApiCredentials;
use connectors::{StoreKind, StoreSecret, woocommerce};
use domain::payment::StorePolicy;
use domain::{StoreId, StoreName, Timestamp};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::BY;
use crate::time::StandingClock;

/// The public half of the key that opens the API.
pub const KEY: &str = "ck_0123456789abcdef0123456789abcdef01234567";
/// The other half.
pub const SECRET: &str = "cs_0123456789abcdef0123456789abcdef01234567";

/// How the shop's API behaves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mood {
    /// As it should.
    Well,
    /// It asks to come again in this many seconds.
    Busy(u64),
    /// It fails with HTTP 500.
    Broken,
    /// It takes the question and never answers.
    Hangs,
    /// It breaks off in the middle of an answer.
    HalfAnswers,
    /// It answers with what is no JSON.
    Garbles,
    /// It gives the first page of every listing for ever.
    Loops,
    /// It leads elsewhere.
    Redirects,
    /// It does not know the key.
    Refuses,
}

/// The shop. Its server ends with it.
pub struct WooShop {
    /// Where it is.
    pub address: String,
    state: Arc<Mutex<State>>,
    clock: StandingClock,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    orders: BTreeMap<u64, Value>,
    refunds: BTreeMap<u64, Vec<Value>>,
    products: Vec<Value>,
    webhooks: Vec<Value>,
    mood: Mood,
    asked: Vec<String>,
}

impl WooShop {
    /// Opens an empty shop on a loopback port; its times are those of `clock`.
    pub async fn open(clock: &StandingClock) -> Self {
        let state = Arc::new(Mutex::new(State {
            orders: BTreeMap::new(),
            refunds: BTreeMap::new(),
            products: Vec::new(),
            webhooks: Vec::new(),
            mood: Mood::Well,
            asked: Vec::new(),
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = serving::router(Arc::clone(&state));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            state,
            clock: clock.clone(),
            server,
        }
    }

    /// Connects the shop under a name, with its API and without a webhook yet.
    pub async fn connect(&self, app: &App, name: &str) -> StoreId {
        let name: StoreName = name.parse().unwrap();
        let policy = StorePolicy::default();
        let kind = StoreKind::Woocommerce;
        let id = app
            .add_store(&BY, name, kind, policy, &[webhook_secret()])
            .await;
        let id = id.unwrap();
        app.set_store_api(&BY, id, &self.credentials())
            .await
            .unwrap();
        id
    }

    /// Returns what opens its API.
    #[must_use]
    pub fn credentials(&self) -> ApiCredentials {
        ApiCredentials {
            address: self.address.clone(),
            key: Some(KEY.into()),
            secret: StoreSecret::new(SECRET.into()),
        }
    }

    /// Sets how the API behaves from now on.
    pub fn set_mood(&self, mood: Mood) {
        self.lock().mood = mood;
    }

    /// Returns what was asked since the last time, as `GET /path?query`.
    #[expect(clippy::must_use_candidate, reason = "also called to forget")]
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().asked)
    }

    /// Takes a paid order of one line for each SKU, at the present time, in place of the one of the same number.
    pub fn sell(&self, number: u64, email: &str, skus: &[&str]) {
        let now = self.now();
        let lines = (1..).zip(skus).map(|(place, sku)| {
            json!({ "id": number * 100 + place, "name": sku, "product_id": 0, "variation_id": 0, "quantity": 1,
                    "total": "10.00", "sku": sku, "meta_data": [] })
        });
        let order = json!({
            "id": number, "status": "processing", "currency": "EUR", "total": format!("{}.00", 10 * skus.len()),
            "customer_id": 0, "billing": { "email": email }, "date_modified_gmt": now, "date_paid_gmt": now,
            "date_completed_gmt": null, "line_items": lines.collect::<Vec<_>>(), "refunds": [], "meta_data": []
        });
        self.lock().orders.insert(number, order);
    }

    /// Changes fields of an order, at the present time.
    pub fn change(&self, number: u64, fields: &Value) {
        let now = self.now();
        let mut state = self.lock();
        let order = state.orders.get_mut(&number).unwrap();
        for (name, value) in fields.as_object().unwrap() {
            order[name] = value.clone();
        }
        order["date_modified_gmt"] = json!(now);
    }

    /// Gives the money of an order's line (from 1) back.
    pub fn refund_line(&self, number: u64, line: u64) {
        let now = self.now();
        let id = number * 1_000 + line;
        let refund = json!({
            "id": id, "amount": "10.00", "date_created_gmt": now, "shipping_lines": [],
            "line_items": [{
                "id": id * 10, "quantity": -1, "total": "-10.00",
                "meta_data": [{ "id": 1, "key": "_refunded_item_id", "value": (number * 100 + line).to_string() }]
            }]
        });
        let mut state = self.lock();
        let refunds = state.refunds.entry(number).or_default();
        refunds.push(refund);
        let summary: Vec<_> = refunds
            .iter()
            .map(|refund| json!({ "id": refund["id"], "reason": "", "total": "-10.00" }))
            .collect();
        drop(state);
        self.change(number, &json!({ "refunds": summary }));
    }

    /// Puts something on sale.
    pub fn offer(&self, product: u64, name: &str, sku: &str) {
        let product = json!({ "id": product, "name": name, "sku": sku, "type": "simple" });
        self.lock().products.push(product);
    }

    /// Returns the webhooks that the shop has, as its API shows them and with their secrets.
    #[must_use]
    pub fn webhooks(&self) -> Vec<Value> {
        self.lock().webhooks.clone()
    }

    /// Sets a field of every webhook.
    pub fn change_webhooks(&self, name: &str, value: &Value) {
        for webhook in &mut self.lock().webhooks {
            webhook[name] = value.clone();
        }
    }

    /// Forgets every webhook.
    pub fn drop_webhooks(&self) {
        self.lock().webhooks.clear();
    }

    /// Returns the webhook that the shop sends about an order, as it stands now.
    #[must_use]
    pub fn webhook(&self, topic: &'static str, number: u64) -> (HeaderMap, Vec<u8>) {
        let state = self.lock();
        let order = state.orders.get(&number);
        let body = if topic == "order.deleted" {
            json!({ "id": number })
        } else {
            order.unwrap().clone()
        };
        signed(topic, &body)
    }

    /// Tells Stoa about an order as it stands now.
    pub async fn tell(&self, app: &App, name: &str, topic: &'static str, number: u64) {
        let (headers, body) = self.webhook(topic, number);
        let name: StoreName = name.parse().unwrap();
        app.accept_webhook(&name, &headers, &body).await.unwrap();
    }

    fn now(&self) -> String {
        let now = Timestamp::from_seconds(self.clock.now().as_seconds());
        now.to_string().trim_end_matches('Z').to_owned()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WooShop {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The secret that the shop signs its webhooks with.
#[must_use]
pub fn webhook_secret() -> StoreSecret {
    StoreSecret::new("a-woo-webhook-secret-for-tests".into())
}

/// Signs a body as the shop does.
#[must_use]
pub fn signed(topic: &'static str, body: &Value) -> (HeaderMap, Vec<u8>) {
    let body = serde_json::to_vec(body).unwrap();
    let mut headers = HeaderMap::new();
    let signature = woocommerce::sign(&webhook_secret(), &body);
    let signature = HeaderValue::from_str(&signature).unwrap();
    headers.insert("x-wc-webhook-signature", signature);
    headers.insert("x-wc-webhook-topic", HeaderValue::from_static(topic));
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    (headers, body)
}
