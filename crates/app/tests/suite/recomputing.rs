//! Recomputing while the world goes on: nobody is missed, and an interrupted job goes on where it was.

use std::process::Command;
use std::sync::Arc;

use app::import::ImportRequest;
use domain::order::StoreItem;
use domain::{ContentId, ProductId};
use storage::courses;
use storage::grants::{self, GrantFilter};
use storage::jobs::{self, ClaimedJob, Lane};
use testkit::shop::{OPENING, TestCourse};
use testkit::{BY, TestDatabase, TestShop, both_engines};
use tokio::task::JoinSet;

use crate::import;
use crate::seen::reasons;

const ADA: &str = "ada@example.com";

/// How long a worker keeps what it has claimed, and a second more.
const LEASE: i64 = 121;
/// How many orders a step takes.
const STEP: usize = 200;

fn sku(name: &str) -> StoreItem {
    StoreItem {
        sku: name.parse().ok(),
        ..StoreItem::default()
    }
}

/// How many customers ever got the content.
async fn count(shop: &TestShop, content: ContentId) -> usize {
    let mut reader = shop.app.db().reader().await.unwrap();
    let filter = GrantFilter::Content(content);
    let listed = grants::list(&mut reader, filter, None, 10_000).await;
    let live = listed.unwrap().into_iter();
    live.filter(|listed| listed.grant.revoked.is_none()).count()
}

