//! Whose an order is, and what a session sees by what it has proven (RULES §6.1–§6.3).

use app::administration::{Telling, Whom};
use app::library::ShowError;
use app::people::ProveError;
use app::sessions::Browser;
use connectors::{StoreKind, StoreSecret, custom};
use domain::payment::StorePolicy;
use domain::viewer::{Proof, Viewer};
use domain::{ContentId, CourseId, CustomerId, EmailAddress, OrderId, StoreId};
use serde_json::{Value, json};
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

pub(crate) fn address(email: &str) -> Proof {
    Proof::Address(email.parse().unwrap())
}

pub(crate) fn store_customer(store: StoreId, id: &str) -> Proof {
    Proof::StoreCustomer {
        store,
        external_id: id.parse().unwrap(),
        verified_email: None,
    }
}

fn verified(store: StoreId, id: &str, email: &str) -> Proof {
    Proof::StoreCustomer {
        store,
        external_id: id.parse().unwrap(),
        verified_email: Some(email.parse().unwrap()),
    }
}

/// A paid order that names a customer of the store, and an address or none.
pub(crate) fn order_of(
    shop: &TestShop,
    number: &str,
    id: &str,
    email: Option<&str>,
    sku: &str,
) -> Value {
    let mut order = shop.paid_order(number, ADA, &[sku]);
    order["data"]["customer"] = json!({ "id": id, "email": email });
    order
}

async fn open(shop: &TestShop, proof: &Proof) -> Viewer {
    let session = shop
        .app
        .open_session(proof, Browser::default())
        .await
        .unwrap();
    let viewer = shop.app.find_session(&session.token).await.unwrap();
    viewer.unwrap().viewer
}

/// The courses that a viewer sees, whichever way she asks.
pub(crate) async fn seen_by(
    shop: &TestShop,
    viewer: &Viewer,
    courses: &[&TestCourse],
) -> Vec<CourseId> {
    let listed = shop.app.list_courses(viewer).await.unwrap();
    let downloads = shop.app.list_downloads(viewer).await.unwrap();
    let mut seen = Vec::new();
    for course in courses {
        let opens = shop.app.open_course(viewer, course.course).await;
        let plays = shop.app.open_video(viewer, course.videos[0]).await;
        let link = shop.app.link_download(viewer, course.file).await;
        let open = opens.is_ok();
        assert_eq!(plays.is_ok(), open);
        assert_eq!(link.is_ok(), open);
        assert_eq!(listed.iter().any(|c| c.id == course.course), open);
        assert_eq!(downloads.iter().any(|file| file.id == course.file), open);
        if let Ok(opened) = &opens {
            assert_eq!(opened.open_files, [0]);
            seen.push(course.course);
        }
    }
    seen
}

async fn owner(shop: &TestShop, number: &str) -> (OrderId, CustomerId) {
    let mut reader = shop.app.db().reader().await.unwrap();
    let number = number.parse().unwrap();
    let (order, _) = storage::orders::find(&mut reader, shop.store, &number)
        .await
        .unwrap();
    let order = order.unwrap();
    (order.id, order.owner)
}

async fn second_store(shop: &TestShop, policy: StorePolicy) -> StoreId {
    let secret: StoreSecret = custom::new_secret(&[8; 32]);
    let name = "second".parse().unwrap();
    shop.app
        .add_store(&BY, name, StoreKind::Custom, policy, &[secret])
        .await
        .unwrap()
}

