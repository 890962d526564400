//! The audit log: every change is told, nothing personal is, and it proves that it is whole.

use std::collections::BTreeSet;

use app::administration::{Longer, Telling, Whom};
use app::audit::AuditFilter;
use app::import::ImportRequest;
use app::links::Links;
use app::random::SystemRandom;
use app::sealing::SealingKey;
use app::{App, Parts, Shop};
use cloudfront::{KeyPairId, SigningKey, generate_p256_pem};
use connectors::api::{HttpClient, Limits};
use domain::audit::chain::Entry;
use domain::audit::verify::{Flaw, Mark};
use domain::audit::{Actor, Cause};
use domain::playing::PlayingLimits;
use domain::session::SessionLimits;
use domain::{ContentId, DeliveryId, TokenId};
use objects::Folder;
use serde_json::{Value, json};
use testkit::{BY, TestShop, both_engines};
use tokio::task::JoinSet;

/// What stands for all that is personal. No id can hold it.
const PERSONAL: &str = "lovelace";

async fn all(shop: &TestShop) -> Vec<Entry> {
    let (mut entries, mut before) = (Vec::new(), None);
    loop {
        let page = shop
            .app
            .list_audit(&AuditFilter::default(), before, 7)
            .await
            .unwrap();
        assert!(page.items.len() <= 7);
        entries.extend(page.items);
        before = page.next;
        if before.is_none() {
            return entries;
        }
    }
}

async fn end(shop: &TestShop) -> Mark {
    let verdict = shop.app.verify_audit(None, &mut |_, _| {}).await.unwrap();
    assert_eq!(verdict.flaw, None);
    verdict.verified
}

fn texts(entry: &Entry) -> Vec<String> {
    let optional = [
        &entry.origin,
        &entry.delivery,
        &entry.customer,
        &entry.content,
        &entry.order,
        &entry.before,
        &entry.after,
    ];
    let mut texts = vec![
        entry.actor.clone(),
        entry.action.clone(),
        entry.subject.clone(),
    ];
    texts.extend(optional.into_iter().flatten().cloned());
    texts
}

async fn export(shop: &TestShop, filter: AuditFilter) -> String {
    let mut export = shop.app.export_audit(filter);
    let mut csv = Vec::new();
    while let Some(rows) = export.next().await.unwrap() {
        csv.extend(rows);
    }
    String::from_utf8(csv).unwrap()
}

