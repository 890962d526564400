//! What a refund would take away, told from what really is; and that it then does.

use app::administration::{Telling, Whom};
use app::orders::{OrderError, RefundError, RefundPreview, WhichOrders};
use app::stores::StoreChange;
use domain::explain::Source;
use domain::payment::OnAmountRefund;
use domain::{ContentId, CustomerId, OrderId};
use serde_json::{Value, json};
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, sees};

const ADA: &str = "ada@example.com";

async fn order(shop: &TestShop, number: &str) -> OrderId {
    let which = WhichOrders::Named("shop".parse().unwrap(), number.parse().unwrap());
    let page = shop.app.list_orders(&which, None, 1).await.unwrap();
    page.items[0].id
}

async fn preview(
    shop: &TestShop,
    number: &str,
    lines: &[&str],
) -> Result<RefundPreview, RefundError> {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    let id = order(shop, number).await;
    shop.app.preview_refund(id, &lines).await
}

fn loses(preview: &RefundPreview) -> Vec<ContentId> {
    preview.loses.iter().map(|lost| lost.content).collect()
}

fn unaffected(preview: &RefundPreview) -> Option<&'static str> {
    preview.unaffected.map(domain::preview::Unaffected::name)
}

fn both(course: &TestCourse) -> Vec<ContentId> {
    vec![
        ContentId::Course(course.course),
        ContentId::File(course.file),
    ]
}

/// The order with a refund of these quantities of lines.
fn refund(shop: &TestShop, number: &str, skus: &[&str], lines: &[(&str, u32)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(line, quantity)| json!({ "line_id": line, "quantity": quantity }))
        .collect();
    let mut order = shop.paid_order(number, ADA, skus);
    order["data"]["refunds"] =
        json!([{ "id": "r", "status": "succeeded", "amount": 1_000, "lines": lines }]);
    order
}

