//! The decision in one sentence that whoever runs a shop understands.

use super::{Closed, Known, NamedLine, Source, SourcedGrant, telling_grant};
use crate::access::{Decision, GrantStanding, Refusal};
use crate::mending::{day, item_words, noun};
use crate::payment::EndReason;
use crate::time::Timestamp;

pub(super) fn sentence(known: &Known, decision: &Decision, now: Timestamp) -> String {
    match decision {
        Decision::Allowed { by, until } => {
            let live = |sourced: &&SourcedGrant| by.contains(&sourced.grant.id);
            let lasting = known
                .grants
                .iter()
                .filter(live)
                .find(|sourced| sourced.grant.expiry() == *until);
            let source = lasting.map(|sourced| whose(&sourced.source));
            open(*until, source.as_deref().unwrap_or("a grant"), by.len())
        }
        Decision::Refused(Refusal::NotPublished) => unpublished(known),
        Decision::Refused(Refusal::Blocked { by }) => blocked(known, by.len()),
        Decision::Refused(Refusal::NeverGranted) => {
            nearly_open(known).unwrap_or_else(|| never_granted(known))
        }
        Decision::Refused(Refusal::NoLiveGrant { grants }) => {
            nearly_open(known).unwrap_or_else(|| none_is_live(known, grants.len(), now))
        }
    }
}

fn open(until: Option<Timestamp>, source: &str, count: usize) -> String {
    let until = match until {
        Some(at) => format!("Open until {}", day(at)),
        None => "Open without end".to_owned(),
    };
    let others = match count {
        0 | 1 => String::new(),
        2 => " and by one more grant".to_owned(),
        more => format!(" and by {} more grants", more - 1),
    };
    format!("{until}, by {source}{others}.")
}

fn unpublished(known: &Known) -> String {
    let content = noun(known.content);
    match known.published_at {
        None => format!("Closed: the {content} is a draft, which opens for nobody."),
        Some(at) => format!("Closed: the {content} is published on {}.", day(at)),
    }
}

fn blocked(known: &Known, count: usize) -> String {
    let mut standing = known.blocks.iter().filter(|block| block.lifted.is_none());
    let Some(block) = standing.next() else {
        return "Closed: an administrator's block stands.".to_owned();
    };
    let reason = match &block.reason {
        Some(reason) => format!(" (“{reason}”)"),
        None => String::new(),
    };
    let others = if count > 1 {
        ", and it is not the only one"
    } else {
        ""
    };
    format!(
        "Closed: the block of {}{reason} stands{others}.",
        day(block.at)
    )
}

/// Says that it opens on another way or in a moment, which matters more than what ended before.
fn nearly_open(known: &Known) -> Option<String> {
    let nearly = known.lines.iter().filter_map(|closed| {
        let order = &closed.line.order;
        let (number, store) = (&order.external, &order.store);
        match &closed.why {
            Closed::Recomputing { failed: None } => Some((
                0,
                format!(
                    "Closed: order {number} pays for it, and it is about to open: that is being worked out."
                ),
            )),
            Closed::Recomputing { failed: Some(_) } => Some((
                1,
                format!(
                    "Closed: order {number} pays for it, but the job that was to open it has failed."
                ),
            )),
            Closed::OpensFromStore => Some((
                2,
                format!(
                    "Closed unless she comes from the store {store}, signed in as the customer of order {number}."
                ),
            )),
            Closed::Unmapped(_)
            | Closed::Ignored
            | Closed::NotIn(_)
            | Closed::NotPaying { .. }
            | Closed::NoPaymentTime
            | Closed::OtherOwner => None,
        }
    });
    let (_, words) = nearly.min_by_key(|(rank, _)| *rank)?;
    Some(words)
}

/// Says the likeliest of what keeps a customer out who paid.
fn never_granted(known: &Known) -> String {
    let likeliest = known.lines.iter().filter_map(|closed| {
        let number = &closed.line.order.external;
        let (rank, words) = match &closed.why {
            Closed::Unmapped(item) => (
                0,
                format!(
                    "order {number} is paid, but its item {} stands for no product yet",
                    item_words(item)
                ),
            ),
            Closed::NoPaymentTime => (
                1,
                format!("order {number} is paid, but the store does not say when"),
            ),
            Closed::OtherOwner => (
                2,
                format!("order {number} names an address that this customer has not proven"),
            ),
            Closed::NotPaying {
                reason,
                is_test,
                is_in: true,
            } => (
                3,
                format!("order {number} {}", not_paying(*reason, *is_test)),
            ),
            Closed::NotPaying { .. }
            | Closed::Ignored
            | Closed::NotIn(_)
            | Closed::OpensFromStore
            | Closed::Recomputing { .. } => return None,
        };
        Some((rank, words))
    });
    if let Some((_, words)) = likeliest.min_by_key(|(rank, _)| *rank) {
        return format!("Closed: {words}.");
    }
    if let Some(delivery) = known.failed.first() {
        return format!(
            "Closed: nothing grants it, but a delivery of the store {} of {} could not be worked off.",
            delivery.store,
            day(delivery.received_at)
        );
    }
    "Closed: nothing has ever granted it.".to_owned()
}

