//! Medusa's Admin API, as far as it tells of orders, payments, variants and the store.

use std::collections::BTreeSet;

use domain::order::{OrderFact, StoreItem};
use domain::{ExternalId, Timestamp};

use super::credentials::Server;
use super::cursor::{Part, Place};
use super::lines;
use super::order::{self, Moment};
use crate::api::{
    Answer, ApiCredentials, ApiError, ApiFuture, CatalogueItem, Checkup, CredentialsError, Cursor,
    HttpClient, Page, StoreApi, WebhookState,
};
use crate::fields::optional_id;
use crate::json::{Field, ParseError};
use crate::reading::{Reading, Subject};
use crate::secret::StoreSecret;
use crate::standard_webhooks::TOLERANCE_SECONDS;

/// What [`order::read`] needs. Never the payments' `data`, which holds what the payment provider knows of the buyer.
const ORDER_FIELDS: &str = "id,display_id,status,version,currency_code,email,created_at,updated_at,canceled_at,total,\
    customer.id,customer.has_account,*items,*items.detail,payment_collections.id,payment_collections.status,\
    payment_collections.payments.id,payment_collections.payments.captured_at,\
    payment_collections.payments.canceled_at,*payment_collections.payments.captures,\
    *payment_collections.payments.refunds";

/// Which order a payment is for. Captures change the payment only, so this is how they are found.
const PAYMENT_FIELDS: &str =
    "id,updated_at,payment_collection.order.id,payment_collection.order.updated_at";

const VARIANT_FIELDS: &str = "id,title,sku,product.id,product.title";

/// Medusa sets no maximum; an order is some 10 KB and takes it some milliseconds to reckon.
const ORDERS_A_PAGE: u64 = 50;
const PAYMENTS_A_PAGE: u64 = 100;
const VARIANTS_A_PAGE: u64 = 200;

/// Medusa's parser of queries takes at most so many values of one list.
const IDS_A_CALL: usize = 20;

/// What the key must be allowed, as Medusa's roles call it, and a path that needs it.
const PERMISSIONS: [(&str, &str); 3] = [
    ("order:read", "orders"),
    ("payment:read", "payments"),
    ("product_variant:read", "product-variants"),
];

/// Reads one server.
#[derive(Debug)]
pub(super) struct MedusaApi {
    server: Server,
}

impl MedusaApi {
    pub(super) fn open(
        client: &HttpClient,
        credentials: &ApiCredentials,
    ) -> Result<Self, CredentialsError> {
        let server = Server::new(client, credentials)?;
        Ok(Self { server })
    }

    async fn fetch_order(
        &self,
        id: &ExternalId,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let call = self
            .server
            .get(["orders", id.as_str()], &[("fields", ORDER_FIELDS)]);
        let Some(answer) = found(call.send().await)? else {
            return Ok(Vec::new());
        };
        let root = answer.json.root();
        let (_, facts) = order::read(&root.required("order")?, moment(started_at))?;
        Ok(facts)
    }

    async fn find_order_of_payment(
        &self,
        payment: &ExternalId,
    ) -> Result<Option<ExternalId>, ApiError> {
        let path = ["payments", payment.as_str()];
        let call = self.server.get(path, &[("fields", PAYMENT_FIELDS)]);
        let Some(answer) = found(call.send().await)? else {
            return Ok(None);
        };
        let root = answer.json.root();
        // Of a payment that it does not know Medusa answers 200 and an empty object.
        let Some(payment) = root.optional("payment")? else {
            return Ok(None);
        };
        let order = order_of(&payment)?;
        Ok(order.map(|order| order.id))
    }

    /// Lists a page of the payments that changed, and brings their orders as they are now.
    async fn list_payments(
        &self,
        place: Place,
        since: Timestamp,
        started_at: Timestamp,
    ) -> Result<Page<Reading>, ApiError> {
        let answer = self
            .list_changes("payments", PAYMENT_FIELDS, place, PAYMENTS_A_PAGE)
            .await?;
        let root = answer.json.root();
        let mut orders = BTreeSet::new();
        let mut end = PageEnd::default();
        for payment in root.required("payments")?.items()? {
            end.take(&payment)?;
            let Some(order) = order_of(&payment)? else {
                continue; // A checkout that was never completed.
            };
            // Those that have changed themselves are listed after the payments.
            if order.updated_at.is_none_or(|changed| changed < since) {
                orders.insert(order.id);
            }
        }
        let next = end.next(&root, place, PAYMENTS_A_PAGE)?;
        let next = next.unwrap_or_else(|| Place::first(Part::Orders, since));
        Ok(Page {
            content: self.list_orders_by_id(orders, started_at).await?,
            next: Some(next.cursor()),
            total: None,
        })
    }

