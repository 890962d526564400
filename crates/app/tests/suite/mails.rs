//! Mail: each is sent once, to a real server, and one that is refused holds up nobody.

use app::App;
use app::administration::{Telling, Whom};
use app::admins::team::NewAdmin;
use app::mail::smtp::Security;
use app::mail::{
    Content, Letter, Letterhead, Mail, MailError, Mailer, Post, Sending, TrialError, write,
};
use domain::audit::{Actor, Cause};
use domain::mail::MailState;
use domain::scope::Role;
use domain::{ContentId, CustomerId, GrantId, MailId};
use storage::Db;
use testkit::mail::{MailCatcher, SENDER};
use testkit::shop::OPENING;
use testkit::{TestShop, both_engines};

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";
static BY: Cause = Cause::by(Actor::CommandLine);

/// Grants a customer something and queues the mail that tells of it.
async fn queue(shop: &TestShop, email: &str, content: ContentId) -> MailId {
    let (customer, grant) = grant(shop, email, content).await;
    let mail = Mail::AccessGranted {
        customer,
        order: None,
        grants: vec![grant],
    };
    let mut tx = shop.app.db().begin().await.unwrap();
    let id = shop
        .app
        .queue_mail(&mut tx, now(shop), mail)
        .await
        .unwrap()
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn grant(shop: &TestShop, email: &str, content: ContentId) -> (CustomerId, GrantId) {
    let whom = Whom::Email(email.parse().unwrap());
    let granted = shop
        .app
        .grant_access(&BY, whom, content, None, None, Telling::Nobody)
        .await
        .unwrap();
    (granted.customer, granted.id)
}

fn now(shop: &TestShop) -> domain::Timestamp {
    app::clock::Clock::now(&shop.clock)
}

async fn state(shop: &TestShop, id: MailId) -> (MailState, Option<String>) {
    let page = shop
        .app
        .list_mails(app::mail::MailFilter::default(), None, 200)
        .await
        .unwrap();
    let mail = page.items.into_iter().find(|mail| mail.id == id).unwrap();
    (mail.state, mail.error)
}

async fn no_job_failed(app: &App) {
    let overview = app.overview().await.unwrap();
    assert_eq!(overview.jobs["dead"], 0);
    assert_eq!(overview.paying_customers_without_access, 0);
}

async fn open(db: Db, server: &MailCatcher) -> (TestShop, ContentId) {
    let shop = TestShop::open_mailing(db, server).await;
    let course = shop.sell_course("WATER", 1).await;
    (shop, ContentId::Course(course.course))
}

both_engines! {
    async fn a_mail_is_sent_once_and_can_be_read_in_two_forms(db: Db) {
        let server = MailCatcher::open().await;
        let (shop, course) = open(db, &server).await;
        let id = queue(&shop, ADA, course).await;
        shop.app.work_until_idle().await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        let caught = server.caught();
        assert_eq!(caught.len(), 1);
        let mail = &caught[0];
        assert_eq!((mail.from.as_str(), &mail.to), (SENDER, &vec![ADA.to_owned()]));
        assert_eq!(mail.message.subject(), "Your access at Test shop is ready");
        assert_eq!(mail.message.header("From"), "\"Test shop\" <shop@shop.test>");
        assert_eq!(mail.message.header("To"), ADA);
        assert_eq!(mail.message.header("Auto-Submitted"), "auto-generated");
        assert!(mail.message.header("Message-ID").starts_with(&format!("<{id}.")));
        assert!(mail.message.text.contains("\n- Course WATER\n"), "{}", mail.message.text);
        assert!(mail.message.text.contains("\nhttps://courses.test/\n"));
        assert!(mail.message.html.contains("<li><bdi>Course WATER</bdi></li>"));
        assert!(mail.message.html.contains("href=\"https://courses.test/\""));
        assert_eq!(state(&shop, id).await, (MailState::Sent, None));
    }

    async fn the_link_of_an_administrator_goes_to_her_by_mail_while_it_works(db: Db) {
        let server = MailCatcher::open().await;
        let (shop, _) = open(db, &server).await;
        let new = NewAdmin { email: ADA.parse().unwrap(), name: "Ada".into(), role: Role::Owner };
        let replaced = shop.app.create_admin(&BY, &new).await.unwrap();
        let link = shop.app.create_admin_link(&BY, replaced.admin).await.unwrap();
        assert_ne!(link.token, replaced.token);
        shop.app.work_until_idle().await.unwrap();
        let caught = server.caught();
        assert_eq!(caught.len(), 1, "the link that was replaced is not worth a mail");
        assert_eq!(caught[0].to, [ADA]);
        let expected = format!("\nhttps://courses.test/admin/link#token={}\n", link.token);
        assert!(caught[0].message.text.contains(&expected), "{}", caught[0].message.text);
        let start = shop.app.begin_admin_setup(&link.token).await.unwrap();
        assert_eq!(start.email, ADA);
        shop.app.create_admin_link(&BY, link.admin).await.unwrap();
        shop.clock.pass_days(1);
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(server.caught().len(), 1, "nor is one that is too old");
        let page = shop.app.list_mails(app::mail::MailFilter::default(), None, 200).await.unwrap();
        let states = page.items.iter().map(|mail| mail.state);
        assert_eq!(states.filter(|state| *state == MailState::Needless).count(), 2);
    }

    async fn an_address_that_is_refused_for_good_is_given_up_at_once_and_holds_nobody_up(db: Db) {
        let server = MailCatcher::open().await;
        server.refuse(ADA, "550 5.1.1 no such user: ada@example.com");
        let (shop, course) = open(db, &server).await;
        let refused = queue(&shop, ADA, course).await;
        let taken = queue(&shop, BOB, course).await;
        shop.app.work_until_idle().await.unwrap();
        let (of_ada, error) = state(&shop, refused).await;
        assert_eq!(of_ada, MailState::Failed);
        let error = error.unwrap();
        assert_eq!(error, "the mail server refuses this mail for good (code 550)");
        assert_eq!(state(&shop, taken).await.0, MailState::Sent);
        shop.clock.pass_days(1);
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(server.caught().len(), 1, "it is not tried again");
        assert_eq!(shop.app.overview().await.unwrap().mails["failed"], 1);
        no_job_failed(&shop.app).await;
    }

    async fn a_mail_that_is_not_taken_now_is_tried_again_for_a_day(db: Db) {
        let server = MailCatcher::open().await;
        server.refuse(ADA, "451 4.7.1 greylisted");
        let (shop, course) = open(db, &server).await;
        let late = queue(&shop, ADA, course).await;
        let never = queue(&shop, BOB, course).await;
        server.refuse(BOB, "452 4.2.2 full");
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(state(&shop, late).await.0, MailState::Queued);
        server.take_all();
        server.refuse(BOB, "452 4.2.2 full");
        shop.clock.pass_seconds(60);
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(state(&shop, late).await.0, MailState::Sent);
        for _ in 0..12 {
            shop.clock.pass_days(1);
            shop.app.work_until_idle().await.unwrap();
        }
        let (failed, error) = state(&shop, never).await;
        assert_eq!((failed, error.as_deref()), (MailState::Failed, Some("the mail server does not take this mail now (code 452)")));
        no_job_failed(&shop.app).await;
    }

    async fn a_server_that_lets_nobody_in_costs_no_mail(db: Db) {
        let server = MailCatcher::open_with_login("ann", "right").await;
        let shop = TestShop::open(db).await;
        let course = ContentId::Course(shop.sell_course("WATER", 1).await.course);
        let id = queue(&shop, ADA, course).await;
        let login = |password: &str| Post {
            mailer: Some(Box::new(server.mailer_by(Security::None, Some(("ann".into(), password.into())), "Shop"))),
            ..Post::default()
        };
        let app = shop.restarted_with(login("wrong"));
        app.work_until_idle().await.unwrap();
        assert_eq!(state(&shop, id).await.0, MailState::Queued, "535 is no word about the addressee");
        server.turn_away("554 5.7.1 blocked");
        shop.clock.pass_seconds(60);
        app.work_until_idle().await.unwrap();
        assert_eq!(state(&shop, id).await.0, MailState::Queued, "nor is a greeting");
        server.take_all();
        shop.clock.pass_seconds(120);
        shop.restarted_with(login("right")).work_until_idle().await.unwrap();
        assert_eq!(state(&shop, id).await.0, MailState::Sent);
    }

    async fn without_a_server_mails_wait_and_go_out_when_there_is_one(db: Db) {
        let shop = TestShop::open(db).await;
        let course = ContentId::Course(shop.sell_course("WATER", 1).await.course);
        let old = queue(&shop, ADA, course).await;
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(state(&shop, old).await, (MailState::Waiting, Some("no mail server is configured".into())));
        shop.clock.pass_days(10);
        let young = queue(&shop, BOB, course).await;
        shop.app.work_until_idle().await.unwrap();
        shop.app.queue_waiting_mails().await.unwrap();
        assert_eq!(shop.app.overview().await.unwrap().mails["waiting"], 2);
        no_job_failed(&shop.app).await;
        shop.clock.pass_days(5);
        let server = MailCatcher::open().await;
        let app = shop.restarted_with(server.post());
        app.queue_waiting_mails().await.unwrap();
        app.work_until_idle().await.unwrap();
        assert_eq!(state(&shop, young).await, (MailState::Sent, None));
        assert_eq!(state(&shop, old).await.0, MailState::Failed, "nobody is told what is two weeks old");
        assert_eq!(server.caught().len(), 1);
    }

    async fn what_is_no_longer_so_is_not_told(db: Db) {
        let server = MailCatcher::open().await;
        let (shop, course) = open(db, &server).await;
        let id = queue(&shop, ADA, course).await;
        let whom = Whom::Email(ADA.parse().unwrap());
        shop.app.revoke_access(&BY, whom, course, None, Telling::Nobody).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(state(&shop, id).await.0, MailState::Needless);
        assert!(server.caught().iter().all(|mail| !mail.message.subject().contains("ready")));
    }

    async fn only_a_process_that_dies_between_the_two_answers_sends_twice_and_then_it_is_the_same_mail(db: Db) {
        let server = MailCatcher::open().await;
        let shop = TestShop::open(db).await;
        let course = ContentId::Course(shop.sell_course("WATER", 1).await.course);
        let id = queue(&shop, ADA, course).await;
        let (told, taken) = tokio::sync::oneshot::channel();
        let dying = Dying { mailer: server.mailer(), told: std::sync::Mutex::new(Some(told)) };
        let app = shop.restarted_with(Post { mailer: Some(Box::new(dying)), ..Post::default() });
        let process = tokio::spawn(async move { app.work_until_idle().await });
        taken.await.unwrap();
        process.abort();
        assert!(process.await.is_err());
        assert_eq!(server.caught().len(), 1);
        let app = shop.restarted_with(server.post());
        app.work_until_idle().await.unwrap();
        assert_eq!(server.caught().len(), 1, "the lease still holds");
        shop.clock.pass_seconds(300);
        for _ in 0..3 {
            app.work_until_idle().await.unwrap();
            shop.clock.pass_days(1);
        }
        let caught = server.caught();
        assert_eq!(caught.len(), 2);
        let names: Vec<String> = caught.iter().map(|mail| mail.message.header("Message-ID")).collect();
        assert_eq!(names[0], names[1]);
        assert_eq!(state(&shop, id).await.0, MailState::Sent);
    }

    async fn one_occasion_is_one_mail(db: Db) {
        let server = MailCatcher::open().await;
        let (shop, course) = open(db, &server).await;
        let (customer, grant) = grant(&shop, ADA, course).await;
        for round in 0..3 {
            let mail = Mail::AccessGranted { customer, order: None, grants: vec![grant] };
            let mut tx = shop.app.db().begin().await.unwrap();
            let queued = shop.app.queue_mail(&mut tx, now(&shop), mail).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(queued.is_some(), round == 0);
            shop.app.work_until_idle().await.unwrap();
        }
        assert_eq!(server.caught().len(), 1);
    }
}

/// Sends, and never lives to tell.
struct Dying {
    mailer: app::mail::smtp::Smtp,
    told: std::sync::Mutex<Option<tokio::sync::oneshot::Sender<()>>>,
}

impl Mailer for Dying {
    fn send<'a>(&'a self, letter: &'a Letter) -> Sending<'a> {
        Box::pin(async move {
            self.mailer.send(letter).await.unwrap();
            let told = self.told.lock().unwrap().take();
            told.unwrap().send(()).unwrap();
            std::future::pending().await
        })
    }
}

fn letter(to: &str, shop: &str) -> Letter {
    let head = Letterhead {
        shop,
        colour: app::mail::Colour::default(),
        templates: &app::mail::Templates::default(),
    };
    Letter {
        name: "mal_1".into(),
        to: to.parse().unwrap(),
        at: OPENING,
        written: write(&Content::Test, &head, domain::Language::German),
    }
}

#[tokio::test]
async fn no_name_of_a_shop_can_begin_a_header() {
    let server = MailCatcher::open().await;
    for name in [
        "Ann\r\nBcc: eve@example.com",
        "Ann\nBcc: eve@example.com\n\nHello",
        "Ann\" <eve@example.com>, \"",
        "Bäckerei\r\n Ünder\r\nBcc: eve@example.com",
    ] {
        let mailer = server.mailer_by(Security::None, None, name);
        mailer.send(&letter(ADA, name)).await.unwrap();
    }
    let caught = server.caught();
    assert_eq!(caught.len(), 4);
    for mail in caught {
        assert_eq!(mail.to, [ADA]);
        let names: Vec<&str> = mail
            .message
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let mut expected = [
            "from",
            "to",
            "subject",
            "date",
            "message-id",
            "auto-submitted",
            "mime-version",
            "content-type",
        ];
        let mut names = names;
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected);
        assert!(
            mail.message.header("From").ends_with("<shop@shop.test>"),
            "{}",
            mail.message.header("From")
        );
        assert!(
            mail.message.text.contains("E-Mails senden kann"),
            "{}",
            mail.message.text
        );
        assert_eq!(
            mail.message.header("Date"),
            "Wed, 18 Nov 2026 11:06:40 +0000"
        );
    }
}

