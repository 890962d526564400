//! Many at once on one customer: what is left is what some serial order explains.
//!
//! The audit log tells that order: whoever changes access holds the customers concerned until the commit, and takes a
//! place in the log last. So the log, replayed by the naive model here, must give the tables as they are, and every event
//! must begin where the one before it on the same grant ended.

use std::collections::{BTreeMap, BTreeSet};

use app::administration::{AdministrationError, GrantFilter, ListedGrant, Longer, Telling, Whom};
use app::audit::AuditFilter;
use app::bulk::Run;
use domain::audit::chain::Entry;
use domain::payment::EndReason;
use domain::{BlockId, ContentId, CustomerId, GrantId, Timestamp};
use serde_json::{Value, json};
use storage::{access, inbox};
use testkit::shop::TestCourse;
use testkit::{BY, TestShop, both_engines};
use tokio::task::JoinSet;

use crate::seen::{customer, sees};

const ADA: &str = "ada@example.com";
const EVE: &str = "eve@example.com";

fn ada() -> Whom {
    Whom::Email(ADA.parse().unwrap())
}

/// One of the 64 things that happen at once.
#[derive(Clone)]
enum Thing {
    Grant(Option<Timestamp>),
    Revoke,
    Lift,
    Extend(Timestamp),
    Webhook(Value),
}

/// What came of one, when it was an act that was done.
enum Came {
    Granted(GrantId, Vec<BlockId>),
    Revoked(BlockId),
    Lifted(Vec<BlockId>),
    Nothing,
}

/// An order's state some seconds after the opening.
fn state(shop: &TestShop, number: &str, second: i64, email: &str, fields: &Value) -> Value {
    let mut order = shop.paid_order(number, email, &["WATER"]);
    order["timestamp"] = json!(testkit::shop::OPENING.plus_seconds(second).to_string());
    let data = order["data"].as_object_mut().unwrap();
    data.extend(fields.as_object().unwrap().clone());
    order
}

/// The orders as they were paid, before the race.
fn paid(shop: &TestShop) -> Vec<Value> {
    let number = |number: i32| state(shop, &number.to_string(), 1, ADA, &json!({}));
    (1..=5).map(number).collect()
}

/// What happens at once: of the orders, 1 and 3 pay in the end; 2 is refunded, 5 disputed, and 4 is Eve's.
fn things(shop: &TestShop) -> Vec<Thing> {
    let refund = json!({ "id": "r", "status": "succeeded", "amount": 10_000,
                         "lines": [{ "line_id": "1", "quantity": 1 }] });
    let refunded = json!({ "refunds": [refund] });
    let dispute = |status: &str| json!({ "disputes": [{ "id": "d", "status": status }] });
    let nothing = json!({});
    let mut webhooks = Vec::new();
    for second in [10, 20, 30] {
        webhooks.push(state(shop, "1", second, ADA, &nothing));
        webhooks.push(state(shop, "2", second, ADA, &refunded));
    }
    for (second, status) in [(10, "inquiry"), (20, "open"), (30, "won"), (40, "won")] {
        webhooks.push(state(shop, "3", second, ADA, &dispute(status)));
    }
    for (second, email) in [(10, EVE), (20, ADA), (30, EVE), (40, ADA), (50, EVE)] {
        webhooks.push(state(shop, "4", second, email, &nothing));
    }
    for second in [10, 20] {
        webhooks.push(state(shop, "5", second, ADA, &dispute("open")));
    }
    let mut things: Vec<Thing> = webhooks.into_iter().map(Thing::Webhook).collect();
    let now = app::clock::Clock::now(&shop.clock);
    for count in 0..12_u32 {
        let end = (count % 2 == 0).then(|| now.plus_days(10 + count));
        things.push(Thing::Grant(end));
        things.push(Thing::Extend(now.plus_days(400 + count)));
        things.push(Thing::Lift);
    }
    while things.len() < 64 {
        things.push(Thing::Revoke);
    }
    things
}

/// Shuffles, the same way for the same seed.
fn shuffle<T>(things: &mut [T], mut seed: u64) {
    for place in (1..things.len()).rev() {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let other = usize::try_from(seed >> 33).unwrap() % (place + 1);
        things.swap(place, other);
    }
}