    async fn list_orders(
        &self,
        place: Place,
        started_at: Timestamp,
    ) -> Result<Page<Reading>, ApiError> {
        let answer = self
            .list_changes("orders", ORDER_FIELDS, place, ORDERS_A_PAGE)
            .await?;
        let root = answer.json.root();
        let mut content = Reading::default();
        let mut end = PageEnd::default();
        for listed in root.required("orders")?.items()? {
            end.take(&listed)?;
            content.extend(read_listed(&listed, started_at)?);
        }
        let next = end.next(&root, place, ORDERS_A_PAGE)?;
        Ok(Page {
            content,
            next: next.map(Place::cursor),
            total: None,
        })
    }

    async fn list_orders_by_id(
        &self,
        ids: BTreeSet<ExternalId>,
        started_at: Timestamp,
    ) -> Result<Reading, ApiError> {
        let mut content = Reading::default();
        let ids: Vec<_> = ids.into_iter().collect();
        for some in ids.chunks(IDS_A_CALL) {
            let limit = IDS_A_CALL.to_string();
            let mut query = vec![("fields", ORDER_FIELDS), ("limit", limit.as_str())];
            query.extend(some.iter().map(|id| ("id[]", id.as_str())));
            let answer = self.server.get(["orders"], &query).send().await?;
            for listed in answer.json.root().required("orders")?.items()? {
                content.extend(read_listed(&listed, started_at)?);
            }
        }
        Ok(content)
    }

    async fn list_changes(
        &self,
        what: &'static str,
        fields: &'static str,
        place: Place,
        limit: u64,
    ) -> Result<Answer, ApiError> {
        let (since, offset) = (place.since.to_string(), place.offset.to_string());
        let limit = limit.to_string();
        let query = [
            ("fields", fields),
            ("updated_at[$gte]", since.as_str()),
            ("order", "updated_at"),
            ("limit", limit.as_str()),
            ("offset", offset.as_str()),
        ];
        self.server.get([what], &query).send().await
    }

    async fn list_variants(&self, offset: u64) -> Result<Page<Vec<CatalogueItem>>, ApiError> {
        let (limit, asked) = (VARIANTS_A_PAGE.to_string(), offset.to_string());
        let query = [
            ("fields", VARIANT_FIELDS),
            ("order", "id"),
            ("limit", limit.as_str()),
            ("offset", asked.as_str()),
        ];
        let answer = self.server.get(["product-variants"], &query).send().await?;
        let root = answer.json.root();
        let mut content = Vec::new();
        let mut seen = 0;
        for variant in root.required("variants")?.items()? {
            seen += 1;
            content.extend(catalogue_item(&variant)?);
        }
        let next = goes_on(&root, offset, seen, VARIANTS_A_PAGE)?
            .then(|| Cursor(offset.saturating_add(seen).to_string()));
        let total = root.optional("count")?;
        Ok(Page {
            content,
            next,
            total: total
                .map(|count| count.quantity().map(u64::from))
                .transpose()?,
        })
    }

    async fn check_up(&self) -> Result<Checkup, ApiError> {
        let query = [("fields", "id,name"), ("limit", "1")];
        let answer = self.server.get(["stores"], &query).send().await?;
        let mut shop = None;
        for store in answer.json.root().required("stores")?.items()? {
            let name = store.optional("name")?;
            shop = name.map(|name| name.text()).transpose()?.map(str::to_owned);
        }
        let mut missing_scopes = Vec::new();
        for (permission, path) in PERMISSIONS {
            let query = [("fields", "id"), ("limit", "1")];
            match self.server.get([path], &query).send().await {
                Err(ApiError::Denied(403)) => missing_scopes.push(permission.to_owned()),
                other => drop(other?),
            }
        }
        Ok(Checkup {
            store_time: answer.store_time(),
            missing_scopes,
            shop,
        })
    }
}

