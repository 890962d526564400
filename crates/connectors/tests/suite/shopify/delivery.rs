//! A webhook of Shopify's, recorded or made up, and what is read from it.

use connectors::{
    ParseError, PrivacyWish, RawWebhook, Reading, Refused, StoreKind, StoreSecret, VerifiedWebhook,
    WhoseData, connector, shopify,
};
use domain::Timestamp;
use domain::order::{OrderFact, OrderState, RefundState, Saying};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// 2026-11-22T10:30:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_343_400);

pub(crate) fn secret() -> StoreSecret {
    StoreSecret::new("shpss_0123456789abcdef0123456789abcdef".to_owned())
}

#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Delivery {
    /// Returns the recording whose name begins with this number.
    pub(crate) fn recorded(number: &str) -> Self {
        let (_, bytes) = recordings()
            .into_iter()
            .find(|(name, _)| name.starts_with(number))
            .unwrap();
        Self::read(&bytes)
    }

    fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let (head, body) = bytes.split_at(end.unwrap() + 4);
        let head = std::str::from_utf8(head).unwrap();
        let headers = head.lines().skip(1).filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            let name: HeaderName = name.parse().unwrap();
            Some((name, HeaderValue::from_str(value.trim()).unwrap()))
        });
        Self {
            headers: headers.collect(),
            body: body.to_vec(),
        }
    }

    /// Signs a body of that topic, triggered at [`NOW`].
    pub(crate) fn signed(topic: &str, body: &Value) -> Self {
        let body = body.to_string().into_bytes();
        let mut delivery = Self {
            headers: HeaderMap::new(),
            body,
        };
        delivery.set("x-shopify-topic", topic);
        delivery.set(
            "x-shopify-webhook-id",
            "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        );
        delivery.set("x-shopify-triggered-at", &NOW.to_string());
        delivery.sign();
        delivery
    }

    pub(crate) fn set(&mut self, name: &'static str, value: &str) {
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
    }

    pub(crate) fn sign(&mut self) {
        let signature = shopify::sign(&secret(), &self.body);
        self.set("x-shopify-hmac-sha256", &signature);
    }

    pub(crate) fn verify(&self, secrets: &[StoreSecret]) -> Result<VerifiedWebhook, Refused> {
        let raw = RawWebhook {
            headers: &self.headers,
            body: &self.body,
        };
        connector(StoreKind::Shopify).verify(secrets, &raw, NOW)
    }

    pub(crate) fn parse(&self) -> Result<Reading, ParseError> {
        let webhook = self.verify(&[secret()]).unwrap();
        connector(StoreKind::Shopify).parse(&webhook)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Lists all recordings by name.
pub(crate) fn recordings() -> Vec<(String, Vec<u8>)> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../testdata/captures/shopify"
    );
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "http"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    found.sort();
    assert_eq!(found.len(), 29);
    found
}

/// Reads the body of a recording after a change, under a topic.
pub(crate) fn changed(number: &str, topic: &str, change: impl FnOnce(&mut Value)) -> Reading {
    let mut body = Delivery::recorded(number).json();
    change(&mut body);
    Delivery::signed(topic, &body).parse().unwrap()
}

pub(crate) fn order(facts: &[OrderFact]) -> &OrderState {
    match &facts[0].saying {
        Saying::Order(order) => &order.state,
        other => panic!("not an order: {other:?}"),
    }
}

pub(crate) fn refund(facts: &[OrderFact]) -> &RefundState {
    let refund = facts.iter().find_map(|fact| match &fact.saying {
        Saying::Refund(_, refund) => Some(&refund.state),
        Saying::Order(_) | Saying::Dispute(..) => None,
    });
    refund.unwrap()
}

/// Says a reading in a few words, without people.
pub(crate) fn told(reading: &Reading) -> String {
    let mut words: Vec<String> = reading.facts.iter().map(fact).collect();
    words.extend(reading.look_up.iter().map(|subject| format!("? {subject}")));
    words.extend(reading.wishes.iter().map(wish));
    words.join("\n")
}

fn wish(wish: &PrivacyWish) -> String {
    let whose = |of: &WhoseData| {
        let name = |id: &Option<domain::ExternalId>| {
            id.as_ref()
                .map_or_else(|| "-".to_owned(), ToString::to_string)
        };
        let email = if of.email.is_some() { " e-mail" } else { "" };
        let orders: Vec<String> = of.orders.iter().map(ToString::to_string).collect();
        format!("{}{email} [{}]", name(&of.customer), orders.join(", "))
    };
    match wish {
        PrivacyWish::Export(of) => format!("export {}", whose(of)),
        PrivacyWish::Erase(of) => format!("erase {}", whose(of)),
        PrivacyWish::EraseStore => "erase the store".to_owned(),
    }
}

fn fact(fact: &OrderFact) -> String {
    let id = &fact.order;
    match &fact.saying {
        Saying::Order(order) => {
            let state = &order.state;
            let lines: Vec<String> = state
                .lines
                .iter()
                .map(|line| {
                    let returned = match line.returned_quantity {
                        0 => String::new(),
                        pieces => format!("-{pieces}"),
                    };
                    let item = &line.item;
                    let name = |id: &Option<domain::ExternalId>| {
                        id.as_ref()
                            .map_or_else(|| "-".to_owned(), ToString::to_string)
                    };
                    format!(
                        "{}×{}{returned} {}/{}/{}",
                        line.external_id,
                        line.quantity,
                        name(&item.product),
                        name(&item.variant),
                        name(&item.sku)
                    )
                })
                .collect();
            let paid = state.paid_at.map(|at| format!(" paid {at}"));
            let customer = state.external_customer.as_ref();
            let customer = customer.map(|id| format!(" customer {id}"));
            let refunds = state.complete_refunds.as_ref();
            let refunds = refunds.map(|ids| format!(" refunds {}", ids.len()));
            format!(
                "{id} {:?}{} at {}{}{}{} {} {}{} [{}]",
                state.status,
                if state.is_test { " test" } else { "" },
                order.version.at,
                paid.unwrap_or_default(),
                if state.email.is_some() { " e-mail" } else { "" },
                customer.unwrap_or_default(),
                state.currency,
                state.captured_minor,
                refunds.unwrap_or_default(),
                lines.join(", ")
            )
        }
        Saying::Refund(refund_id, refund) => {
            let state = &refund.state;
            let lines: Vec<String> = state
                .lines
                .iter()
                .map(|(line, pieces)| format!("{line}×{pieces}"))
                .collect();
            format!(
                "{id} refund {refund_id} {:?}{} at {} {} [{}]",
                state.status,
                if state.is_shipping { " shipping" } else { "" },
                refund.version.at,
                state.amount_minor,
                lines.join(", ")
            )
        }
        Saying::Dispute(dispute_id, dispute) => format!(
            "{id} dispute {dispute_id} {:?} at {}",
            dispute.state.status, dispute.version.at
        ),
    }
}