both_engines! {
    async fn a_story_is_told_whole_and_without_anything_personal(db: Db) {
        let shop = TestShop::open(db).await;
        let email = format!("ada.{PERSONAL}@example.com");
        let ada = || Whom::Email(email.parse().unwrap());
        let remark = || Some(format!("{PERSONAL} wrote to us"));
        let course = shop.sell_course("WATER", 1).await;
        let content = ContentId::Course(course.course);
        let token = shop.app.create_api_token(&BY, &format!("laptop of {PERSONAL}")).await.unwrap();
        let id = shop.app.find_api_token(&token).await.unwrap().unwrap().id;
        let by = Cause { origin: Some("203.0.113.9".into()), ..Cause::by(Actor::Token(id)) };

        let mut order = shop.paid_order("1", &email, &["WATER"]);
        order["data"]["lines"][0]["title"] = json!(format!("For {PERSONAL}"));
        shop.tell(&order).await;
        shop.clock.pass_seconds(1);
        order["timestamp"] = json!(shop.now());
        order["data"]["status"] = json!("cancelled");
        shop.tell(&order).await;
        let soon = shop.now().parse::<domain::Timestamp>().unwrap().plus_days(3);
        shop.app.grant_access(&by, ada(), content, Some(soon), remark(), Telling::Nobody).await.unwrap();
        let longer = Longer::Content(ada(), content);
        shop.app.extend_access(&by, longer, soon.plus_days(1), remark()).await.unwrap();
        shop.app.revoke_access(&by, ada(), content, remark(), Telling::Nobody).await.unwrap();
        shop.app.lift_block(&by, ada(), content).await.unwrap();
        shop.sign_in(&email).await;
        let folder = tempfile::tempdir().unwrap();
        let clip = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/media/big-buck-bunny-720p-5s.mp4");
        std::fs::create_dir(folder.path().join("1 Hello")).unwrap();
        std::fs::copy(clip, folder.path().join("1 Hello/1 Hello.mp4")).unwrap();
        std::fs::write(folder.path().join("Notes.txt"), "x").unwrap();
        let request = ImportRequest { folder: folder.path().into(), title: Some("Oils".into()), product: None };
        shop.app.import_course(&by, &request, &mut |_| {}).await.unwrap();
        std::fs::write(folder.path().join("Notes.txt"), "y").unwrap();
        shop.app.import_course(&by, &request, &mut |_| {}).await.unwrap();
        assert!(shop.app.revoke_api_token(&by, id).await.unwrap());
        assert!(!shop.app.revoke_api_token(&by, id).await.unwrap(), "it works no longer");
        assert!(shop.app.find_api_token(&token).await.unwrap().is_none());

        let entries = all(&shop).await;
        assert_eq!(end(&shop).await.seq, i64::try_from(entries.len()).unwrap());
        for entry in &entries {
            for text in texts(entry) {
                let is_personal = text.to_lowercase().contains(PERSONAL) || text.contains('@');
                assert!(!is_personal && !text.contains("stoa_") && !text.contains("whsec_"), "{entry:?}");
            }
        }
        let told: BTreeSet<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        for action in [
            "store.added", "token.created", "token.revoked", "sign_in_link.created", "grant.created", "grant.revoked",
            "block.placed", "block.lifted", "extension.created", "product.created", "course.created", "module.created",
            "video.created", "file.created", "file.updated", "course.imported",
        ] {
            assert!(told.contains(action), "{action} is not among {told:?}");
        }
        let by_store = entries.iter().find(|entry| entry.actor == shop.store.to_string()).unwrap();
        assert!(by_store.delivery.as_ref().unwrap().parse::<DeliveryId>().is_ok());
        let by_token = entries.iter().filter(|entry| entry.actor == id.to_string());
        assert!(by_token.clone().count() > 5);
        for entry in by_token {
            assert_eq!(entry.origin.as_deref(), Some("203.0.113.9"));
        }
    }

    async fn what_failed_is_not_told(db: Db) {
        let shop = TestShop::open(db).await;
        let before = end(&shop).await;
        let nobody = Whom::Email("nobody@example.com".parse().unwrap());
        let content = ContentId::Course(shop.sell_course("WATER", 1).await.course);
        let told = end(&shop).await.seq;
        assert!(shop.app.revoke_access(&BY, nobody, content, None, Telling::Nobody).await.is_err());
        let unknown = TokenId::from_parts(testkit::shop::OPENING, 9);
        assert!(!shop.app.revoke_api_token(&BY, unknown).await.unwrap());
        assert_eq!(end(&shop).await.seq, told);
        assert!(before.seq > 0, "the shop's own store is told");
    }

    async fn changes_at_the_same_time_make_one_chain(db: Db) {
        let shop = TestShop::open(db).await;
        let content = ContentId::Course(shop.sell_course("WATER", 1).await.course);
        let told = end(&shop).await.seq;
        let mut tasks = JoinSet::new();
        for number in 0..64 {
            let app = shop.app.clone();
            let whom = Whom::Email(format!("customer{}@example.com", number % 4).parse().unwrap());
            tasks.spawn(async move {
                match number % 4 {
                    0 => drop(app.create_api_token(&BY, "test").await.unwrap()),
                    1 => drop(app.revoke_access(&BY, whom, content, None, Telling::Nobody).await),
                    _ => drop(app.grant_access(&BY, whom, content, None, None, Telling::Nobody).await.unwrap()),
                }
            });
        }
        tasks.join_all().await;
        assert!(end(&shop).await.seq >= told + 48);
    }

    async fn a_noted_head_tells_an_older_copy_and_another_history(db: Db) {
        let shop = TestShop::open(db).await;
        let noted = end(&shop).await;
        shop.app.create_api_token(&BY, "test").await.unwrap();
        let verify = async |noted: &str| {
            let noted = noted.parse().unwrap();
            shop.app.verify_audit(Some(noted), &mut |_, _| {}).await.unwrap().flaw
        };
        assert_eq!(verify(&noted.to_string()).await, None);
        let later = noted.seq + 9;
        let hash = &noted.hash;
        assert_eq!(verify(&format!("{later}:{hash}")).await, Some(Flaw::CutOff { last: noted.seq + 1, expected: later }));
        let other = "0".repeat(64);
        assert_eq!(verify(&format!("{}:{other}", noted.seq)).await, Some(Flaw::AnotherHistory { seq: noted.seq }));
    }

    async fn long_logs_are_verified_and_exported_in_pieces(db: Db) {
        let shop = TestShop::open(db).await;
        let mut tasks = JoinSet::new();
        for _ in 0..8 {
            let app = shop.app.clone();
            tasks.spawn(async move {
                for _ in 0..130 {
                    app.create_api_token(&BY, "test").await.unwrap();
                }
            });
        }
        tasks.join_all().await;
        let mut steps = Vec::new();
        let verdict = shop.app.verify_audit(None, &mut |done, total| steps.push((done, total))).await.unwrap();
        assert_eq!((verdict.verified.seq, verdict.flaw), (1_041, None));
        assert_eq!(steps, [(1_000, 1_041), (1_041, 1_041)]);
        let csv = export(&shop, AuditFilter::default()).await;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let columns: Vec<_> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(columns.join(","), "seq,at,actor,origin,delivery,action,subject,customer,content,order,before,after,hash");
        let places: Vec<i64> = reader.records().map(|row| row.unwrap()[0].parse().unwrap()).collect();
        assert_eq!(places, (1..=1_041).rev().collect::<Vec<_>>());
    }

    async fn an_export_holds_what_the_filter_lets_through_and_no_formulas(db: Db) {
        let shop = TestShop::open(db).await;
        let by = Cause { origin: Some("=cmd|' /C calc'!A0".into()), ..BY.clone() };
        shop.app.create_api_token(&by, "test").await.unwrap();
        shop.app.create_api_token(&BY, "test").await.unwrap();
        let filter = |action: &str| AuditFilter { action: Some(action.into()), ..AuditFilter::default() };
        let csv = export(&shop, filter("token")).await;
        let lines: Vec<&str> = csv.split("\r\n").collect();
        assert_eq!((lines.len(), lines[3]), (4, ""), "{csv}");
        assert!(lines[2].contains(",command line,'=cmd|' /C calc'!A0,,token.created,"), "{csv}");
        assert_eq!(export(&shop, filter("nothing")).await.lines().count(), 1, "the names of the columns alone");
        let csv = export(&shop, filter("store.added")).await;
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        let after: Value = serde_json::from_str(&row[11]).unwrap();
        assert_eq!(after["name"], "shop");
    }
}

