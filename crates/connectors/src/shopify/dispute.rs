//! How a dispute stands, in Shopify's words: the REST names, which are the GraphQL names in lower case.

use domain::order::DisputeStatus;

/// Reads a dispute's type and status; `None` when they are none that Shopify documents.
pub(super) fn status(kind: &str, status: &str) -> Option<DisputeStatus> {
    let is_inquiry = match kind {
        "inquiry" => true,
        "chargeback" => false,
        _ => return None,
    };
    Some(match status {
        "won" => DisputeStatus::Won,
        // It never became a chargeback.
        "prevented" => DisputeStatus::Inquiry,
        // An inquiry takes no money by itself (RULES §2.6): what the shop gives back of its own will is a refund, and
        // what the bank takes makes it a chargeback.
        "needs_response" | "under_review" | "lost" | "accepted" | "charge_refunded"
            if is_inquiry =>
        {
            DisputeStatus::Inquiry
        }
        "needs_response" | "under_review" => DisputeStatus::Open,
        "lost" | "accepted" | "charge_refunded" => DisputeStatus::Lost,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chargebacks_hold_the_money_and_inquiries_do_not() {
        use DisputeStatus::{Inquiry, Lost, Open, Won};
        for (name, chargeback, inquiry) in [
            ("needs_response", Open, Inquiry),
            ("under_review", Open, Inquiry),
            ("won", Won, Won),
            ("lost", Lost, Inquiry),
            ("accepted", Lost, Inquiry),
            ("charge_refunded", Lost, Inquiry),
            ("prevented", Inquiry, Inquiry),
        ] {
            assert_eq!(status("chargeback", name), Some(chargeback), "{name}");
            assert_eq!(status("inquiry", name), Some(inquiry), "{name}");
        }
        assert_eq!(status("chargeback", "new_word"), None);
        assert_eq!(status("new_word", "lost"), None);
    }
}