#[tokio::test]
async fn an_address_of_which_mail_servers_know_nothing_is_refused_without_asking_them() {
    let server = MailCatcher::open().await;
    for odd in [
        "\"a b\\\"@example.com",
        "a\"b@example.com",
        "mïke@example.com",
    ] {
        let Ok(to) = odd.parse() else { continue };
        let letter = Letter {
            to,
            ..letter(ADA, "Shop")
        };
        let sent = server.mailer().send(&letter).await;
        assert_eq!(sent, Err(MailError::Address), "{odd}");
    }
    assert!(server.caught().is_empty());
}

#[tokio::test]
async fn nothing_is_sent_in_the_clear_when_a_secure_connection_is_asked_for() {
    let server = MailCatcher::open().await;
    for security in [Security::StartTls, Security::Tls] {
        let login = Some(("ann".to_owned(), "secret".to_owned()));
        let sent = server
            .mailer_by(security, login, "Shop")
            .send(&letter(ADA, "Shop"))
            .await;
        assert!(
            matches!(sent, Err(MailError::Tls | MailError::Unreachable)),
            "{sent:?}"
        );
    }
    assert!(server.caught().is_empty());
    let missing = server
        .mailer_by(Security::StartTls, None, "Shop")
        .send(&letter(ADA, "Shop"))
        .await;
    assert_eq!(missing, Err(MailError::Tls));
}

