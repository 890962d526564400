//! How orders, their lines and their facts stand in rows.

use std::collections::BTreeSet;

use domain::order::{OrderLine, OrderState, OrderStatus, Saying, StoreItem, Version, Versioned};
use domain::{CustomerId, EmailAddress, ExternalId, OrderId, OrderNumber, StoreId};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::column::{Text, Time, corrupt, text, time};
use crate::error::Result;
use crate::store_items::unnamed;

#[derive(sqlx::FromRow)]
pub(super) struct OrderRow {
    pub(super) id: Text<OrderId>,
    pub(super) store_id: Text<StoreId>,
    pub(super) external_id: Text<ExternalId>,
    pub(super) customer_id: Text<CustomerId>,
    version_at: Time,
    finality: i64,
    payload_hash: Vec<u8>,
    status: String,
    is_test: bool,
    paid_at: Option<Time>,
    email: Option<Text<EmailAddress>>,
    external_customer: Option<Text<ExternalId>>,
    currency: String,
    captured_minor: i64,
    complete_refunds: Option<String>,
    number: Option<Text<OrderNumber>>,
}

impl OrderRow {
    pub(super) fn into_state(self, lines: Vec<OrderLine>) -> Result<Versioned<OrderState>> {
        let refunds: Option<BTreeSet<ExternalId>> =
            self.complete_refunds.as_deref().map(parse).transpose()?;
        let status: OrderStatus = parse(&format!("\"{}\"", self.status))?;
        let state = OrderState {
            status,
            is_test: self.is_test,
            paid_at: time(self.paid_at),
            email: text(self.email),
            external_customer: text(self.external_customer),
            currency: self.currency,
            captured_minor: self.captured_minor,
            lines,
            complete_refunds: refunds,
            number: text(self.number),
        };
        let version = version(self.version_at, self.finality, self.payload_hash)?;
        Ok(Versioned { version, state })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct LineRow {
    pub(super) order_id: Text<OrderId>,
    external_id: Text<ExternalId>,
    external_product: String,
    external_variant: String,
    sku: String,
    title: String,
    quantity: i64,
    returned_quantity: i64,
    period_end: Option<Time>,
}

impl LineRow {
    pub(super) fn into_line(self) -> Result<OrderLine> {
        Ok(OrderLine {
            external_id: self.external_id.0,
            item: StoreItem {
                product: unnamed(&self.external_product),
                variant: unnamed(&self.external_variant),
                sku: unnamed(&self.sku),
            },
            title: self.title,
            quantity: count(self.quantity)?,
            returned_quantity: count(self.returned_quantity)?,
            period_end: time(self.period_end),
        })
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct FactRow {
    pub(super) order_external_id: Text<ExternalId>,
    kind: String,
    external_id: Text<ExternalId>,
    version_at: Time,
    finality: i64,
    payload_hash: Vec<u8>,
    state: String,
}

impl FactRow {
    pub(super) fn into_saying(self) -> Result<Saying> {
        let version = version(self.version_at, self.finality, self.payload_hash)?;
        let id = self.external_id.0;
        Ok(match self.kind.as_str() {
            "refund" => Saying::Refund(
                id,
                Versioned {
                    version,
                    state: parse(&self.state)?,
                },
            ),
            "dispute" => Saying::Dispute(
                id,
                Versioned {
                    version,
                    state: parse(&self.state)?,
                },
            ),
            _ => return Err(corrupt("order_facts.kind").into()),
        })
    }
}

fn version(at: Time, finality: i64, hash: Vec<u8>) -> Result<Version> {
    let finality = i16::try_from(finality).map_err(|_| corrupt("finality"))?;
    let hash = hash.try_into().map_err(|_| corrupt("payload_hash"))?;
    Ok(Version {
        at: at.0,
        finality,
        hash,
    })
}

fn count(number: i64) -> Result<u32> {
    Ok(u32::try_from(number).map_err(|_| corrupt("order_lines.quantity"))?)
}

pub(super) fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(|_| corrupt("a value without JSON form"))?)
}

/// Writes an enum's variant by its serialized name.
pub(super) fn name(value: &impl Serialize) -> Result<String> {
    Ok(json(value)?.trim_matches('"').to_owned())
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text).map_err(|_| corrupt("a column with JSON"))?)
}
