//! The present state of an order, with all its refunds and disputes.

use std::collections::BTreeSet;

use domain::order::{OrderFact, OrderState, Saying, Versioned};
use domain::{ExternalId, Timestamp};

use super::StripeApi;
use crate::api::ApiError;
use crate::json::{Field, ParseError};
use crate::reading::Subject;
use crate::stripe::checkout::{self, Payment, Purchase};
use crate::stripe::invoice;
use crate::stripe::money_back::{self, Dispute, Refund};
use crate::stripe::object::{reference, text};

/// How far ahead of us a time of Stripe's may lie before it is a test clock's.
const CLOCKS_DIFFER_SECONDS: i64 = 300;

/// What pays for an invoice.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct PaidBy {
    /// The parameter by which refunds and disputes of it are listed.
    parameter: &'static str,
    id: ExternalId,
}

impl PaidBy {
    const fn intent(id: ExternalId) -> Self {
        Self {
            parameter: "payment_intent",
            id,
        }
    }
}

/// What came back of some payments.
#[derive(Default)]
struct MoneyBack {
    refunds: Vec<Refund>,
    disputes: Vec<Dispute>,
}

/// One of an invoice's payments.
struct InvoicePayment {
    by: Option<PaidBy>,
    amount_minor: i64,
}

impl StripeApi {
    pub(super) async fn fetch_subject(
        &self,
        subject: &Subject,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let (Subject::Order(id) | Subject::Payment(id)) = subject;
        match id.as_str().split('_').next() {
            Some("pi") => self.fetch_payment(id, started_at).await,
            Some("in") => self.fetch_invoice(id, None, started_at).await,
            Some("cs") => self.fetch_session(id, started_at).await,
            Some("ch" | "py") => self.fetch_charge(id, started_at).await,
            _ => Ok(Vec::new()),
        }
    }

    /// Finds what a payment was for: a checkout, or an invoice. One that was for neither names no products.
    async fn fetch_payment(
        &self,
        id: &ExternalId,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let path = ["payment_intents", id.as_str()];
        let Some(answer) = self.find(&path, &[("expand[]", "latest_charge")]).await? else {
            return Ok(Vec::new());
        };
        let payment = checkout::payment(&answer.json.root())?;
        let query = [("payment_intent", id.as_str()), ("limit", "1")];
        let sessions = self.get(&["checkout", "sessions"], &query).await?;
        let root = sessions.json.root();
        let sessions = root.required("data")?;
        if let Some(session) = sessions.items()?.next() {
            return match checkout::purchase(&session)? {
                Purchase::Invoice(invoice) => {
                    let paid_by = Some(PaidBy::intent(id.clone()));
                    self.fetch_invoice(&invoice, paid_by, started_at).await
                }
                Purchase::Payment(_) | Purchase::Session(_) => {
                    self.checkout_facts(&session, Some(&payment), started_at)
                        .await
                }
                Purchase::InvoiceToCome | Purchase::Nothing => Ok(Vec::new()),
            };
        }
        let query = [
            ("payment[type]", "payment_intent"),
            ("payment[payment_intent]", id.as_str()),
        ];
        let invoice = |field: &Field<'_>| reference(field, "invoice");
        let invoices = self.all(&["invoice_payments"], &query, invoice).await?;
        let invoices: BTreeSet<_> = invoices.into_iter().flatten().collect();
        let mut facts = Vec::new();
        for invoice in invoices {
            facts.extend(self.fetch_invoice(&invoice, None, started_at).await?);
        }
        Ok(facts)
    }

    /// Follows a charge to its payment intent. One of old that has none cannot be followed further.
    async fn fetch_charge(
        &self,
        id: &ExternalId,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let Some(answer) = self.find(&["charges", id.as_str()], &[]).await? else {
            return Ok(Vec::new());
        };
        match reference(&answer.json.root(), "payment_intent")? {
            Some(intent) => self.fetch_payment(&intent, started_at).await,
            None => Ok(Vec::new()),
        }
    }

    async fn fetch_session(
        &self,
        id: &ExternalId,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let path = ["checkout", "sessions", id.as_str()];
        let Some(answer) = self.find(&path, &[]).await? else {
            return Ok(Vec::new());
        };
        let session = answer.json.root();
        match checkout::purchase(&session)? {
            Purchase::Invoice(invoice) => self.fetch_invoice(&invoice, None, started_at).await,
            Purchase::Payment(payment) => self.fetch_payment(&payment, started_at).await,
            Purchase::Session(_) => self.checkout_facts(&session, None, started_at).await,
            Purchase::InvoiceToCome | Purchase::Nothing => Ok(Vec::new()),
        }
    }

