//! Events of which something is not as it should be.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{dispute, event, intent, invoice, read_bytes, refund, session};
use crate::properties::{damaged, tells_nothing};

fn events() -> impl Strategy<Value = Value> {
    let charge = json!({ "id": "ch_1", "payment_intent": "pi_1", "refunds": { "data": [refund("re_1", "succeeded", 500)] } });
    let events = [
        event("invoice.paid", 0, &invoice()),
        event("checkout.session.completed", 0, &session()),
        event("payment_intent.succeeded", 0, &intent()),
        event("charge.refunded", 0, &charge),
        event("refund.updated", 0, &refund("re_1", "succeeded", 500)),
        event("charge.dispute.created", 0, &dispute("needs_response")),
    ];
    prop::sample::select(events.to_vec()).prop_flat_map(damaged)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_damaged_event_is_read_alike_or_refused_in_words_that_hold_no_value(event in events()) {
        let body = event.to_string();
        let reading = read_bytes(body.as_bytes());
        prop_assert_eq!(&read_bytes(body.as_bytes()), &reading);
        if let Err(error) = reading {
            prop_assert!(tells_nothing(&error));
        }
    }
}
