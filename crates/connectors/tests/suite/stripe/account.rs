//! A Stripe account whose API answers from what it holds, newest first and a page at a time as Stripe does.

use std::sync::LazyLock;

use connectors::api::{ApiCredentials, ApiError, HttpClient, Limits, Page};
use connectors::{Reading, StoreApi, StoreKind, StoreSecret, Subject, connector};
use domain::order::OrderFact;
use serde_json::{Value, json};

use super::{NOW, session_line};
use crate::server::{Reply, Request, Server};

/// What an account holds. Lists are newest first.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) sessions: Vec<Value>,
    pub(super) session_lines: Vec<Value>,
    pub(super) intents: Vec<Value>,
    pub(super) charges: Vec<Value>,
    pub(super) invoices: Vec<Value>,
    pub(super) invoice_lines: Vec<Value>,
    pub(super) invoice_payments: Vec<Value>,
    pub(super) refunds: Vec<Value>,
    pub(super) disputes: Vec<Value>,
    pub(super) events: Vec<Value>,
    pub(super) prices: Vec<Value>,
    pub(super) endpoints: Vec<Value>,
    /// How much stands on a page at most; Stripe's own limit is 100.
    pub(super) page_size: usize,
}

impl Account {
    pub(super) fn empty() -> Self {
        Self {
            sessions: Vec::new(),
            session_lines: vec![session_line()],
            intents: Vec::new(),
            charges: Vec::new(),
            invoices: Vec::new(),
            invoice_lines: Vec::new(),
            invoice_payments: Vec::new(),
            refunds: Vec::new(),
            disputes: Vec::new(),
            events: Vec::new(),
            prices: Vec::new(),
            endpoints: Vec::new(),
            page_size: 100,
        }
    }

    pub(super) fn answer(&self, request: &Request) -> Reply {
        let path: Vec<_> = request
            .path()
            .trim_start_matches("/v1/")
            .split('/')
            .collect();
        match path[..] {
            ["checkout", "sessions"] => self.list(&self.sessions, request),
            ["checkout", "sessions", _, "line_items"] => self.list(&self.session_lines, request),
            ["checkout", "sessions", id] => one(&self.sessions, id),
            ["payment_intents"] => self.list(&self.intents, request),
            ["payment_intents", id] => one(&self.intents, id),
            ["charges", id] => one(&self.charges, id),
            ["invoices"] => self.list(&self.invoices, request),
            ["invoices", _, "lines"] => self.list(&self.invoice_lines, request),
            ["invoices", id] => one(&self.invoices, id),
            ["invoice_payments"] => self.list(&self.invoice_payments, request),
            ["refunds"] => self.list(&self.refunds, request),
            ["disputes"] => self.list(&self.disputes, request),
            ["events"] => self.list(&self.events, request),
            ["prices" | "products"] => self.list(&self.prices, request),
            ["webhook_endpoints"] if request.method == "GET" => self.list(&self.endpoints, request),
            ["webhook_endpoints"] => {
                Reply::json(&json!({ "id": "we_new", "secret": "whsec_created_0123456789" }))
            }
            ["webhook_endpoints", id] => one(&self.endpoints, id),
            ["account"] => Reply::json(
                &json!({ "id": "acct_1", "business_profile": { "name": "Ada's Courses" } }),
            ),
            _ => Reply::status(404),
        }
    }

    fn list(&self, all: &[Value], request: &Request) -> Reply {
        let all: Vec<_> = all.iter().filter(|item| fits(item, request)).collect();
        let begin = request.query("starting_after").map_or(0, |after| {
            let found = all.iter().position(|item| item["id"] == after.as_str());
            found.map_or(all.len(), |index| index + 1)
        });
        let asked: usize = request.query("limit").unwrap().parse().unwrap();
        let size = asked.min(self.page_size);
        let rest = &all[begin..];
        let page = &rest[..size.min(rest.len())];
        Reply::json(&json!({ "object": "list", "data": page, "has_more": rest.len() > page.len() }))
    }
}

fn one(all: &[Value], id: &str) -> Reply {
    let found = all.iter().find(|item| item["id"] == id);
    found.map_or_else(|| Reply::status(404), Reply::json)
}

/// Whether something is asked for by the filters of a list that we use.
fn fits(item: &Value, request: &Request) -> bool {
    let same = |parameter: &str, value: &Value| {
        request
            .query(parameter)
            .is_none_or(|asked| *value == asked.as_str())
    };
    let since = request.query("created[gte]");
    let since: Option<i64> = since.map(|since| since.parse().unwrap());
    let types = request.target.contains("types");
    same("payment_intent", &item["payment_intent"])
        && same("charge", &item["charge"])
        && same("invoice", &item["invoice"])
        && same("status", &item["status"])
        && same(
            "payment[payment_intent]",
            &item["payment"]["payment_intent"],
        )
        && since.is_none_or(|since| item["created"].as_i64().unwrap() >= since)
        && (!types
            || asked_types(request)
                .iter()
                .any(|kind| item["type"] == kind.as_str()))
}

pub(super) fn asked_types(request: &Request) -> Vec<String> {
    let url = reqwest::Url::parse(&format!("http://store.test{}", request.target)).unwrap();
    let types = url.query_pairs().filter(|(name, _)| name == "types[]");
    types.map(|(_, kind)| kind.into_owned()).collect()
}

pub(super) fn credentials(address: &str) -> ApiCredentials {
    ApiCredentials {
        address: address.to_owned(),
        key: None,
        secret: StoreSecret::new("rk_live_canary".to_owned()),
    }
}

pub(super) fn open(address: &str, limits: Limits) -> Box<dyn StoreApi> {
    let client = HttpClient::new(limits).unwrap();
    let stripe = connector(StoreKind::Stripe);
    stripe.open_api(&client, &credentials(address)).unwrap()
}

/// Reading the system's certificates takes longer than all the rest; one client serves them all.
static CLIENT: LazyLock<HttpClient> = LazyLock::new(|| HttpClient::new(Limits::default()).unwrap());

/// An account behind a server, and our client of it.
pub(super) struct Opened {
    pub(super) server: Server,
    pub(super) api: Box<dyn StoreApi>,
}

impl Account {
    pub(super) async fn open(self) -> Opened {
        let server = Server::answering(move |request| self.answer(request)).await;
        let stripe = connector(StoreKind::Stripe);
        let api = stripe
            .open_api(&CLIENT, &credentials(&server.address))
            .unwrap();
        Opened { server, api }
    }

    pub(super) async fn fetch(self, subject: Subject) -> Vec<OrderFact> {
        self.try_fetch(subject).await.unwrap()
    }

    pub(super) async fn try_fetch(self, subject: Subject) -> Result<Vec<OrderFact>, ApiError> {
        self.open().await.api.fetch(&subject, NOW).await
    }
}

impl Opened {
    /// Goes through a whole listing.
    pub(super) async fn list(&self, since: domain::Timestamp) -> Vec<Page<Reading>> {
        let mut pages = Vec::new();
        let mut cursor = None;
        loop {
            let page = self
                .api
                .list_changed(since, cursor.as_ref(), NOW)
                .await
                .unwrap();
            cursor.clone_from(&page.next);
            pages.push(page);
            if cursor.is_none() {
                return pages;
            }
        }
    }
}
