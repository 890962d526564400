//! What others got wrong about access, each with the thread where it was told. Where another test says exactly that, it is
//! named here: guests who share the number 0 (sensei #1415) are `proofs::p5_…`; a revocation that the next delivery undoes
//! (sensei #2512, #910, #1508) is `administration::example_10_…`; ten deliveries at once are `orders::example_2_…`; a
//! refund before its order is `orders::example_3_…`; forged bodies are `inbox::a_forged_webhook_…`.

use std::sync::Arc;

use app::administration::{Telling, Whom};
use app::webhooks::WebhookError;
use connectors::{Refused, StoreKind, StoreSecret, custom};
use domain::order::StoreItem;
use domain::payment::StorePolicy;
use domain::{ContentId, StoreId};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};
use storage::inbox;
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";

/// The order as it is now, with other fields than those of a paid one.
fn changed(shop: &TestShop, number: &str, skus: &[&str], fields: &Value) -> Value {
    let mut order = shop.paid_order(number, ADA, skus);
    let data = order["data"].as_object_mut().unwrap();
    data.extend(fields.as_object().unwrap().clone());
    order
}

fn refund(id: &str, amount: i64, lines: &[(&str, u32)]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(line, quantity)| json!({ "line_id": line, "quantity": quantity }))
        .collect();
    json!({ "id": id, "status": "succeeded", "amount": amount, "lines": lines })
}

/// All orders in which these can be told.
fn interleavings<T: Clone>(of: &[T]) -> Vec<Vec<T>> {
    let mut found = vec![Vec::new()];
    for one in of {
        let longer = found.iter().flat_map(|order: &Vec<T>| {
            (0..=order.len()).map(move |place| {
                let mut longer = order.clone();
                longer.insert(place, one.clone());
                longer
            })
        });
        found = longer.collect();
    }
    found
}

/// What a downloads page lists for her.
async fn downloads(shop: &TestShop, email: &str) -> usize {
    let customer = customer(shop, email).await;
    shop.app.list_downloads(customer).await.unwrap().len()
}

/// How many grants there are of the course, of all who ever had one.
async fn grants_of(shop: &TestShop, course: &TestCourse, emails: &[String]) -> usize {
    let mut count = 0;
    for email in emails {
        count += reasons(shop, email, course.course).await.len();
    }
    count
}

