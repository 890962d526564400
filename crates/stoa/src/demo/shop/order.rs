//! The shop's orders, and what a webhook says about one. Pure.

use domain::Timestamp;
use serde::{Deserialize, Serialize};

/// The shop's only currency.
const CURRENCY: &str = "EUR";

/// An order, paid in full when it was placed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) number: u64,
    /// As the buyer typed it.
    pub(super) email: String,
    pub(super) placed_at: Timestamp,
    /// Moves on with every change.
    pub(super) changed_at: Timestamp,
    pub(super) lines: Vec<Line>,
    pub(super) refunds: Vec<Refund>,
    /// What the buyer's bank was asked about; older files know of none.
    #[serde(default)]
    pub(super) disputes: Vec<Dispute>,
}

/// One piece of one ware.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) id: u32,
    pub(super) sku: String,
    pub(super) title: String,
    /// Its price in cents.
    pub(super) price: u32,
}

/// Money that went back.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct Refund {
    pub(super) id: u32,
    pub(super) lines: Vec<u32>,
    /// In cents.
    pub(super) amount: u32,
}

/// A buyer who asks her bank for the money back.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct Dispute {
    pub(super) id: u32,
    pub(super) state: DisputeState,
}

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum DisputeState {
    /// The bank has not decided.
    Open,
    /// The money stays with the shop.
    Won,
    /// The bank took it back.
    Lost,
}

/// What is to be given back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum RefundOf {
    /// Every line that was not given back yet.
    Rest,
    /// The line of this id.
    Line(u32),
}

/// Where an order stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Standing {
    /// Nothing was given back.
    Paid,
    /// Some lines were.
    PartlyRefunded,
    /// All were.
    Refunded,
    /// The buyer's bank decides.
    Disputed,
    /// The bank took the money back.
    Lost,
}

/// Why an order stays as it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(super) enum Unchanged {
    /// All of it was given back before.
    #[error("this has been refunded")]
    NothingToRefund,
    /// The bank decides, or has taken the money.
    #[error("the money is in the bank’s hands")]
    AtTheBank,
    /// The bank was asked nothing.
    #[error("there is no dispute to decide")]
    NotDisputed,
}

impl Order {
    /// Places an order that is paid now.
    pub(super) fn place(number: u64, email: String, lines: Vec<Line>, now: Timestamp) -> Self {
        Self {
            number,
            email,
            placed_at: now,
            changed_at: now,
            lines,
            refunds: Vec::new(),
            disputes: Vec::new(),
        }
    }

    /// Gives money back. The order's time of change moves on with each change, even when the clock does not.
    pub(super) fn refund(&mut self, what: RefundOf, now: Timestamp) -> Result<(), Unchanged> {
        if matches!(self.standing(), Standing::Disputed | Standing::Lost) {
            return Err(Unchanged::AtTheBank);
        }
        let open = self.lines.iter().filter(|line| !self.is_refunded(line.id));
        let lines: Vec<&Line> = open
            .filter(|line| match what {
                RefundOf::Rest => true,
                RefundOf::Line(id) => line.id == id,
            })
            .collect();
        if lines.is_empty() {
            return Err(Unchanged::NothingToRefund);
        }
        let refund = Refund {
            id: self.refunds.last().map_or(1, |last| last.id + 1),
            amount: lines.iter().map(|line| line.price).sum(),
            lines: lines.iter().map(|line| line.id).collect(),
        };
        self.refunds.push(refund);
        self.change(now);
        Ok(())
    }

    /// Opens a dispute, or decides the one that is open.
    pub(super) fn dispute(&mut self, state: DisputeState, now: Timestamp) -> Result<(), Unchanged> {
        let open = self.disputes.iter_mut();
        let mut open = open.filter(|dispute| dispute.state == DisputeState::Open);
        match (state, open.next()) {
            (DisputeState::Won | DisputeState::Lost, Some(dispute)) => dispute.state = state,
            (DisputeState::Won | DisputeState::Lost, None) => return Err(Unchanged::NotDisputed),
            (DisputeState::Open, Some(_)) => return Err(Unchanged::AtTheBank),
            (DisputeState::Open, None) => self.open_dispute()?,
        }
        self.change(now);
        Ok(())
    }

