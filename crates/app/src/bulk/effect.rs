//! What a line did: how the content stood for the customer before, and how it stands now.

use std::collections::BTreeSet;
use std::fmt;

use domain::Timestamp;
use domain::access::{Decision, Refusal, decide};

use crate::administration::act::Holding;
use crate::administration::acting::Done;

/// What a line did.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Effect {
    /// How the content stood before.
    pub before: Side,
    /// How it stands after.
    pub after: Side,
}

/// How a content stands for a customer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Side {
    /// She may open it.
    Open {
        /// Until when; `None` is for ever.
        until: Option<Timestamp>,
        /// By what.
        by: BTreeSet<Source>,
    },
    /// She may not.
    Closed(Closed),
}

/// Where access comes from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// An order pays for it.
    Order,
    /// An administrator granted it.
    ByHand,
}

/// Why a content is closed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Closed {
    /// It is a draft, or its time has not come.
    NotPublished,
    /// A block stands.
    Blocked,
    /// There never was a grant.
    NeverGranted,
    /// No grant holds now.
    NoLiveGrant,
}

impl Source {
    /// Returns its stable name, as the database writes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order_confirmation",
            Self::ByHand => "manual_assignment",
        }
    }
}

impl Closed {
    /// Returns its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotPublished => "not_published",
            Self::Blocked => "blocked",
            Self::NeverGranted => "never_granted",
            Self::NoLiveGrant => "no_live_grant",
        }
    }
}

impl Effect {
    /// Compares before and after.
    pub(super) fn of(done: &Done, now: Timestamp) -> Self {
        Self {
            before: side(&done.before, done.published_at, now),
            after: side(&done.after, done.published_at, now),
        }
    }

    /// Tells whether the customer notices it.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }
}

fn side(holding: &Holding, published_at: Option<Timestamp>, now: Timestamp) -> Side {
    match decide(&holding.standing(published_at), now) {
        Decision::Allowed { by, until } => {
            let held = by.into_iter().filter_map(|id| holding.grant(id));
            let source = held.map(|held| match held.line {
                Some(_) => Source::Order,
                None => Source::ByHand,
            });
            Side::Open {
                until,
                by: source.collect(),
            }
        }
        Decision::Refused(refusal) => Side::Closed(match refusal {
            Refusal::NotPublished => Closed::NotPublished,
            Refusal::Blocked { .. } => Closed::Blocked,
            Refusal::NeverGranted => Closed::NeverGranted,
            Refusal::NoLiveGrant { .. } => Closed::NoLiveGrant,
        }),
    }
}

/// Says it in words: "was closed: blocked; is open until 2027-01-01T00:00:00Z by hand".
impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_change() {
            write!(f, "was {}; is {}", self.before, self.after)
        } else {
            write!(f, "no change: is {}", self.after)
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open { until, by } => {
                match until {
                    Some(until) => write!(f, "open until {until}")?,
                    None => f.write_str("open for ever")?,
                }
                let both = by.len() > 1;
                f.write_str(match by.first() {
                    Some(Source::Order) if both => " by an order and by hand",
                    Some(Source::Order) => " by an order",
                    Some(Source::ByHand) => " by hand",
                    None => "",
                })
            }
            Self::Closed(why) => write!(f, "closed: {why}"),
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotPublished => "not published",
            Self::Blocked => "blocked",
            Self::NeverGranted => "never granted",
            Self::NoLiveGrant => "no grant holds",
        })
    }
}