const fn not_paying(reason: EndReason, is_test: bool) -> &'static str {
    if is_test {
        return "is a test order, and the store's test orders do not count";
    }
    match reason {
        EndReason::Refunded => "was refunded",
        EndReason::Cancelled => "was cancelled",
        EndReason::Disputed => "is disputed",
        EndReason::OrderDeleted => "was deleted by the store",
        EndReason::LineRemoved => "does not contain it any more",
        EndReason::Unpaid
        | EndReason::Unmapped
        | EndReason::ContentRemoved
        | EndReason::OwnerChanged
        | EndReason::Blocked
        | EndReason::ByAdministrator => "is not paid",
    }
}

fn none_is_live(known: &Known, count: usize, now: Timestamp) -> String {
    let Some((sourced, standing)) = telling_grant(known, now) else {
        return never_granted(known);
    };
    let what = ended(known, sourced, standing);
    let others = match count {
        0 | 1 => "nothing else grants it".to_owned(),
        2 => "the one other grant does not hold either".to_owned(),
        more => format!("the {} other grants do not hold either", more - 1),
    };
    format!("Closed: {what}; {others}.")
}

fn ended(known: &Known, sourced: &SourcedGrant, standing: GrantStanding) -> String {
    let line = match &sourced.source {
        Source::Line(line) => line,
        Source::ByHand { .. } => return ended_by_hand(standing),
    };
    let number = &line.order.external;
    match standing {
        GrantStanding::Live { .. } => format!("order {number} grants it"),
        GrantStanding::Future { at } => {
            format!("what order {number} grants begins on {}", day(at))
        }
        GrantStanding::Expired { at } => {
            format!("the time that order {number} paid for ended on {}", day(at))
        }
        GrantStanding::Revoked { at, reason } => revoked(known, line, reason, &day(at)),
    }
}

fn revoked(known: &Known, line: &NamedLine, reason: EndReason, day: &str) -> String {
    let number = &line.order.external;
    match reason {
        EndReason::Refunded => format!("order {number} was refunded on {day}"),
        EndReason::Cancelled => format!("order {number} was cancelled on {day}"),
        EndReason::Disputed => format!("order {number} has been disputed since {day}"),
        EndReason::OrderDeleted => format!("the store deleted order {number} on {day}"),
        EndReason::LineRemoved => format!("it was taken out of order {number} on {day}"),
        EndReason::Unpaid => format!("order {number} has not counted as paid since {day}"),
        EndReason::Unmapped => {
            format!("what order {number} bought has stood for no product since {day}")
        }
        EndReason::ContentRemoved => format!(
            "the {} was taken out of what order {number} bought on {day}",
            noun(known.content)
        ),
        EndReason::OwnerChanged => {
            format!("order {number} has belonged to somebody else since {day}")
        }
        EndReason::Blocked => format!("an administrator closed it on {day}"),
        EndReason::ByAdministrator => format!("an administrator ended it by hand on {day}"),
    }
}

fn ended_by_hand(standing: GrantStanding) -> String {
    match standing {
        GrantStanding::Live { .. } => "it is granted by hand".to_owned(),
        GrantStanding::Future { at } => format!("the grant by hand begins on {}", day(at)),
        GrantStanding::Expired { at } => format!("the grant by hand ended on {}", day(at)),
        GrantStanding::Revoked { at, .. } => {
            format!("an administrator ended the grant by hand on {}", day(at))
        }
    }
}

/// Names a source within a sentence.
fn whose(source: &Source) -> String {
    match source {
        Source::Line(line) => match &line.title {
            Some(title) => format!("order {} ({title})", line.order.external),
            None => format!("order {}", line.order.external),
        },
        Source::ByHand { .. } => "a grant by hand".to_owned(),
    }
}