    fn open_dispute(&mut self) -> Result<(), Unchanged> {
        match self.standing() {
            Standing::Refunded => Err(Unchanged::NothingToRefund),
            Standing::Disputed | Standing::Lost => Err(Unchanged::AtTheBank),
            Standing::Paid | Standing::PartlyRefunded => {
                let id = self.disputes.last().map_or(1, |last| last.id + 1);
                let state = DisputeState::Open;
                self.disputes.push(Dispute { id, state });
                Ok(())
            }
        }
    }

    fn change(&mut self, now: Timestamp) {
        let after = Timestamp::from_microseconds(self.changed_at.as_microseconds() + 1);
        self.changed_at = now.max(after);
    }

    /// Tells whether a line was given back.
    pub(super) fn is_refunded(&self, line: u32) -> bool {
        self.refunds
            .iter()
            .any(|refund| refund.lines.contains(&line))
    }

    /// Returns where the order stands.
    pub(super) fn standing(&self) -> Standing {
        let is_any = |state| self.disputes.iter().any(|dispute| dispute.state == state);
        if is_any(DisputeState::Lost) {
            Standing::Lost
        } else if is_any(DisputeState::Open) {
            Standing::Disputed
        } else if self.refunds.is_empty() {
            Standing::Paid
        } else if self.lines.iter().all(|line| self.is_refunded(line.id)) {
            Standing::Refunded
        } else {
            Standing::PartlyRefunded
        }
    }

    /// Returns what was paid, in cents, before any refund.
    pub(super) fn total(&self) -> u32 {
        self.lines.iter().map(|line| line.price).sum()
    }

    /// Returns what went back, in cents.
    pub(super) fn given_back(&self) -> u32 {
        self.refunds.iter().map(|refund| refund.amount).sum()
    }

    /// Writes the webhook's body: the order as it is now, in the form of `docs/custom-store.md`, laid out for people. These
    /// very bytes are signed and sent.
    pub(super) fn event_body(&self) -> String {
        let event = Event {
            kind: "order.updated",
            timestamp: self.changed_at.to_string(),
            data: EventOrder {
                id: self.number.to_string(),
                // A dispute is told by its own state: the order was paid all the same.
                status: match self.standing() {
                    Standing::Paid
                    | Standing::PartlyRefunded
                    | Standing::Disputed
                    | Standing::Lost => "paid",
                    Standing::Refunded => "refunded",
                },
                paid_at: self.placed_at.to_string(),
                currency: CURRENCY,
                captured: self.total(),
                customer: EventCustomer { email: &self.email },
                lines: self.lines.iter().map(event_line).collect(),
                refunds: self.refunds.iter().map(event_refund).collect(),
                disputes: self.disputes.iter().map(event_dispute).collect(),
            },
        };
        // Plain structs of texts and numbers serialize without fail.
        serde_json::to_string_pretty(&event).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: String,
    data: EventOrder<'a>,
}

#[derive(Serialize)]
struct EventOrder<'a> {
    id: String,
    status: &'static str,
    paid_at: String,
    currency: &'static str,
    captured: u32,
    customer: EventCustomer<'a>,
    lines: Vec<EventLine<'a>>,
    refunds: Vec<EventRefund>,
    disputes: Vec<EventDispute>,
}

#[derive(Serialize)]
struct EventCustomer<'a> {
    email: &'a str,
}

#[derive(Serialize)]
struct EventLine<'a> {
    id: String,
    sku: &'a str,
    title: &'a str,
    quantity: u32,
}

#[derive(Serialize)]
struct EventRefund {
    id: String,
    status: &'static str,
    amount: u32,
    lines: Vec<RefundedLine>,
}

#[derive(Serialize)]
struct EventDispute {
    id: String,
    status: DisputeState,
}

