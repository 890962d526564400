//! What each captured webhook says.

use std::fmt::Write as _;

use connectors::Reading;
use domain::order::Saying;

use super::shop::{all_captures, capture, learn, order_of, paying, state};

/// Writes a reading on one line: status, captured money, time of payment, lines, refunds, owner, what to look up.
fn summary(reading: &Reading) -> String {
    let mut text = String::new();
    for fact in &reading.facts {
        match &fact.saying {
            Saying::Order(order) => {
                let state = &order.state;
                write!(text, "{:?} {}", state.status, state.captured_minor).unwrap();
                if let Some(paid_at) = state.paid_at {
                    write!(text, " at {}", &paid_at.to_string()[14..]).unwrap();
                }
                for line in &state.lines {
                    let sku = line.item.sku.as_ref().unwrap();
                    write!(text, ", {}×{sku}", line.quantity).unwrap();
                    if line.returned_quantity > 0 {
                        write!(text, "-{}", line.returned_quantity).unwrap();
                    }
                }
                let account = if state.external_customer.is_some() {
                    "account"
                } else {
                    "guest"
                };
                let email = state.email.as_ref().unwrap().as_str();
                write!(text, ", {account} {}", email.split('@').next().unwrap()).unwrap();
            }
            Saying::Refund(_, refund) => {
                write!(text, ", back {}", refund.state.amount_minor).unwrap();
            }
            Saying::Dispute(..) => text.push_str(", disputed"),
        }
    }
    for subject in &reading.look_up {
        write!(text, "; {}", &subject.to_string()[..20]).unwrap();
    }
    text
}

#[test]
fn each_captured_webhook_says_how_its_order_stands() {
    let said: Vec<_> = all_captures()
        .iter()
        .map(|name| format!("{}: {}", &name[..4], summary(&capture(name).read())))
        .collect();
    assert_eq!(
        said,
        [
            "0114: Authorised 0, 2×COURSE-WC-1, guest guest.buyer+tag; order:order_01M812QW",
            // The capture changed neither updated_at nor version.
            "0115: Paid 9800 at 32:48.317Z, 2×COURSE-WC-1, guest guest.buyer+tag; order:order_01M812QW",
            "0116: Paid 9800 at 32:48.317Z, 2×COURSE-WC-1, guest guest.buyer+tag, back 1000; order:order_01M812QW",
            "0117: Paid 9800 at 32:48.317Z, 2×COURSE-WC-1, guest guest.buyer+tag, back 1000, back 8800; order:order_01M812QW",
            "0118: ",
            "0119: Authorised 0, 1×COURSE-OIL-PLUS, 1×COURSE-WC-1, account anna1795332775; order:order_01M812RF",
            "0120: PartiallyPaid 10000, 1×COURSE-OIL-PLUS, 1×COURSE-WC-1, account anna1795332775; order:order_01M812RF",
            "0122: Paid 17800 at 33:07.611Z, 1×COURSE-OIL-PLUS, 1×COURSE-WC-1, account anna1795332775; order:order_01M812RF",
            // The line for 79.00 that the edit added is not paid, so it is not told.
            "0123: Paid 17800 at 33:07.611Z, 1×COURSE-OIL-PLUS, 1×COURSE-WC-1, account anna1795332775; order:order_01M812RF",
            "0124: Paid 17800 at 33:07.611Z, 1×COURSE-OIL-PLUS, 1×COURSE-WC-1, account anna1795332775; order:order_01M812RF",
            // A line for 49.00 was taken out, and 30.00 of the 79.00 are still missing.
            "0125: Paid 17800 at 33:07.611Z, 1×COURSE-OIL-PLUS, account anna1795332775; order:order_01M812RF",
            "0126: Authorised 0, 1×COURSE-WC-1, guest c; order:order_01M812RZ",
            "0128: Authorised 0, 1×COURSE-WC-1, guest d; order:order_01M812S7",
            "0129: Paid 4900 at 33:28.542Z, 1×COURSE-WC-1, guest d; order:order_01M812S7",
            "0131: Paid 17800 at 33:07.611Z, 1×COURSE-OIL-PLUS, account anna1795332775; order:order_01M812RF",
            "0132: Paid 17800 at 33:07.611Z, 1×COURSE-OIL-PLUS, account anna1795332775; order:order_01M812RF",
            "0134: Paid 9800 at 32:48.317Z, 2×COURSE-WC-1, guest guest.buyer+tag, back 1000, back 8800; order:order_01M812QW",
            "0201: Authorised 0, 1×WC-1, guest guest; order:order_01M82V5C",
            "0202: Paid 4900 at 58:49.729Z, 1×WC-1, guest guest; order:order_01M82V5C",
            "0203: Cancelled 4900, 1×WC-1, guest guest, back 4900; order:order_01M82V5C",
        ]
    );
}

#[test]
fn a_line_names_product_variant_and_sku_and_says_which_variant_it_is() {
    let reading = capture("0119-medusa-order.placed").read();
    let line = &state(&reading).lines[0];
    assert_eq!(
        line.external_id.as_str(),
        "ordli_01M812RFM7PPWK0WKT1GZYF7C4"
    );
    assert_eq!(line.title, "Oil painting – Plus");
    let item = &line.item;
    let ids = [&item.product, &item.variant, &item.sku].map(|id| id.as_ref().unwrap().as_str());
    assert_eq!(
        ids,
        [
            "prod_01M812K6N4C57MM81CJERH1Y0S",
            "variant_01M812K6WR45ZAZ6K46GP0X17M",
            "COURSE-OIL-PLUS"
        ]
    );
}

#[test]
fn an_announced_edit_or_return_changes_nothing_yet() {
    let [paid, asked] = [
        "0122-medusa-order-edit.requested",
        "0132-medusa-order.return_requested",
    ];
    assert_eq!(
        paying(&learn(capture(paid).read().facts)),
        ["COURSE-OIL-PLUS", "COURSE-WC-1"]
    );
    assert_eq!(
        paying(&learn(capture(asked).read().facts)),
        ["COURSE-OIL-PLUS"]
    );
}

#[test]
fn an_order_has_the_number_that_medusa_displays() {
    let mut numbered = 0;
    for name in all_captures() {
        let reading = capture(&name).read();
        let Some(Saying::Order(order)) = reading.facts.first().map(|fact| &fact.saying) else {
            continue;
        };
        let displayed = order_of(&name)["display_id"].as_u64();
        let number = order.state.number.as_ref().map(ToString::to_string);
        assert_eq!(number, displayed.map(|id| id.to_string()), "{name}");
        numbered += usize::from(number.is_some());
    }
    // The last recordings are cut down to what is read of an order.
    assert_eq!(numbered, 16);
}