#[tokio::test]
async fn trying_the_server_says_what_is_wrong() {
    let database = testkit::TestDatabase::sqlite().await;
    let shop = TestShop::open(database.db).await;
    let to = ADA.parse().unwrap();
    let tried = shop.app.try_mail(&to).await;
    assert!(matches!(tried, Err(TrialError::NoServer)));
    let server = MailCatcher::open().await;
    let app = shop.restarted_with(server.post());
    app.try_mail(&to).await.unwrap();
    assert_eq!(
        server.caught()[0].message.subject(),
        "A test from Test shop"
    );
    server.refuse(ADA, "550 5.1.1 no such user");
    let tried = app.try_mail(&to).await;
    assert!(matches!(
        tried,
        Err(TrialError::Mail(MailError::Refused(550)))
    ));
}

both_engines! {
    async fn administrators_are_told_of_problems_once_a_week_and_only_when_there_are_any(db: Db) {
        let server = MailCatcher::open().await;
        let shop = TestShop::open_mailing(db, &server).await;
        shop.administrator("owner@example.com", domain::scope::Role::Owner).await;
        let weekly = async || {
            shop.app.queue_weekly_mails().await.unwrap();
            shop.app.work_until_idle().await.unwrap();
            let caught = server.caught();
            caught.iter().filter(|mail| mail.message.subject().contains("needs a look")).count()
        };
        assert_eq!(weekly().await, 0, "all is well");
        // An order that cannot be read, and one for what nobody has mapped.
        shop.tell(&serde_json::json!({ "type": "order.updated" })).await;
        shop.tell(&shop.paid_order("1", ADA, &["NOBODY-MAPPED-IT"])).await;
        assert_eq!(weekly().await, 1);
        assert_eq!(weekly().await, 1, "once a week");
        shop.clock.pass_seconds(7 * 86_400);
        assert_eq!(weekly().await, 2);
    }
}