#[derive(Serialize)]
struct RefundedLine {
    line_id: String,
    quantity: u32,
}

fn event_line(line: &Line) -> EventLine<'_> {
    EventLine {
        id: line.id.to_string(),
        sku: &line.sku,
        title: &line.title,
        quantity: 1,
    }
}

fn event_refund(refund: &Refund) -> EventRefund {
    let lines = refund.lines.iter().map(|line| RefundedLine {
        line_id: line.to_string(),
        quantity: 1,
    });
    EventRefund {
        id: format!("r{}", refund.id),
        status: "succeeded",
        amount: refund.amount,
        lines: lines.collect(),
    }
}

fn event_dispute(dispute: &Dispute) -> EventDispute {
    EventDispute {
        id: format!("d{}", dispute.id),
        status: dispute.state,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

    fn order() -> Order {
        let line = |id, sku: &str, price| Line {
            id,
            sku: sku.into(),
            title: sku.to_lowercase(),
            price,
        };
        let lines = vec![line(1, "BREAD", 5_900), line(2, "APRON", 3_400)];
        Order::place(1001, "Ada@Example.com".into(), lines, NOW)
    }

    #[test]
    fn a_line_is_given_back_once_and_then_the_rest() {
        let mut order = order();
        assert_eq!(order.standing(), Standing::Paid);
        order.refund(RefundOf::Line(2), NOW).unwrap();
        assert_eq!(order.standing(), Standing::PartlyRefunded);
        assert_eq!(
            order.refund(RefundOf::Line(2), NOW),
            Err(Unchanged::NothingToRefund)
        );
        assert_eq!(
            order.refund(RefundOf::Line(3), NOW),
            Err(Unchanged::NothingToRefund)
        );
        order.refund(RefundOf::Rest, NOW).unwrap();
        assert_eq!(order.standing(), Standing::Refunded);
        assert_eq!(
            order.refund(RefundOf::Rest, NOW),
            Err(Unchanged::NothingToRefund)
        );
        let amounts: Vec<u32> = order.refunds.iter().map(|refund| refund.amount).collect();
        assert_eq!(amounts, [3_400, 5_900]);
    }

    #[test]
    fn a_dispute_is_opened_and_decided_and_no_money_moves_meanwhile() {
        let mut order = order();
        let open = DisputeState::Open;
        assert_eq!(
            order.dispute(DisputeState::Won, NOW),
            Err(Unchanged::NotDisputed)
        );
        order.dispute(open, NOW).unwrap();
        assert_eq!(order.standing(), Standing::Disputed);
        assert_eq!(order.dispute(open, NOW), Err(Unchanged::AtTheBank));
        assert_eq!(order.refund(RefundOf::Rest, NOW), Err(Unchanged::AtTheBank));
        order.dispute(DisputeState::Won, NOW).unwrap();
        assert_eq!(order.standing(), Standing::Paid);
        order.refund(RefundOf::Line(2), NOW).unwrap();
        order.dispute(open, NOW).unwrap();
        order.dispute(DisputeState::Lost, NOW).unwrap();
        assert_eq!(order.standing(), Standing::Lost);
        assert_eq!(order.dispute(open, NOW), Err(Unchanged::AtTheBank));
        let states: Vec<_> = order.disputes.iter().map(|d| (d.id, d.state)).collect();
        assert_eq!(states, [(1, DisputeState::Won), (2, DisputeState::Lost)]);
        let body = order.event_body();
        assert!(body.contains(r#""status": "lost""#) && body.contains(r#""status": "paid""#));
    }

    #[test]
    fn each_change_is_later_than_the_one_before_even_when_the_clock_stands_or_goes_back() {
        let mut order = order();
        order.refund(RefundOf::Line(1), NOW).unwrap();
        let first = order.changed_at;
        assert!(first > order.placed_at);
        order.refund(RefundOf::Rest, NOW.plus_seconds(-60)).unwrap();
        assert!(order.changed_at > first);
        assert_eq!(order.placed_at, NOW);
    }
}