    async fn checkout_facts(
        &self,
        session: &Field<'_>,
        payment: Option<&Payment>,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let id = session.required("id")?.id()?;
        let path = ["checkout", "sessions", id.as_str(), "line_items"];
        let lines = self.all(&path, &[], checkout::line).await?;
        let mut state = checkout::order(session, payment, lines)?;
        let mut money_back = MoneyBack::default();
        if let Some(payment) = payment {
            let paid_by = PaidBy::intent(payment.id.clone());
            self.collect_money_back(&paid_by, &mut money_back).await?;
        }
        state.complete_refunds = Some(money_back.refund_ids());
        let order = payment.map_or(id, |payment| payment.id.clone());
        Ok(facts(&order, state, None, money_back, started_at))
    }

    /// Fetches an invoice with its payments, and with one more that it is known to have been made of.
    async fn fetch_invoice(
        &self,
        id: &ExternalId,
        paid_by: Option<PaidBy>,
        started_at: Timestamp,
    ) -> Result<Vec<OrderFact>, ApiError> {
        let Some(answer) = self.find(&["invoices", id.as_str()], &[]).await? else {
            return Ok(Vec::new());
        };
        let mut invoice = invoice::invoice(&answer.json.root())?;
        if invoice.has_more_lines {
            let path = ["invoices", id.as_str(), "lines"];
            let lines = self.all(&path, &[], invoice::line).await?;
            invoice.state.lines = lines.into_iter().flatten().collect();
        }
        let query = [("invoice", id.as_str()), ("status", "paid")];
        let payments = self
            .all(&["invoice_payments"], &query, invoice_payment)
            .await?;
        let listed_minor = payments.iter().fold(0_i64, |sum, payment| {
            sum.saturating_add(payment.amount_minor)
        });
        let mut all: BTreeSet<_> = payments
            .into_iter()
            .filter_map(|payment| payment.by)
            .collect();
        // A payment that the list does not have may have refunds that we cannot see.
        let is_complete = listed_minor >= invoice.state.captured_minor;
        all.extend(paid_by);
        let mut money_back = MoneyBack::default();
        for paid_by in &all {
            self.collect_money_back(paid_by, &mut money_back).await?;
        }
        invoice.state.complete_refunds = is_complete.then(|| money_back.refund_ids());
        let (state, changed_at) = (invoice.state, invoice.changed_at);
        Ok(facts(
            &invoice.id,
            state,
            changed_at,
            money_back,
            started_at,
        ))
    }

    async fn collect_money_back(
        &self,
        paid_by: &PaidBy,
        found: &mut MoneyBack,
    ) -> Result<(), ApiError> {
        let query = [(paid_by.parameter, paid_by.id.as_str())];
        let refunds = self.all(&["refunds"], &query, money_back::refund).await?;
        let disputes = self.all(&["disputes"], &query, money_back::dispute).await?;
        found.refunds.extend(refunds);
        found.disputes.extend(disputes);
        Ok(())
    }
}

impl MoneyBack {
    fn refund_ids(&self) -> BTreeSet<ExternalId> {
        self.refunds
            .iter()
            .map(|refund| refund.id.clone())
            .collect()
    }
}

fn invoice_payment(object: &Field<'_>) -> Result<InvoicePayment, ParseError> {
    let amount = object.optional("amount_paid")?;
    let payment = object.required("payment")?;
    let by = match text(&payment, "type")?.as_deref() {
        Some("payment_intent") => reference(&payment, "payment_intent")?.map(PaidBy::intent),
        Some("charge") => reference(&payment, "charge")?.map(|id| PaidBy {
            parameter: "charge",
            id,
        }),
        // Paid outside of Stripe, which then makes no refunds of it either.
        _ => None,
    };
    Ok(InvoicePayment {
        by,
        amount_minor: amount.map_or(Ok(0), |field| field.amount())?,
    })
}

/// Says all of it as of the moment when we began to ask, or of its own change when that is later by the store's clock.
fn facts(
    order: &ExternalId,
    state: OrderState,
    changed_at: Option<Timestamp>,
    money_back: MoneyBack,
    started_at: Timestamp,
) -> Vec<OrderFact> {
    let latest = started_at.plus_seconds(CLOCKS_DIFFER_SECONDS);
    let at = |changed_at: Option<Timestamp>| {
        changed_at.map_or(started_at, |changed_at| {
            changed_at.min(latest).max(started_at)
        })
    };
    let refunds = money_back.refunds.into_iter().map(|refund| {
        let versioned = Versioned::new(at(refund.created_at), refund.state);
        Saying::Refund(refund.id, versioned)
    });
    let disputes = money_back.disputes.into_iter().filter_map(|dispute| {
        let versioned = Versioned::new(at(dispute.created_at), dispute.state?);
        Some(Saying::Dispute(dispute.id, versioned))
    });
    std::iter::once(Saying::Order(Versioned::new(at(changed_at), state)))
        .chain(refunds)
        .chain(disputes)
        .map(|saying| OrderFact {
            order: order.clone(),
            saying,
        })
        .collect()
}
