//! What each recording tells: orders with `line×quantity-returned product/variant/SKU`, refunds with `[line×pieces]`, and
//! what to look up.

use domain::order::Saying;

use super::delivery::{Delivery, recordings, told};

/// The recordings that tell something; all others tell nothing.
const TOLD: [(&str, &[&str]); 21] = [
    (
        "02",
        &[
            "1073459972 Paid at 2025-07-02T16:31:05Z paid 2025-07-02T16:31:05Z e-mail customer 1073339470 USD 19900 refunds 0 [1071823184×1 921728736/447654529/IPOD2009BLACK]",
            "? order:1073459972",
        ],
    ),
    (
        "03",
        &[
            "1073459969 Paid at 2025-07-02T16:30:59Z paid 2025-07-02T16:30:59Z USD 19900 refunds 0 [1071823181×1 921728736/447654529/IPOD2009BLACK]",
            "? order:1073459969",
        ],
    ),
    (
        "04",
        &[
            "1073459976 Paid at 2025-07-02T16:31:26Z paid 2025-07-02T16:31:26Z EUR 23847 refunds 0 [1071823188×3 -/-/-]",
            "? order:1073459976",
        ],
    ),
    (
        "05",
        &[
            "1073459983 Pending at 2025-07-02T16:31:40Z e-mail customer 207119551 USD 0 refunds 0 [1071823195×1 921728736/447654529/IPOD2009BLACK]",
            "? order:1073459983",
        ],
    ),
    (
        "06",
        &[
            "450789469 Authorised at 2025-07-02T16:30:47Z e-mail customer 207119551 USD 0 refunds 1 [466157049×1-1 632910392/39072856/IPOD2008GREEN, 518995019×1 632910392/49148385/IPOD2008RED, 703073504×1-1 632910392/457924702/IPOD2008BLACK]",
            "450789469 refund 509562969 Succeeded at 2025-07-02T16:30:47Z 20900 [466157049×1, 703073504×1]",
            "? order:450789469",
        ],
    ),
    (
        "07",
        &[
            "1073459980 PartiallyPaid at 2025-07-02T16:31:36Z e-mail customer 1073339474 USD 5000 refunds 0 [1071823192×1 921728736/447654529/IPOD2009BLACK]",
            "? order:1073459980",
        ],
    ),
    (
        "08",
        &[
            "450789469 Paid at 2008-01-10T16:00:00Z paid 2008-01-10T16:00:00Z e-mail customer 207119551 USD 59894 refunds 1 [466157049×1-1 632910392/39072856/IPOD2008GREEN, 518995019×1 632910392/49148385/IPOD2008RED, 703073504×1-1 632910392/457924702/IPOD2008BLACK]",
            "450789469 refund 509562969 Succeeded at 2025-07-02T16:29:59Z 20900 [466157049×1, 703073504×1]",
            "? order:450789469",
        ],
    ),
    (
        "09",
        &[
            "450789469 Cancelled at 2025-07-02T16:31:21Z paid 2008-01-10T16:00:00Z e-mail customer 207119551 USD 59894 refunds 1 [466157049×1-1 632910392/39072856/IPOD2008GREEN, 518995019×1-1 632910392/49148385/IPOD2008RED, 703073504×1-1 632910392/457924702/IPOD2008BLACK]",
            "450789469 refund 929361465 Succeeded at 2025-07-02T16:31:21Z 1000 [466157049×1, 518995019×1, 703073504×1]",
            "? order:450789469",
        ],
    ),
    (
        "10",
        &[
            "450789469 Cancelled at 2025-07-02T16:31:11Z paid 2008-01-10T16:00:00Z e-mail customer 207119551 USD 59894 refunds 1 [466157049×1-1 632910392/39072856/IPOD2008GREEN, 518995019×1 632910392/49148385/IPOD2008RED, 703073504×1 632910392/457924702/IPOD2008BLACK]",
            "450789469 refund 929361464 Succeeded at 2025-07-02T16:31:11Z 11000 [466157049×1]",
            "? order:450789469",
        ],
    ),
    (
        "11",
        &[
            "450789469 Cancelled at 2025-07-02T16:31:25Z paid 2008-01-10T16:00:00Z e-mail customer 207119551 USD 59894 refunds 1 [466157049×1-1 632910392/39072856/IPOD2008GREEN, 518995019×1 632910392/49148385/IPOD2008RED, 703073504×1-1 632910392/457924702/IPOD2008BLACK]",
            "450789469 refund 509562969 Succeeded at 2025-07-02T16:31:25Z 20900 [466157049×1, 703073504×1]",
            "? order:450789469",
        ],
    ),
    (
        "12",
        &[
            "450789469 refund 509562969 Succeeded at 2025-07-02T16:38:15Z 20900 [466157049×1, 703073504×1]",
            "? order:450789469",
        ],
    ),
    (
        "13",
        &[
            "450789469 refund 929361472 Succeeded at 2025-07-02T16:38:34Z 4194 [518995019×1]",
            "? order:450789469",
        ],
    ),
    (
        "14",
        &[
            "450789469 refund 929361471 Succeeded shipping at 2025-07-02T16:38:32Z 500 []",
            "? order:450789469",
        ],
    ),
    (
        "15",
        &[
            "820982911946154500 refund 890088186047892319 Succeeded at 2022-01-01T00:00:00Z 8500 [315789986012684400×1, 487817672276298560×1, 789012345678901200×1, 890123456789012400×1, 976318377106520300×1]",
            "? order:820982911946154500",
        ],
    ),
    ("16", &["? order:820982911946154500"]),
    (
        "17",
        &["820982911946154500 Deleted test at 2026-11-22T07:58:25.772Z XXX 0 []"],
    ),
    (
        "18",
        &[
            "820982911946154500 dispute 285332461850802050 Open at 2026-11-22T07:58:25.775Z",
            "? order:820982911946154500",
        ],
    ),
    (
        "19",
        &[
            "820982911946154500 dispute 285332461850802050 Open at 2026-11-22T07:58:25.779Z",
            "? order:820982911946154500",
        ],
    ),
    ("20", &["export 191167 e-mail [299938, 280263, 220458]"]),
    ("21", &["erase 191167 e-mail [299938, 280263, 220458]"]),
    ("22", &["erase the store"]),
];