/// Claims the next job, as a worker does that is then killed.
async fn claim(shop: &TestShop) -> Option<ClaimedJob> {
    let now = app::clock::Clock::now(&shop.clock);
    let mut tx = shop.app.db().begin().await.unwrap();
    let job = jobs::claim(&mut tx, Lane::Here, now, now.plus_seconds(LEASE - 1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    job
}

/// Lets orders of one SKU arrive, each worked off by whoever comes to it, while `change` happens somewhere among them.
async fn orders_arrive<F>(shop: &Arc<TestShop>, name: &str, many: usize, change: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut change = Some(change);
    for number in 0..many {
        let (shop, name) = (Arc::clone(shop), name.to_owned());
        tasks.spawn(async move {
            let email = format!("{}{number}@example.com", name.to_lowercase());
            let order = shop.paid_order(&format!("{name}-{number}"), &email, &[&name]);
            shop.tell(&order).await;
        });
        if number == many / 3 {
            tasks.spawn(change.take().unwrap());
        }
    }
    tasks.join_all().await;
    shop.app.work_until_idle().await.unwrap();
}

both_engines! {
    async fn nobody_is_missed_by_a_mapping_that_is_made_while_orders_arrive(db: Db) {
        let shop = Arc::new(TestShop::open(db).await);
        for round in 0..4 {
            let name = format!("ROUND{round}");
            let product = shop.app.create_product(&BY, &name, None).await.unwrap();
            let course = shop.stock(product, &name, 1).await;
            // The item is known before, so that the mapping does not wait for the order that would make it known.
            shop.tell(&shop.paid_order(&format!("{name}-first"), "first@example.com", &[&name])).await;
            let (mapping, item) = (Arc::clone(&shop), sku(&name));
            orders_arrive(&shop, &name, 24, Box::pin(async move {
                mapping.app.map_item(&BY, mapping.store, &item, product).await.unwrap();
            })).await;
            assert_eq!(count(&shop, ContentId::Course(course.course)).await, 25, "round {round}");
        }
    }

    async fn nobody_is_missed_by_a_bundle_that_grows_while_orders_arrive(db: Db) {
        let shop = Arc::new(TestShop::open(db).await);
        for round in 0..4 {
            let name = format!("BUNDLE{round}");
            let bundle = shop.app.create_product(&BY, &name, None).await.unwrap();
            shop.map(&name, bundle).await;
            let part = shop.app.create_product(&BY, "A part", None).await.unwrap();
            let course = shop.stock(part, &name, 1).await;
            let growing = Arc::clone(&shop);
            orders_arrive(&shop, &name, 24, Box::pin(async move {
                growing.app.add_to_bundle(&BY, bundle, part).await.unwrap();
            })).await;
            assert_eq!(count(&shop, ContentId::Course(course.course)).await, 24, "round {round}");
        }
    }

    async fn an_interrupted_recomputation_goes_on_where_it_was_and_two_workers_share_it(db: Db) {
        let shop = Arc::new(TestShop::open(db).await);
        let (course, many) = (sell_many(&shop).await, 2 * STEP + 50);
        let content = ContentId::Course(course);
        let mut done = 0;
        // A worker is killed again and again, and each time somebody else claims the job and dies, too.
        loop {
            let worker = tokio::spawn({
                let app = shop.app.clone();
                async move { app.work_until_idle().await.unwrap() }
            });
            while !worker.is_finished() && count(&shop, content).await == done {
                tokio::task::yield_now().await;
            }
            worker.abort();
            let _ = worker.await;
            shop.clock.pass_seconds(LEASE);
            let Some(job) = claim(&shop).await else { break };
            let progress = job.progress;
            assert_eq!(progress.total, Some(i64::try_from(many).unwrap()));
            let told = usize::try_from(progress.done).unwrap();
            assert!(told >= done, "progress went backwards from {done} to {told}");
            assert_eq!(count(&shop, content).await, told, "a step and its progress are kept both or neither");
            assert!(told == many || told % STEP == 0, "{told}");
            done = told;
            shop.clock.pass_seconds(LEASE);
            if done >= STEP {
                break;
            }
        }
        let mut workers = JoinSet::new();
        for _ in 0..2 {
            let app = shop.app.clone();
            workers.spawn(async move { app.work_until_idle().await.unwrap() });
        }
        workers.join_all().await;
        assert_eq!(count(&shop, content).await, many);
        shop.clock.pass_seconds(LEASE);
        assert!(claim(&shop).await.is_none(), "nothing is left to do");
    }

    async fn two_workers_on_one_recomputation_do_every_order_once(db: Db) {
        let shop = Arc::new(TestShop::open(db).await);
        let content = ContentId::Course(sell_many(&shop).await);
        let mut workers = JoinSet::new();
        for _ in 0..4 {
            let app = shop.app.clone();
            workers.spawn(async move { app.work_until_idle().await.unwrap() });
        }
        workers.join_all().await;
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(count(&shop, content).await, 2 * STEP + 50);
        let verdict = shop.app.verify_audit(None, &mut |_, _| {}).await.unwrap();
        assert_eq!(verdict.flaw, None);
    }
}

/// How many connections of the database wait for a lock.
fn waiting(database: &TestDatabase) -> String {
    let count = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let arguments = [
        "--no-psqlrc",
        "--tuples-only",
        "--no-align",
        "--dbname",
        &database.address,
        "--command",
        count,
    ];
    let output = Command::new("psql").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Holds an order up that has read the catalogue as it was and is about to commit, lets the catalogue change meanwhile,
/// and the recomputation run to its end if it does not wait; then lets the order go on.
async fn overtake<F>(database: &TestDatabase, shop: &Arc<TestShop>, sold: &TestCourse, change: F)
where
    F: Future<Output = ()> + Send + 'static,
{
    // Whoever grants a course waits for the end of its deletion, which is never committed.
    let mut deletion = shop.app.db().begin().await.unwrap();
    courses::delete(&mut deletion, sold.course, OPENING)
        .await
        .unwrap();
    let order = tokio::spawn({
        let shop = Arc::clone(shop);
        async move { shop.tell(&shop.paid_order("1", ADA, &["THING"])).await }
    });
    while waiting(database) != "1" {
        tokio::task::yield_now().await;
    }
    let change = tokio::spawn({
        let app = shop.app.clone();
        async move {
            change.await;
            app.work_until_idle().await.unwrap();
        }
    });
    while !change.is_finished() && waiting(database) != "2" {
        tokio::task::yield_now().await;
    }
    drop(deletion);
    order.await.unwrap();
    change.await.unwrap();
    shop.app.work_until_idle().await.unwrap();
}

// SQLite has one writer: there nothing overtakes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_that_overtakes_an_order_under_way_does_not_miss_it() {
    let database = TestDatabase::postgres().await;
    let shop = Arc::new(TestShop::open(database.db.clone()).await);
    let old = shop.sell_course("OLD", 1).await;
    let new = shop.sell_course("NEW", 1).await;
    shop.map("THING", old.product).await;
    let (mapping, product) = (Arc::clone(&shop), new.product);
    let mapped = Box::pin(async move {
        let (store, item) = (mapping.store, sku("THING"));
        mapping
            .app
            .map_item(&BY, store, &item, product)
            .await
            .unwrap();
    });
    overtake(&database, &shop, &old, mapped).await;
    assert_eq!(reasons(&shop, ADA, new.course).await, [None]);
    assert_ne!(reasons(&shop, ADA, old.course).await, [None]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bundle_that_grows_past_an_order_under_way_does_not_miss_it() {
    let database = TestDatabase::postgres().await;
    let shop = Arc::new(TestShop::open(database.db.clone()).await);
    let first = shop.sell_course("FIRST", 1).await;
    let second = shop.sell_course("SECOND", 1).await;
    shop.map("THING", first.product).await;
    let growing = Arc::clone(&shop);
    let (bundle, part) = (first.product, second.product);
    let grown = Box::pin(async move {
        growing.app.add_to_bundle(&BY, bundle, part).await.unwrap();
    });
    overtake(&database, &shop, &first, grown).await;
    assert_eq!(reasons(&shop, ADA, first.course).await, [None]);
    assert_eq!(reasons(&shop, ADA, second.course).await, [None]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_overtakes_an_order_under_way_does_not_miss_it() {
    let database = TestDatabase::postgres().await;
    let shop = Arc::new(TestShop::open(database.db.clone()).await);
    let first = shop.sell_course("FIRST", 1).await;
    let part = shop.app.create_product(&BY, "A part", None).await.unwrap();
    let bundle = shop.app.create_product(&BY, "All", None).await.unwrap();
    for product in [first.product, part] {
        shop.app.add_to_bundle(&BY, bundle, product).await.unwrap();
    }
    shop.map("THING", bundle).await;
    let parent = tempfile::tempdir().unwrap();
    let request = ImportRequest {
        product: Some(part),
        ..import::request(&import::a_course_folder(parent.path()))
    };
    let importing = Arc::clone(&shop);
    let import = async move {
        let app = &importing.app;
        app.import_course(&BY, &request, &mut |_| {}).await.unwrap();
    };
    overtake(&database, &shop, &first, Box::pin(import)).await;
    let mut reader = shop.app.db().reader().await.unwrap();
    let course = courses::find_by_slug(&mut reader, "watercolour-for-beginners").await;
    drop(reader);
    let course = course.unwrap().unwrap().id;
    assert_eq!(reasons(&shop, ADA, course).await, [None]);
}

/// Sells a bundle to many, and puts a course into it that they do not have yet: the job waits.
async fn sell_many(shop: &TestShop) -> domain::CourseId {
    let bundle: ProductId = shop
        .app
        .create_product(&BY, "Everything", None)
        .await
        .unwrap();
    shop.map("ALL", bundle).await;
    for number in 0..2 * STEP + 50 {
        let email = format!("customer{}@example.com", number % 40);
        shop.deliver(&shop.paid_order(&number.to_string(), &email, &["ALL"]))
            .await;
    }
    shop.app.work_until_idle().await.unwrap();
    let part = shop.app.create_product(&BY, "A part", None).await.unwrap();
    let course = shop.stock(part, "PART", 1).await;
    shop.app.add_to_bundle(&BY, bundle, part).await.unwrap();
    course.course
}