/// The same installation after a restart, with whatever key lies in its folder now.
fn restarted(shop: &TestShop, key: &str) -> App {
    let folder = tempfile::tempdir().unwrap();
    let id = KeyPairId::parse("KTESTSHOP").unwrap();
    App::new(Parts {
        db: shop.app.db().clone(),
        objects: Folder::open(folder.path()).unwrap(),
        clock: Box::new(shop.clock.clone()),
        random: Box::new(SystemRandom),
        links: Links::new("https://media.test", SigningKey::from_pem(id, key).unwrap()).unwrap(),
        sealing: SealingKey::new(&[7; 32]).unwrap(),
        shop: Shop {
            name: "Test shop".into(),
            url: None,
        },
        post: app::mail::Post::default(),
        http: HttpClient::new(Limits::default()).unwrap(),
        sessions: SessionLimits::default(),
        playing: PlayingLimits::default(),
        retention: domain::retention::Retention::default(),
        public_url: "https://courses.test".into(),
    })
}

both_engines! {
    async fn another_signing_key_is_noted_when_a_process_begins_to_use_it(db: Db) {
        let shop = TestShop::open(db).await;
        let keys = [0, 1].map(|_| generate_p256_pem().unwrap());
        for key in [0, 0, 1, 1, 0] {
            restarted(&shop, &keys[key]).note_signing_key(&BY).await.unwrap();
        }
        let noted = all(&shop).await.into_iter().rev().filter(|entry| entry.action == "signing_key.used");
        let noted: Vec<_> = noted.map(|entry| (entry.before, entry.after.unwrap())).collect();
        assert_eq!(noted.len(), 3);
        assert_eq!(noted[0].0, None);
        assert_eq!((&noted[1].0, &noted[2].0), (&Some(noted[0].1.clone()), &Some(noted[1].1.clone())));
        assert_eq!(noted[0].1, noted[2].1, "the first one again");
        assert!(noted.iter().all(|(_, after)| after.contains("KTESTSHOP") && !after.contains("PRIVATE")));
    }
}
