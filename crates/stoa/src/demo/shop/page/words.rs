//! Words that several pages share.

use app::why::Why;
use domain::explain::Source;
use domain::payment::EndReason;

/// Joins titles as people do: "A, B and C".
pub(super) fn listed<T: AsRef<str>>(titles: &[T]) -> String {
    match titles {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [all @ .., last] => {
            let all: Vec<&str> = all.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", all.join(", "), last.as_ref())
        }
    }
}

/// Says why what an order gave has ended.
pub(super) const fn ended(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Refunded => "refunded",
        EndReason::Cancelled => "cancelled",
        EndReason::Disputed => "disputed",
        EndReason::OrderDeleted => "the order was deleted",
        EndReason::LineRemoved => "no longer in the order",
        EndReason::Unpaid => "not paid",
        EndReason::Unmapped => "nobody says what it stands for",
        EndReason::ContentRemoved => "taken out of what was bought",
        EndReason::OwnerChanged => "somebody else’s order now",
        EndReason::Blocked => "closed by the staff",
        EndReason::ByAdministrator => "ended by the staff",
    }
}

/// Says who did something, by the name that the audit log gives him.
pub(super) fn who(actor: &str) -> &'static str {
    match actor.get(..4) {
        Some("sto_") => "the shop’s webhook",
        Some("job_") => "a job of Stoa",
        Some("cus_") => "the customer",
        Some("tok_") => "the API",
        _ => "the shop’s staff",
    }
}

/// Names what a grant comes from.
pub(super) fn source(source: &Source) -> String {
    match source {
        Source::Line(line) => format!("order {}", line.order.external),
        Source::ByHand { .. } => "a grant by hand".to_owned(),
    }
}

/// Tells whether a block stands.
pub(super) fn is_blocked(why: &Why) -> bool {
    why.known.blocks.iter().any(|block| block.lifted.is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_reads_as_people_write_it() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!(listed(&["A"]), "A");
        assert_eq!(listed(&["A", "B", "C"]), "A, B and C");
    }
}