both_engines! {
    // P1: themeum/tutor #2346, Automattic/sensei #2129 and #1823, gocodebox/lifterlms #1861.
    async fn cancelling_or_refunding_one_order_took_the_course_that_another_had_paid_for(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let number = |order: &str, way: usize| format!("{order}-{way}");
        let mut ways = 0;
        for end in ["cancelled", "refunded"] {
            for way in interleavings(&["A paid", "A ends", "B pending", "B paid"]) {
                ways += 1;
                let email = format!("ada+{ways}@example.com");
                let told = |order: &str, status: &str, second: i64| {
                    let mut told = shop.paid_order(&number(order, ways), &email, &["WATER"]);
                    let at = app::clock::Clock::now(&shop.clock).plus_seconds(second);
                    told["timestamp"] = json!(at.to_string());
                    told["data"]["status"] = json!(status);
                    told
                };
                for fact in way {
                    shop.tell(&match fact {
                        "A paid" => told("A", "paid", -30),
                        "A ends" => told("A", end, -10),
                        "B pending" => told("B", "pending", -40),
                        _ => told("B", "paid", -20),
                    }).await;
                }
                assert!(sees(&shop, &email, course.course).await, "way {ways}");
            }
        }
        assert_eq!(ways, 48);
    }

    // P1, and the first of the peers' list of tests: an unpaid duplicate that is given up, and a refund that is reversed.
    async fn a_refund_that_was_taken_back_left_the_customer_locked_out(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for number in ["A", "B"] {
            shop.tell(&shop.paid_order(number, ADA, &["WATER"])).await;
        }
        for (number, refunds, is_open) in [
            ("A", json!([refund("r", 10_000, &[("1", 1)])]), true),
            ("B", json!([refund("r", 10_000, &[("1", 1)])]), false),
            ("B", json!([]), true),
        ] {
            shop.clock.pass_seconds(10);
            let refunds = json!({ "refunds": refunds });
            shop.tell(&changed(&shop, number, &["WATER"], &refunds)).await;
            assert_eq!(sees(&shop, ADA, course.course).await, is_open);
        }
        assert_eq!(reasons(&shop, ADA, course.course).await, [Some("refunded"), None]);
    }

    // P2: Automattic/sensei #3204 and #3203, dualcube/moowoodle #166, woocommerce #67008.
    async fn a_partial_refund_ended_everything_or_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let skus = ["OIL", "WATER", "INK", "BOOK"];
        let mut courses = Vec::new();
        for sku in skus {
            courses.push(shop.sell_course(sku, 1).await.course);
        }
        // Line 3 was bought three times. Refunds, and which lines still open.
        let cases = [
            (json!([]), [true, true, true, true]),
            (json!([refund("r", 1_000, &[("4", 1)])]), [true, true, true, false]),
            (json!([refund("r", 1_000, &[("3", 1)])]), [true, true, true, true]),
            (json!([refund("r", 1_000, &[("3", 2)])]), [true, true, true, true]),
            (json!([refund("r", 1_000, &[("3", 2)]), refund("s", 500, &[("3", 1)])]), [true, true, false, true]),
            (json!([refund("r", 1_000, &[("1", 1), ("4", 1)])]), [false, true, true, false]),
            (json!([refund("r", 100, &[])]), [true, true, true, true]),
            (json!([refund("r", 10_000, &[])]), [false, false, false, false]),
        ];
        for (case, (refunds, open)) in cases.into_iter().enumerate() {
            shop.clock.pass_seconds(10);
            let mut order = changed(&shop, "1", &skus, &json!({ "refunds": refunds }));
            order["data"]["lines"][2]["quantity"] = json!(3);
            shop.tell(&order).await;
            for (course, is_open) in courses.iter().zip(open) {
                assert_eq!(sees(&shop, ADA, *course).await, is_open, "case {case}, {course}");
            }
        }
    }

    // gocodebox/lifterlms: a refund of any amount marked the whole transaction refunded.
    async fn a_dollar_given_back_for_goodwill_took_the_course_away(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        for (id, shipping) in [("goodwill", false), ("postage", true)] {
            shop.clock.pass_seconds(10);
            let back = json!({ "id": id, "status": "succeeded", "amount": 100, "shipping": shipping });
            shop.tell(&changed(&shop, "1", &["WATER"], &json!({ "refunds": [back] }))).await;
            assert!(sees(&shop, ADA, course.course).await, "{id}");
        }
    }

    // P3: Automattic/sensei #1352, #1808 and #2202, themeum/tutor #52 and PR #1517.
    async fn of_many_orders_at_once_some_paid_and_got_nothing(db: Db) {
        let shop = Arc::new(TestShop::open(db).await);
        let course = shop.sell_course("WATER", 1).await;
        let emails: Vec<String> = (0..120).map(|n| format!("buyer-{n}@example.com")).collect();
        let mut tasks = Vec::new();
        for (number, email) in emails.iter().enumerate() {
            // Each order is told as placed and as paid, by senders that do not wait for each other.
            for status in ["pending", "paid"] {
                let shop = shop.clone();
                let mut order = shop.paid_order(&number.to_string(), email, &["WATER"]);
                order["data"]["status"] = json!(status);
                tasks.push(tokio::spawn(async move { shop.deliver(&order).await }));
            }
        }
        for _ in 0..4 {
            let shop = shop.clone();
            tasks.push(tokio::spawn(async move { shop.app.work_until_idle().await.unwrap() }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        shop.app.work_until_idle().await.unwrap();
        for email in &emails {
            assert!(sees(&shop, email, course.course).await, "{email}");
        }
        assert_eq!(grants_of(&shop, &course, &emails).await, emails.len());
    }

    // P4: Automattic/sensei #2512, #910 and #1508: not the same order alone brought access back.
    async fn whatever_happened_next_undid_what_an_administrator_had_revoked(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = Whom::Email(ADA.parse().unwrap());
        shop.app.revoke_access(&BY, ada.clone(), content, None, Telling::Nobody).await.unwrap();
        // The same state again, a later one, another order, another item for it, and the product recomputed.
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(10);
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.tell(&shop.paid_order("2", ADA, &["WATER", "AGAIN"])).await;
        shop.map("AGAIN", course.product).await;
        shop.clock.pass_days(100);
        shop.tell(&shop.paid_order("3", ADA, &["WATER"])).await;
        assert!(!sees(&shop, ADA, course.course).await);
        let all = reasons(&shop, ADA, course.course).await;
        assert_eq!(all, [Some("blocked"); 4]);
        shop.app.lift_block(&BY, ada, content).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, course.course).await, [None; 4]);
    }

    // P6: woocommerce #10839, #29782 and #31679.
    async fn regenerating_permissions_doubled_them(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let order = shop.paid_order("1", ADA, &["WATER"]);
        for _ in 0..100 {
            shop.tell(&order).await;
            shop.map("WATER", course.product).await;
        }
        assert_eq!(reasons(&shop, ADA, course.course).await, [None]);
        assert_eq!(downloads(&shop, ADA).await, 1);
    }

    // P7: woocommerce #34225, #27254, #20412, #7111 and #40621.
    async fn a_mixed_cart_or_an_unusual_way_to_pay_left_contents_out(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let book = shop.sell_course("BOOK", 0).await;
        let carts: [&[&str]; 5] = [
            &["WATER", "BOOK"],
            &["BOOK", "T-SHIRT", "WATER"],
            &["T-SHIRT", "WATER", "BOOK", "WATER"],
            &["WATER", "BOOK", "T-SHIRT", "MUG"],
            &["BOOK", "WATER", "BOOK"],
        ];
        for (number, cart) in carts.into_iter().enumerate() {
            let email = format!("ada+{number}@example.com");
            let mut order = shop.paid_order(&number.to_string(), &email, cart);
            // A coupon of 100 % leaves nothing to pay.
            order["data"]["captured"] = json!(if number % 2 == 0 { 10_000 } else { 0 });
            // The store first says for a while that the payment is on its way.
            for status in ["pending", "authorised", "on_hold", "paid"] {
                let is_paid = status == "paid";
                order["timestamp"] = json!(shop.now());
                order["data"]["status"] = json!(status);
                shop.tell(&order).await;
                for course in [&water, &book] {
                    assert_eq!(sees(&shop, &email, course.course).await, is_paid, "{cart:?} {status}");
                }
                assert_eq!(downloads(&shop, &email).await, if is_paid { 2 } else { 0 });
                shop.clock.pass_seconds(10);
            }
        }
    }

    // P8: woocommerce #28329, #26851, #59381, #15620, #18009, #28860 and #28628.
    async fn a_webhook_that_was_lost_or_sent_many_times_left_the_wrong_access(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let mut states = Vec::new();
        for (status, refunds) in [("pending", json!([])), ("paid", json!([])), ("paid", json!([refund("r", 1, &[("1", 1)])]))] {
            shop.clock.pass_seconds(10);
            let fields = json!({ "status": status, "refunds": refunds });
            states.push(changed(&shop, "1", &["WATER"], &fields));
        }
        // Which of them arrive, and how often; the last that did says how it is.
        for (way, (times, is_open)) in [([0, 1, 0], true), ([3, 2, 0], true), ([0, 0, 1], false), ([2, 0, 3], false), ([1, 3, 3], false)].into_iter().enumerate() {
            let email = format!("ada+{way}@example.com");
            for (state, times) in states.iter().zip(times) {
                let mut state = state.clone();
                state["data"]["id"] = json!(way);
                state["data"]["customer"]["email"] = json!(email);
                for _ in 0..times {
                    shop.tell(&state).await;
                }
            }
            assert_eq!(sees(&shop, &email, course.course).await, is_open, "way {way}");
            assert!(reasons(&shop, &email, course.course).await.len() <= 1);
        }
    }

    // P9: openlinker #2164, breeze #4095, Vexa #520.
    async fn a_delivery_whose_worker_died_kept_every_later_one_away(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let order = shop.paid_order("1", ADA, &["WATER"]);
        shop.deliver(&order).await;
        // A worker takes it and is never heard of again.
        let now = app::clock::Clock::now(&shop.clock);
        let mut tx = shop.app.db().begin().await.unwrap();
        let taken = inbox::claim(&mut tx, now, now.plus_seconds(120)).await.unwrap();
        tx.commit().await.unwrap();
        assert!(taken.is_some());
        shop.app.work_until_idle().await.unwrap();
        assert!(!sees(&shop, ADA, course.course).await);
        // The same bytes again are not taken for a duplicate of what nobody works on.
        shop.tell(&order).await;
        assert!(sees(&shop, ADA, course.course).await);
        // And what was taken comes back when its worker's time is over.
        shop.clock.pass_seconds(121);
        shop.app.work_until_idle().await.unwrap();
        let mut reader = shop.app.db().reader().await.unwrap();
        assert_eq!(inbox::count(&mut reader, "done").await.unwrap(), 2);
        drop(reader);
        assert_eq!(reasons(&shop, ADA, course.course).await, [None]);
    }

    // P11: CVE-2026-0656, CVE-2025-14078, CVE-2026-9189.
    async fn an_authentic_message_about_something_else_opened_a_course(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let (other, secret) = second_store(&shop).await;
        // A dear course is named in every text that the buyer can write, and something else was bought.
        let mut cheap = shop.paid_order("1", ADA, &["STICKER"]);
        cheap["data"]["lines"][0]["title"] = json!("WATER");
        cheap["data"]["lines"][0]["product_id"] = json!(course.product.to_string());
        cheap["data"]["note"] = json!(course.course.to_string());
        shop.tell(&cheap).await;
        // Some of the money is no payment.
        shop.tell(&changed(&shop, "2", &["WATER"], &json!({ "status": "partially_paid", "captured": 1 }))).await;
        // Nothing was bought of it.
        let mut none = shop.paid_order("3", ADA, &["WATER"]);
        none["data"]["lines"][0]["quantity"] = json!(0);
        shop.tell(&none).await;
        // Another store sells something else under the same name.
        send(&shop, "other", &secret, &shop.paid_order("4", ADA, &["WATER"])).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(!sees(&shop, ADA, course.course).await);
        assert_eq!(reasons(&shop, ADA, course.course).await, []);
        // One store's key signs nothing for another.
        let forged = send(&shop, "shop", &secret, &shop.paid_order("5", ADA, &["WATER"])).await;
        assert!(matches!(forged, Err(WebhookError::Refused(Refused::BadSignature))));
        // What was said about the other store's order 1 says nothing about this one's.
        shop.tell(&shop.paid_order("6", ADA, &["WATER"])).await;
        shop.clock.pass_seconds(10);
        let cancelled = changed(&shop, "6", &["WATER"], &json!({ "status": "cancelled" }));
        send(&shop, "other", &secret, &cancelled).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, course.course).await);
        // Only its own mapping makes the other store's item a course.
        let item = StoreItem { sku: "WATER".parse().ok(), ..StoreItem::default() };
        shop.app.map_item(&BY, other, &item, course.product).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, course.course).await, [None, None]);
    }

    // Tutor LMS: of two guests in one second, one got in.
    async fn two_guests_who_bought_in_the_same_second_shared_one_place(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        for (number, email) in [("1", ADA), ("2", "grace@example.com")] {
            shop.deliver(&shop.paid_order(number, email, &["WATER"])).await;
        }
        shop.app.work_until_idle().await.unwrap();
        for email in [ADA, "grace@example.com"] {
            assert!(sees(&shop, email, course.course).await, "{email}");
        }
    }

    // woocommerce #16081.
    async fn what_was_added_later_never_reached_those_who_had_bought(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let all = shop.app.create_product(&BY, "Everything", None).await.unwrap();
        shop.map("ALL", all).await;
        shop.app.add_to_bundle(&BY, all, water.product).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        let buyers: Vec<String> = (0..20).map(|n| format!("buyer-{n}@example.com")).collect();
        for (number, email) in buyers.iter().enumerate() {
            let sku = if number % 2 == 0 { "WATER" } else { "ALL" };
            shop.tell(&shop.paid_order(&number.to_string(), email, &[sku])).await;
        }
        shop.clock.pass_days(30);
        let ink = shop.sell_course("INK", 1).await;
        shop.app.add_to_bundle(&BY, water.product, ink.product).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        for email in &buyers {
            assert!(sees(&shop, email, ink.course).await, "{email}");
            assert_eq!(downloads(&shop, email).await, 2, "{email}");
        }
    }

    // medusajs: the download route looked at the first digital order only.
    async fn of_two_orders_only_the_first_ones_files_could_be_downloaded(db: Db) {
        let shop = TestShop::open(db).await;
        let mut files = Vec::new();
        for (number, sku) in [("1", "WATER"), ("2", "INK"), ("3", "OIL")] {
            files.push(shop.sell_course(sku, 1).await.file);
            shop.tell(&shop.paid_order(number, ADA, &[sku])).await;
        }
        let ada = customer(&shop, ADA).await;
        for file in files {
            assert!(shop.app.link_download(ada, file).await.is_ok(), "{file}");
        }
    }

    // Gumroad #6660 and #6737.
    async fn a_refunded_or_emptied_bundle_left_a_dead_card_in_the_library(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let all = shop.app.create_product(&BY, "Everything", None).await.unwrap();
        shop.map("ALL", all).await;
        shop.tell(&shop.paid_order("1", ADA, &["ALL"])).await;
        let ada = customer(&shop, ADA).await;
        assert!(shop.app.list_courses(ada).await.unwrap().is_empty(), "an empty bundle shows nothing");
        shop.app.add_to_bundle(&BY, all, water.product).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert!(sees(&shop, ADA, water.course).await);
        shop.clock.pass_seconds(10);
        shop.tell(&changed(&shop, "1", &["ALL"], &json!({ "status": "refunded" }))).await;
        assert!(shop.app.list_courses(ada).await.unwrap().is_empty());
        assert!(shop.app.list_downloads(ada).await.unwrap().is_empty());
    }
}

/// Connects a second store, named `other`, with a secret of its own.
async fn second_store(shop: &TestShop) -> (StoreId, StoreSecret) {
    let secret = custom::new_secret(&[4; 32]);
    let again = StoreSecret::new(secret.expose().to_owned());
    let (name, policy) = ("other".parse().unwrap(), StorePolicy::default());
    let id = shop
        .app
        .add_store(&BY, name, StoreKind::Custom, policy, &[again])
        .await
        .unwrap();
    (id, secret)
}

/// Sends a body, signed with this secret, to a store's address.
async fn send(
    shop: &TestShop,
    store: &str,
    secret: &StoreSecret,
    body: &Value,
) -> Result<(), WebhookError> {
    let body = serde_json::to_vec(body).unwrap();
    let now = app::clock::Clock::now(&shop.clock);
    let mut headers = HeaderMap::new();
    for (name, value) in custom::sign(secret, "msg_other", now, &body).unwrap() {
        let value = HeaderValue::from_str(&value).unwrap();
        headers.insert(HeaderName::from_static(name), value);
    }
    let store = store.parse().unwrap();
    let taken_in = shop.app.accept_webhook(&store, &headers, &body).await;
    taken_in.map(drop)
}