both_engines! {
    async fn what_the_preview_says_is_what_the_refund_does(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, oils) = (shop.sell_course("WATER", 1).await, shop.sell_course("OILS", 1).await);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER", "OILS"])).await;
        let told = preview(&shop, "1001", &["2"]).await.unwrap();
        assert_eq!(loses(&told), both(&oils));
        assert_eq!(told.loses[0].title, "Course OILS");
        let kept: Vec<_> = told.keeps.iter().map(|kept| kept.content).collect();
        assert_eq!((kept, unaffected(&told)), (both(&water), None));
        let whole = preview(&shop, "1001", &[]).await.unwrap();
        assert_eq!(loses(&whole).len(), 4);
        assert!(sees(&shop, ADA, oils.course).await, "a preview changes nothing");
        shop.clock.pass_seconds(10);
        shop.tell(&refund(&shop, "1001", &["WATER", "OILS"], &[("2", 1)])).await;
        assert!(!sees(&shop, ADA, oils.course).await && sees(&shop, ADA, water.course).await);
        assert_eq!(unaffected(&preview(&shop, "1001", &["2"]).await.unwrap()), Some("already_refunded"));
    }

    async fn what_another_order_or_a_hand_grants_is_kept_by_that(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(water.course);
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        shop.tell(&shop.paid_order("1002", ADA, &["WATER"])).await;
        let told = preview(&shop, "1001", &[]).await.unwrap();
        assert_eq!((loses(&told), unaffected(&told)), (vec![], Some("kept_by_others")));
        let [(_, Source::Line(line))] = told.keeps[0].by.as_slice() else { panic!("by one order") };
        assert_eq!(line.order.external.as_str(), "1002");
        shop.clock.pass_seconds(10);
        let mut cancelled = shop.paid_order("1002", ADA, &["WATER"]);
        cancelled["data"]["status"] = json!("cancelled");
        shop.tell(&cancelled).await;
        let whom = Whom::Email(ADA.parse().unwrap());
        let until = app::clock::Clock::now(&shop.clock).plus_days(1);
        shop.app.grant_access(&BY, whom, content, Some(until), None, Telling::Nobody).await.unwrap();
        let told = preview(&shop, "1001", &[]).await.unwrap();
        assert_eq!(loses(&told), [ContentId::File(water.file)]);
        let kept = &told.keeps[0];
        assert_eq!((kept.content, kept.until, kept.until_now), (content, Some(until), None));
        assert!(matches!(kept.by.as_slice(), [(_, Source::ByHand { .. })]));
    }

    async fn a_line_that_came_back_already_takes_no_other_along_where_amounts_end_access(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.sell_course("OILS", 1).await;
        let change = StoreChange { on_amount_refund: Some(OnAmountRefund::Revoke), ..StoreChange::default() };
        shop.app.change_store(&BY, shop.store, change).await.unwrap();
        shop.tell(&refund(&shop, "1001", &["WATER", "OILS"], &[("2", 1)])).await;
        let told = preview(&shop, "1001", &["2"]).await.unwrap();
        assert_eq!((loses(&told), unaffected(&told)), (vec![], Some("already_refunded")));
        assert!(told.lines.values().all(|quantity| *quantity == 0));
        assert_eq!(loses(&preview(&shop, "1001", &["1", "2"]).await.unwrap()), both(&water));
    }

    async fn quantities_are_counted_with_what_came_back_before(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let mut three = shop.paid_order("1001", ADA, &["WATER"]);
        three["data"]["lines"][0]["quantity"] = json!(3);
        shop.tell(&three).await;
        assert_eq!(unaffected(&preview(&shop, "1001", &["1*2"]).await.unwrap()), Some("quantity_left"));
        assert_eq!(loses(&preview(&shop, "1001", &["1*3"]).await.unwrap()), both(&water));
        shop.clock.pass_seconds(10);
        let mut refunded = refund(&shop, "1001", &["WATER"], &[("1", 1)]);
        refunded["data"]["lines"][0]["quantity"] = json!(3);
        shop.tell(&refunded).await;
        assert_eq!(loses(&preview(&shop, "1001", &["1*2"]).await.unwrap()), both(&water));
        assert_eq!(loses(&preview(&shop, "1001", &["1"]).await.unwrap()), both(&water));
        for many in ["1*3", "1*0", "1*x", "1*-1", "1*", "1*99999999999"] {
            let refused = preview(&shop, "1001", &[many]).await;
            assert!(matches!(refused, Err(RefundError::NotSoMany)), "{many}");
        }
    }

    async fn a_line_whose_id_has_a_star_is_that_line(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1001", ADA, &["WATER"]);
        order["data"]["lines"][0]["id"] = json!("1*2");
        shop.tell(&order).await;
        assert_eq!(loses(&preview(&shop, "1001", &["1*2"]).await.unwrap()), both(&water));
        assert_eq!(loses(&preview(&shop, "1001", &["1*2*1"]).await.unwrap()), both(&water));
    }

    async fn what_is_not_there_is_refused(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1001", ADA, &["WATER"])).await;
        assert!(matches!(preview(&shop, "1001", &["7"]).await, Err(RefundError::NoSuchLine)));
        assert!(matches!(preview(&shop, "1001", &["7*1"]).await, Err(RefundError::NoSuchLine)));
        assert!(matches!(preview(&shop, "1001", &["1", "1*1"]).await, Err(RefundError::LineTwice)));
        let nowhere = OrderId::from_parts(testkit::shop::OPENING, 999);
        let refused = shop.app.preview_refund(nowhere, &[]).await;
        assert!(matches!(refused, Err(RefundError::Order(OrderError::NoSuchOrder))));
        assert!(matches!(shop.app.show_order(nowhere).await, Err(OrderError::NoSuchOrder)));
        let which = WhichOrders::OfStore("elsewhere".parse().unwrap());
        assert!(matches!(shop.app.list_orders(&which, None, 1).await, Err(OrderError::NoSuchStore)));
        let which = WhichOrders::OfCustomer(CustomerId::from_parts(testkit::shop::OPENING, 999));
        assert!(matches!(shop.app.list_orders(&which, None, 1).await, Err(OrderError::NoSuchCustomer)));
    }

    async fn an_order_is_shown_with_what_each_line_pays_for(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&refund(&shop, "1001", &["WATER", "NEW"], &[("2", 1)])).await;
        let shown = shop.app.show_order(order(&shop, "1001").await).await.unwrap();
        assert_eq!((shown.head.status.as_str(), shown.grants.len()), ("paid", 2));
        let [first, second] = shown.lines.as_slice() else { panic!("two lines") };
        assert_eq!((first.product, first.unpaid, first.refunded), (Some(water.product), None, 0));
        let reason = second.unpaid.map(domain::payment::EndReason::name);
        assert_eq!((second.product, reason, second.refunded), (None, Some("refunded"), 1));
        assert_eq!(shown.refunds.len(), 1);
    }

    async fn orders_are_listed_in_pages_the_newest_first(db: Db) {
        let shop = TestShop::open(db).await;
        for number in ["1001", "1002", "1003"] {
            shop.clock.pass_seconds(1);
            shop.tell(&shop.paid_order(number, ADA, &["WATER"])).await;
        }
        shop.tell(&shop.paid_order("1004", "eve@example.com", &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        for (which, expected) in [
            (WhichOrders::OfCustomer(ada), vec!["1003", "1002", "1001"]),
            (WhichOrders::OfStore("shop".parse().unwrap()), vec!["1004", "1003", "1002", "1001"]),
        ] {
            let (mut found, mut next) = (Vec::new(), None);
            loop {
                let page = shop.app.list_orders(&which, next, 2).await.unwrap();
                found.extend(page.items.into_iter().map(|order| order.external.to_string()));
                next = page.next;
                if next.is_none() {
                    break;
                }
            }
            found[..2].sort_unstable_by(|a, b| b.cmp(a));
            assert_eq!(found, expected);
        }
    }
}