both_engines! {
    async fn p5_two_guests_are_two_people_whatever_number_their_shop_gives_guests(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        for (number, id) in [("1", json!(null)), ("2", json!("0")), ("3", json!(0)), ("4", json!(""))] {
            let mut order = shop.paid_order(number, ADA, &["WATER"]);
            order["data"]["customer"] = json!({ "id": id, "email": null });
            shop.tell(&order).await;
        }
        let mut owners = Vec::new();
        for number in ["1", "2", "3", "4"] {
            let (_, owner) = owner(&shop, number).await;
            let found = shop.app.find_customer(owner).await.unwrap().unwrap();
            assert_eq!(found.email, None);
            assert!(!owners.contains(&owner), "order {number} shares its owner with another guest's");
            owners.push(owner);
        }
        for nobody in ["0", "00"] {
            let proof = store_customer(shop.store, nobody);
            assert!(matches!(shop.app.open_session(&proof, Browser::default()).await, Err(ProveError::Nobody)));
            let token = shop.sign_in(EVE).await;
            assert!(matches!(shop.app.prove(&token, &proof).await, Err(ProveError::Nobody)));
            let viewer = shop.app.find_session(&token).await.unwrap().unwrap().viewer;
            assert_eq!(seen_by(&shop, &viewer, &[&water]).await, []);
        }
    }

    async fn a_guest_order_told_twice_stays_with_its_one_unclaimed_customer(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        let mut order = shop.paid_order("1", ADA, &["WATER"]);
        order["data"]["customer"] = json!({ "id": null, "email": null });
        shop.tell(&order).await;
        let first = owner(&shop, "1").await;
        shop.clock.pass_seconds(10);
        order["timestamp"] = json!(shop.now());
        shop.tell(&order).await;
        assert_eq!(owner(&shop, "1").await, first);
    }

    async fn case_and_the_form_of_the_domain_do_not_matter_but_dots_and_tags_do(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", " A.Da+Art@B\u{fc}cher.Example ", &["WATER"])).await;
        for same in ["a.da+art@xn--bcher-kva.example", "A.DA+ART@B\u{dc}CHER.EXAMPLE"] {
            assert!(sees(&shop, same, water.course).await, "{same}");
        }
        for other in ["ada+art@xn--bcher-kva.example", "a.da@xn--bcher-kva.example", "a.da+art@bucher.example"] {
            assert!(!sees(&shop, other, water.course).await, "{other}");
        }
    }

    async fn a_hand_off_sees_the_orders_that_name_it_and_nothing_else_of_those_who_own_them(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, oil) = (shop.sell_course("WATER", 1).await, shop.sell_course("OIL", 1).await);
        let (ink, clay) = (shop.sell_course("INK", 1).await, shop.sell_course("CLAY", 1).await);
        let courses = [&water, &oil, &ink, &clay];
        shop.tell(&order_of(&shop, "1", "7", Some(EVE), "WATER")).await;
        shop.tell(&shop.paid_order("2", EVE, &["OIL"])).await;
        shop.tell(&order_of(&shop, "3", "7", None, "INK")).await;
        for content in [ContentId::Course(clay.course), ContentId::File(clay.file)] {
            shop.app.grant_access(&BY, Whom::Email(EVE.parse().unwrap()), content, None, None, Telling::Nobody).await.unwrap();
        }
        let seven = open(&shop, &store_customer(shop.store, "7")).await;
        assert_eq!(seen_by(&shop, &seven, &courses).await, [water.course, ink.course]);
        let eight = open(&shop, &store_customer(shop.store, "8")).await;
        assert_eq!(seen_by(&shop, &eight, &courses).await, []);
        let elsewhere = second_store(&shop, StorePolicy::default()).await;
        let stranger = open(&shop, &store_customer(elsewhere, "7")).await;
        assert_eq!(seen_by(&shop, &stranger, &courses).await, []);
        let eve = open(&shop, &address(EVE)).await;
        assert!(sees(&shop, EVE, water.course).await && sees(&shop, EVE, oil.course).await);
        assert!(!sees(&shop, EVE, ink.course).await, "an order without an address is its store customer's");
        assert_ne!(eve.customer(), seven.customer());
    }

    async fn a_hand_off_loses_an_order_that_is_refunded_or_given_to_another_store_customer(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&order_of(&shop, "1", "7", Some(EVE), "WATER")).await;
        let seven = open(&shop, &store_customer(shop.store, "7")).await;
        let eight = open(&shop, &store_customer(shop.store, "8")).await;
        assert_eq!(seen_by(&shop, &seven, &[&water]).await, [water.course]);
        shop.clock.pass_seconds(10);
        shop.tell(&order_of(&shop, "1", "8", Some(EVE), "WATER")).await;
        assert_eq!(seen_by(&shop, &seven, &[&water]).await, []);
        assert_eq!(seen_by(&shop, &eight, &[&water]).await, [water.course]);
        shop.clock.pass_seconds(10);
        let mut refunded = order_of(&shop, "1", "8", Some(EVE), "WATER");
        refunded["data"]["status"] = json!("refunded");
        shop.tell(&refunded).await;
        assert_eq!(seen_by(&shop, &eight, &[&water]).await, []);
    }

    async fn a_session_sees_by_each_of_its_proofs_and_by_no_other_sessions(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, oil) = (shop.sell_course("WATER", 1).await, shop.sell_course("OIL", 1).await);
        let (ink, clay) = (shop.sell_course("INK", 1).await, shop.sell_course("CLAY", 1).await);
        let courses = [&water, &oil, &ink, &clay];
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.tell(&shop.paid_order("2", EVE, &["OIL"])).await;
        shop.tell(&order_of(&shop, "3", "7", Some("max@example.com"), "INK")).await;
        for content in [ContentId::Course(clay.course), ContentId::File(clay.file)] {
            shop.app.grant_access(&BY, Whom::Email(EVE.parse().unwrap()), content, None, None, Telling::Nobody).await.unwrap();
        }
        let token = shop.sign_in(ADA).await;
        let ada = shop.app.find_session(&token).await.unwrap().unwrap().viewer;
        assert_eq!(seen_by(&shop, &ada, &courses).await, [water.course]);
        let told = shop.app.prove(&token, &address(EVE)).await.unwrap();
        assert_eq!(shop.app.find_session(&token).await.unwrap().unwrap().viewer, told);
        assert_eq!(seen_by(&shop, &told, &courses).await, [water.course, oil.course, clay.course]);
        let told = shop.app.prove(&token, &store_customer(shop.store, "7")).await.unwrap();
        assert_eq!(shop.app.find_session(&token).await.unwrap().unwrap().viewer, told);
        assert_eq!(seen_by(&shop, &told, &courses).await, [water.course, oil.course, ink.course, clay.course]);
        assert_eq!(told.customer(), ada.customer(), "the session stays hers");
        for proof in [address(ADA), address(EVE), store_customer(shop.store, "7")] {
            assert_eq!(shop.app.prove(&token, &proof).await.unwrap(), told, "proven again, nothing changes");
        }
        let elsewhere = shop.sign_in(ADA).await;
        let elsewhere = shop.app.find_session(&elsewhere).await.unwrap().unwrap().viewer;
        assert_eq!(seen_by(&shop, &elsewhere, &courses).await, [water.course]);
    }

    async fn a_block_on_any_of_the_proven_customers_refuses(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, oil) = (shop.sell_course("WATER", 1).await, shop.sell_course("OIL", 1).await);
        let content = ContentId::Course(water.course);
        let files = ContentId::File(water.file);
        shop.tell(&shop.paid_order("1", ADA, &["WATER", "OIL"])).await;
        let token = shop.sign_in(ADA).await;
        let eve = Whom::Customer(customer(&shop, EVE).await);
        for content in [content, files] {
            shop.app.revoke_access(&BY, eve.clone(), content, None, Telling::Nobody).await.unwrap();
        }
        let ada = shop.app.find_session(&token).await.unwrap().unwrap().viewer;
        assert_eq!(seen_by(&shop, &ada, &[&water, &oil]).await, [water.course, oil.course]);
        let both = shop.app.prove(&token, &address(EVE)).await.unwrap();
        assert_eq!(seen_by(&shop, &both, &[&water, &oil]).await, [oil.course]);

        let seven = open(&shop, &store_customer(shop.store, "7")).await;
        for content in [ContentId::Course(oil.course), ContentId::File(oil.file)] {
            shop.app.revoke_access(&BY, Whom::Customer(seven.customer()), content, None, Telling::Nobody).await.unwrap();
        }
        let all = shop.app.prove(&token, &store_customer(shop.store, "7")).await.unwrap();
        assert_eq!(seen_by(&shop, &all, &[&water, &oil]).await, []);
        assert_eq!(seen_by(&shop, &ada, &[&water, &oil]).await, [water.course, oil.course], "alone she is not blocked");
    }

    async fn the_owners_block_ends_what_a_hand_off_sees_of_her_order(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&order_of(&shop, "1", "7", Some(EVE), "WATER")).await;
        let seven = open(&shop, &store_customer(shop.store, "7")).await;
        for content in [ContentId::Course(water.course), ContentId::File(water.file)] {
            shop.app.revoke_access(&BY, Whom::Email(EVE.parse().unwrap()), content, None, Telling::Nobody).await.unwrap();
        }
        assert_eq!(seen_by(&shop, &seven, &[&water]).await, []);
    }

    async fn a_stores_word_on_an_address_counts_only_when_the_store_is_trusted(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let trusted = StorePolicy { trusts_emails: true, ..StorePolicy::default() };
        assert!(!StorePolicy::default().trusts_emails);
        let trusted = second_store(&shop, trusted).await;
        let distrusted = open(&shop, &verified(shop.store, "7", ADA)).await;
        assert_eq!(seen_by(&shop, &distrusted, &[&water]).await, []);
        let believed = open(&shop, &verified(trusted, "7", ADA)).await;
        assert_eq!(seen_by(&shop, &believed, &[&water]).await, [water.course]);
        assert_eq!(believed.customer(), customer(&shop, ADA).await);
        assert_eq!(believed.customers().count(), 2);
        let token = shop.sign_in(EVE).await;
        shop.app.prove(&token, &verified(shop.store, "8", ADA)).await.unwrap();
        let eve = shop.app.find_session(&token).await.unwrap().unwrap().viewer;
        assert_eq!(seen_by(&shop, &eve, &[&water]).await, []);
        shop.app.prove(&token, &verified(trusted, "8", ADA)).await.unwrap();
        let eve = shop.app.find_session(&token).await.unwrap().unwrap().viewer;
        assert_eq!(seen_by(&shop, &eve, &[&water]).await, [water.course]);
    }

    async fn nothing_is_proven_to_no_session_nor_by_no_store(db: Db) {
        let shop = TestShop::open(db).await;
        let proof = address(EVE);
        assert!(matches!(shop.app.prove("nobody", &proof).await, Err(ProveError::NoSession)));
        let token = shop.sign_in(ADA).await;
        let nowhere = store_customer(StoreId::from_parts(testkit::shop::OPENING, 999), "7");
        assert!(matches!(shop.app.prove(&token, &nowhere).await, Err(ProveError::Store(_))));
        shop.clock.pass_days(30);
        assert!(matches!(shop.app.prove(&token, &proof).await, Err(ProveError::NoSession)));
        let mut reader = shop.app.db().reader().await.unwrap();
        let eve: EmailAddress = EVE.parse().unwrap();
        assert_eq!(storage::customers::find_by_email(&mut reader, &eve).await.unwrap(), None);
    }

    async fn proofs_end_with_their_session(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", EVE, &["WATER"])).await;
        let token = shop.sign_in(ADA).await;
        shop.app.prove(&token, &address(EVE)).await.unwrap();
        shop.app.sign_out(&token).await.unwrap();
        assert_eq!(shop.app.find_session(&token).await.unwrap(), None);
        let ada = customer(&shop, ADA).await;
        assert!(matches!(shop.app.open_course(ada, water.course).await, Err(ShowError::NotFound)));
    }
}