impl StoreApi for MedusaApi {
    fn fetch<'a>(
        &'a self,
        subject: &'a Subject,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Vec<OrderFact>> {
        Box::pin(async move {
            match subject {
                Subject::Order(id) => self.fetch_order(id, started_at).await,
                Subject::Payment(id) => match self.find_order_of_payment(id).await? {
                    Some(order) => self.fetch_order(&order, started_at).await,
                    None => Ok(Vec::new()),
                },
            }
        })
    }

    fn list_changed<'a>(
        &'a self,
        since: Timestamp,
        cursor: Option<&'a Cursor>,
        started_at: Timestamp,
    ) -> ApiFuture<'a, Page<Reading>> {
        Box::pin(async move {
            let first = Place::first(Part::Payments, since);
            // A cursor of an older version begins again: nothing is lost by reading twice.
            let place = cursor.and_then(Place::read).unwrap_or(first);
            match place.part {
                Part::Payments => self.list_payments(place, first.since, started_at).await,
                Part::Orders => self.list_orders(place, started_at).await,
            }
        })
    }

    fn list_items<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
    ) -> ApiFuture<'a, Page<Vec<CatalogueItem>>> {
        let offset = cursor.and_then(|cursor| cursor.0.parse().ok());
        Box::pin(self.list_variants(offset.unwrap_or(0)))
    }

    fn check(&self) -> ApiFuture<'_, Checkup> {
        Box::pin(self.check_up())
    }

    /// Medusa knows nothing of our module's webhooks.
    fn find_webhooks<'a>(&'a self, _address: &'a str) -> ApiFuture<'a, WebhookState> {
        Box::pin(async { Ok(WebhookState::Untold) })
    }

    /// The module delivers by itself, and never switches off.
    fn restore_webhooks<'a>(
        &'a self,
        _address: &'a str,
        _secret: &'a StoreSecret,
    ) -> ApiFuture<'a, Option<StoreSecret>> {
        Box::pin(async { Ok(None) })
    }
}

fn moment(started_at: Timestamp) -> Moment {
    Moment {
        read_at: started_at,
        latest: started_at.plus_seconds(TOLERANCE_SECONDS),
    }
}

fn found(answer: Result<Answer, ApiError>) -> Result<Option<Answer>, ApiError> {
    match answer {
        Err(ApiError::NotFound) => Ok(None),
        other => other.map(Some),
    }
}

/// Reads an order of a listing. One that cannot be read must not hide those behind it: it is looked up by itself, which
/// fails where people see it.
fn read_listed(listed: &Field<'_>, started_at: Timestamp) -> Result<Reading, ParseError> {
    if let Ok((_, facts)) = order::read(listed, moment(started_at)) {
        return Ok(Reading::of_facts(facts));
    }
    let id = listed.required("id")?.id()?;
    Ok(Reading::of_hint(Subject::Order(id)))
}

/// An order as a payment tells it.
struct PaidOrder {
    id: ExternalId,
    updated_at: Option<Timestamp>,
}

fn order_of(payment: &Field<'_>) -> Result<Option<PaidOrder>, ParseError> {
    let Some(collection) = payment.optional("payment_collection")? else {
        return Ok(None);
    };
    let Some(order) = collection.optional("order")? else {
        return Ok(None);
    };
    let updated_at = order.optional("updated_at")?;
    Ok(Some(PaidOrder {
        id: order.required("id")?.id()?,
        updated_at: updated_at.map(|time| time.time()).transpose()?,
    }))
}

/// Reads a variant as an item; one of a product that is gone is not for sale.
fn catalogue_item(variant: &Field<'_>) -> Result<Option<CatalogueItem>, ParseError> {
    let Some(product) = variant.optional("product")? else {
        return Ok(None);
    };
    let sku = variant.optional("sku")?;
    Ok(Some(CatalogueItem {
        title: lines::title(&product.required("title")?, variant.optional("title")?)?,
        item: StoreItem {
            product: optional_id(&product, "id")?,
            variant: optional_id(variant, "id")?,
            sku: sku.and_then(|sku| sku.id().ok()),
        },
    }))
}

/// What a page of changes ends with.
#[derive(Default)]
struct PageEnd {
    seen: u64,
    last: Option<Timestamp>,
}

impl PageEnd {
    fn take(&mut self, item: &Field<'_>) -> Result<(), ParseError> {
        self.seen += 1;
        self.last = Some(item.required("updated_at")?.time()?);
        Ok(())
    }

    fn next(self, root: &Field<'_>, place: Place, limit: u64) -> Result<Option<Place>, ApiError> {
        match self.last {
            Some(last) if goes_on(root, place.offset, self.seen, limit)? => {
                place.behind(last, self.seen).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// Tells whether something stands behind a page.
fn goes_on(root: &Field<'_>, offset: u64, seen: u64, limit: u64) -> Result<bool, ApiError> {
    // Medusa says where it was. Elsewhere than asked, it would show the same page for ever.
    if let Some(was) = root.optional("offset")?
        && u64::from(was.quantity()?) != offset
    {
        return Err(ApiError::PagingLoop);
    }
    let behind = match root.optional("count")? {
        Some(count) => u64::from(count.quantity()?) > offset.saturating_add(seen),
        None => seen >= limit,
    };
    Ok(behind && seen > 0)
}