#[test]
fn every_recording_tells_what_it_should_and_nothing_else() {
    for (name, _) in recordings() {
        let number = &name[..2];
        let expected = TOLD.iter().find(|(known, _)| *known == number);
        let expected = expected.map_or(String::new(), |(_, told)| told.join("\n"));

        let reading = Delivery::recorded(number).parse().unwrap();

        assert_eq!(told(&reading), expected, "{name}");
    }
}

#[test]
fn a_webhook_reads_the_same_when_it_comes_back_from_the_inbox() {
    for (name, _) in recordings() {
        let delivery = Delivery::recorded(&name);
        let webhook = delivery.verify(&[super::delivery::secret()]).unwrap();
        let kept = connectors::VerifiedWebhook::from_inbox(
            webhook.body().to_vec(),
            webhook.topic().map(str::to_owned),
            webhook.event_id().map(str::to_owned),
            webhook.first_received_at(),
            webhook.headers().to_vec(),
        );
        let connector = connectors::connector(connectors::StoreKind::Shopify);
        assert_eq!(connector.parse(&kept), delivery.parse(), "{name}");
    }
}

#[test]
fn an_order_has_the_number_that_shopify_calls_its_name() {
    let mut named = 0;
    for (name, _) in recordings() {
        let delivery = Delivery::recorded(&name);
        for fact in delivery.parse().unwrap().facts {
            let Saying::Order(order) = fact.saying else {
                continue;
            };
            let number = order.state.number.map(|number| format!("#{number}"));
            assert_eq!(
                number.as_deref(),
                delivery.json()["name"].as_str(),
                "{name}"
            );
            named += usize::from(number.is_some());
        }
    }
    assert_eq!(named, 10);
}

#[test]
fn a_wish_about_data_is_read_by_its_own_topic_alone() {
    let of = |number: &str, topic: &str| {
        let mut delivery = Delivery::recorded(number);
        delivery.set("x-shopify-topic", topic);
        delivery.parse()
    };
    // A topic is not signed: nobody can make an erasure of a question by changing it.
    assert!(of("20", "customers/redact").is_err());
    assert!(of("20", "shop/redact").is_err());
    assert!(of("21", "shop/redact").is_err());
    assert!(of("21", "customers/data_request").is_err());
    assert!(of("22", "customers/redact").is_err());
    assert!(of("02", "shop/redact").is_err());
}