async fn happen(shop: &TestShop, thing: Thing, content: ContentId) -> Came {
    let app = &shop.app;
    match thing {
        Thing::Grant(end) => {
            let granted = app
                .grant_access(&BY, ada(), content, end, None, Telling::Nobody)
                .await
                .unwrap();
            Came::Granted(granted.id, granted.lifted)
        }
        Thing::Revoke => Came::Revoked(
            app.revoke_access(&BY, ada(), content, None, Telling::Nobody)
                .await
                .unwrap()
                .block,
        ),
        Thing::Lift => match app.lift_block(&BY, ada(), content).await {
            Ok(lifted) => Came::Lifted(lifted.blocks),
            Err(AdministrationError::NotBlocked) => Came::Nothing,
            Err(error) => panic!("{error:?}"),
        },
        Thing::Extend(until) => {
            let longer = Longer::Content(ada(), content);
            match app.extend_access(&BY, longer, until, None).await {
                Ok(_)
                | Err(AdministrationError::NothingToExtend | AdministrationError::LastsLonger) => {
                    Came::Nothing
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        Thing::Webhook(body) => {
            shop.tell(&body).await;
            Came::Nothing
        }
    }
}

/// The whole log, oldest first; it must be whole.
async fn log(shop: &TestShop) -> Vec<Entry> {
    let verdict = shop.app.verify_audit(None, &mut |_, _| {}).await.unwrap();
    assert_eq!(verdict.flaw, None);
    let (mut entries, mut before) = (Vec::new(), None);
    loop {
        let page = shop
            .app
            .list_audit(&AuditFilter::default(), before, 200)
            .await
            .unwrap();
        entries.extend(page.items);
        before = page.next;
        if before.is_none() {
            entries.reverse();
            return entries;
        }
    }
}

/// Nothing failed, not even once: a delivery that met a deadlock would wait for its second try.
async fn nothing_waits_or_died(shop: &TestShop) {
    let mut reader = shop.app.db().reader().await.unwrap();
    for state in ["queued", "working", "dead"] {
        assert_eq!(
            inbox::count(&mut reader, state).await.unwrap(),
            0,
            "{state}"
        );
    }
}

async fn grants(shop: &TestShop, customer: CustomerId, content: ContentId) -> Vec<ListedGrant> {
    let both = GrantFilter::Both(customer, content);
    let page = shop.app.list_grants(both, None, 200).await.unwrap();
    assert_eq!(page.next, None);
    page.items
}

async fn standing_blocks(
    shop: &TestShop,
    customer: CustomerId,
    content: ContentId,
) -> Vec<BlockId> {
    let mut reader = shop.app.db().reader().await.unwrap();
    let on = access::list_on_content(&mut reader, customer, content)
        .await
        .unwrap();
    on.blocks
}

/// A naive model: what the log says, entry by entry.
#[derive(Default)]
struct Replay {
    /// The last state of each grant.
    grants: BTreeMap<String, Value>,
    /// The blocks that stand, by customer and content.
    blocks: BTreeMap<(String, String), BTreeSet<String>>,
    /// The manual grants that were made since the last revocation, by customer and content.
    by_hand: BTreeMap<(String, String), BTreeSet<String>>,
    /// The latest extension of each order and content, and of each manual grant.
    extended: BTreeMap<(String, String), String>,
}

impl Replay {
    fn of(log: &[Entry]) -> Self {
        let mut replay = Self::default();
        for entry in log {
            replay.take(entry);
        }
        replay
    }

    fn take(&mut self, entry: &Entry) {
        let text = |id: &Option<String>| id.clone().unwrap_or_default();
        let about = (text(&entry.customer), text(&entry.content));
        let value = |text: &Option<String>| -> Value {
            text.as_deref()
                .map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
        };
        let (before, after) = (value(&entry.before), value(&entry.after));
        let subject = entry.subject.clone();
        match entry.action.as_str() {
            "block.placed" => {
                let standing = self.blocks.entry(about.clone()).or_default();
                assert!(standing.is_empty(), "two blocks at once, at {}", entry.seq);
                standing.insert(subject);
                self.by_hand.insert(about, BTreeSet::new());
            }
            "block.lifted" | "block.replaced" => {
                let standing = self.blocks.entry(about).or_default();
                assert!(
                    standing.remove(&subject),
                    "lifted what did not stand, at {}",
                    entry.seq
                );
            }
            "extension.created" => {
                let of = entry
                    .order
                    .clone()
                    .unwrap_or_else(|| after["grant"].as_str().unwrap().to_owned());
                let until = after["extended_until"].as_str().unwrap().to_owned();
                let kept = self.extended.entry((of, about.1)).or_default();
                *kept = kept.clone().max(until);
            }
            "grant.created" | "grant.revoked" | "grant.restored" | "grant.adjusted" => {
                if entry.action == "grant.created" && entry.order.is_none() {
                    self.by_hand
                        .entry(about)
                        .or_default()
                        .insert(subject.clone());
                }
                let known = self.grants.get(&subject).cloned().unwrap_or_default();
                assert_eq!(
                    before, known,
                    "{} at {} begins where the one before ended",
                    entry.action, entry.seq
                );
                self.grants.insert(subject, after);
            }
            _ => {}
        }
    }

    fn is_blocked(&self, customer: CustomerId, content: ContentId) -> bool {
        let standing = self
            .blocks
            .get(&(customer.to_string(), content.to_string()));
        standing.is_some_and(|blocks| !blocks.is_empty())
    }
}

fn as_logged(listed: &ListedGrant) -> Value {
    let grant = listed.grant;
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    json!({
        "granted_at": grant.granted_at.to_string(),
        "expires_at": time(grant.expires_at),
        "extended_until": time(grant.extended_until),
        "revoke_reason": grant.revoked.map(|(_, reason)| EndReason::name(reason)),
    })
}

fn reason(listed: &ListedGrant) -> Option<&'static str> {
    listed.grant.revoked.map(|(_, reason)| reason.name())
}

/// Holds the tables against the log and against the last word of every order.
async fn must_be_explained(shop: &TestShop, content: ContentId) -> Replay {
    let replay = Replay::of(&log(shop).await);
    let [ada, eve] = [customer(shop, ADA).await, customer(shop, EVE).await];
    let blocks = standing_blocks(shop, ada, content).await;
    let is_blocked = replay.is_blocked(ada, content);
    assert_eq!(
        blocks.len(),
        usize::from(is_blocked),
        "the last of the blocking acts says it"
    );
    let mut seen = BTreeSet::new();
    for listed in grants(shop, ada, content)
        .await
        .into_iter()
        .chain(grants(shop, eve, content).await)
    {
        let id = listed.grant.id.to_string();
        assert_eq!(
            replay.grants.get(&id),
            Some(&as_logged(&listed)),
            "{listed:?}"
        );
        let about = (listed.customer.to_string(), content.to_string());
        let (of, expected) = match &listed.line {
            None => {
                let is_live = replay.by_hand[&about].contains(&id);
                (id, (!is_live).then_some("by_administrator"))
            }
            Some((order, number, line)) => {
                assert!(
                    seen.insert((number.clone(), line.clone(), listed.customer)),
                    "two rows for {number}"
                );
                let pays = is_blocked.then_some("blocked");
                let expected = match (number.as_str(), listed.customer == ada) {
                    ("1" | "3", true) => pays,
                    ("2", true) => Some("refunded"),
                    ("5", true) => Some("disputed"),
                    ("4", true) => Some("owner_changed"),
                    ("4", false) => None,
                    other => panic!("{other:?}"),
                };
                (order.to_string(), expected)
            }
        };
        assert_eq!(reason(&listed), expected, "{listed:?}");
        if expected.is_none() {
            let extended = replay.extended.get(&(of, content.to_string()));
            let kept = listed.grant.extended_until.map(|until| until.to_string());
            assert_eq!(kept.as_ref(), extended, "{listed:?}");
        }
        assert!(
            !(is_blocked && listed.customer == ada && expected.is_none()),
            "a block leaves nothing live"
        );
    }
    assert_eq!(seen.len(), 6, "five orders, one of them in two hands");
    replay
}

async fn race(shop: TestShop, seed: u64) {
    let product = shop
        .app
        .create_product(&testkit::BY, "A year", Some(365))
        .await
        .unwrap();
    let course = shop.stock(product, "WATER", 1).await;
    shop.map("WATER", product).await;
    let content = ContentId::Course(course.course);
    for order in paid(&shop) {
        shop.tell(&order).await;
    }
    shop.clock.pass_seconds(1_000);
    let mut things = things(&shop);
    shuffle(&mut things, seed);
    assert_eq!(things.len(), 64);
    let shop = std::sync::Arc::new(shop);
    let mut tasks = JoinSet::new();
    for thing in things {
        let shop = std::sync::Arc::clone(&shop);
        tasks.spawn(async move { happen(&shop, thing, content).await });
    }
    let came = tasks.join_all().await;
    shop.app.work_until_idle().await.unwrap();
    nothing_waits_or_died(&shop).await;
    let replay = must_be_explained(&shop, content).await;

    let log = log(&shop).await;
    let told = |action: &str| -> BTreeSet<String> {
        let of = log
            .iter()
            .filter(|entry| entry.action == action && entry.order.is_none());
        of.map(|entry| entry.subject.clone()).collect()
    };
    let (mut granted, mut placed, mut lifted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for came in came {
        match came {
            Came::Granted(id, blocks) => {
                granted.insert(id.to_string());
                lifted.extend(blocks.iter().map(ToString::to_string));
            }
            Came::Revoked(id) => drop(placed.insert(id.to_string())),
            Came::Lifted(blocks) => {
                assert!(!blocks.is_empty());
                let new = blocks.iter().all(|block| lifted.insert(block.to_string()));
                assert!(new, "a block was lifted twice");
            }
            Came::Nothing => {}
        }
    }
    assert_eq!(
        (granted, placed, lifted),
        (
            told("grant.created"),
            told("block.placed"),
            told("block.lifted")
        )
    );
    let ada = customer(&shop, ADA).await;
    assert_eq!(
        sees(&shop, ADA, course.course).await,
        !replay.is_blocked(ada, content)
    );
    assert!(sees(&shop, EVE, course.course).await);
}

/// A list that grants, revokes and lifts for many customers, some of whom nobody knows.
fn long_list(course: &TestCourse, turn: usize) -> String {
    let mut lines: Vec<String> = (0..30)
        .map(|number| {
            let action = ["grant", "revoke", "grant"][(number + turn) % 3];
            format!("{action},customer{number}@example.com,{}", course.course)
        })
        .collect();
    lines.extend((0..10).map(|number| format!("grant,new{number}@example.com,{}", course.file)));
    if turn % 2 == 1 {
        lines.reverse();
    }
    format!("action,email,content\n{}\n", lines.join("\n"))
}

both_engines! {
    async fn sixty_four_at_once_on_one_customer_are_explained_by_a_serial_order(db: Db) {
        race(TestShop::open(db).await, 1).await;
    }

    async fn and_so_are_they_in_another_order(db: Db) {
        race(TestShop::open(db).await, 2).await;
    }

    async fn and_in_a_third(db: Db) {
        race(TestShop::open(db).await, 3).await;
    }

    async fn lists_and_webhooks_at_once_never_wait_in_a_circle(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        for number in 0..30 {
            let email = format!("customer{number}@example.com");
            shop.deliver(&shop.paid_order(&number.to_string(), &email, &["WATER"])).await;
        }
        shop.app.work_until_idle().await.unwrap();
        shop.clock.pass_seconds(10);
        let shop = std::sync::Arc::new(shop);
        let mut tasks = JoinSet::new();
        for turn in 0..8 {
            let (shop, list) = (std::sync::Arc::clone(&shop), long_list(&course, turn));
            tasks.spawn(async move {
                let done = shop.app.change_access_by_list(&BY, list.as_bytes(), Run::Real).await;
                assert_eq!(done.unwrap().len(), 40);
            });
        }
        for number in 0..30 {
            let shop = std::sync::Arc::clone(&shop);
            tasks.spawn(async move {
                // Every order changes hands to the next customer, every third to somebody whom a list may be making.
                let email = match number % 3 {
                    0 => format!("new{}@example.com", number / 3),
                    _ => format!("customer{}@example.com", (number + 1) % 30),
                };
                shop.tell(&shop.paid_order(&number.to_string(), &email, &["WATER"])).await;
            });
        }
        tasks.join_all().await;
        shop.app.work_until_idle().await.unwrap();
        nothing_waits_or_died(&shop).await;
        let replay = Replay::of(&log(&shop).await);
        for number in 0..30 {
            let email = format!("customer{number}@example.com");
            let customer = customer(&shop, &email).await;
            let blocks = standing_blocks(&shop, customer, content).await;
            assert_eq!(blocks.len(), usize::from(replay.is_blocked(customer, content)), "{email}");
            for listed in grants(&shop, customer, content).await {
                let id = listed.grant.id.to_string();
                assert_eq!(replay.grants.get(&id), Some(&as_logged(&listed)), "{listed:?}");
                let is_live = listed.grant.revoked.is_none();
                assert!(!is_live || blocks.is_empty(), "a block leaves nothing live: {listed:?}");
            }
        }
    }
}
