//! Signing in by e-mail: who gets a mail, and what its link and code are good for.

use app::sessions::Browser;
use app::sign_in::{SignInError, SignInMail};
use domain::device::DeviceLabel;
use domain::sign_in::SignInMeans;
use domain::{CustomerId, DeviceId, EmailAddress, Language, SessionId};
use storage::sessions::NewSession;
use storage::{customers, devices, sessions, sign_ins};
use testkit::{BY, TestShop, both_engines};

const ADA: &str = "ada@example.com";

fn address(text: &str) -> EmailAddress {
    text.parse().unwrap()
}

/// A shop that knows Ada by an order.
async fn open(db: storage::Db) -> TestShop {
    let shop = TestShop::open(db).await;
    let order = shop.paid_order("1001", ADA, &["INK"]);
    shop.tell(&order).await;
    shop
}

/// Asks for a mail; returns the asking browser's token.
async fn ask(shop: &TestShop, email: &str) -> String {
    let asked = shop
        .app
        .ask_to_sign_in(
            SignInMeans::Address(address(email)),
            None,
            Browser::default(),
        )
        .await;
    asked.unwrap()
}

fn asking(token: &str) -> Browser<'_> {
    Browser {
        sign_in: Some(token),
        ..Browser::default()
    }
}

fn token(mail: &SignInMail) -> &str {
    let link = mail
        .link
        .strip_prefix("https://courses.test/sign-in#token=");
    link.unwrap()
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

both_engines! {
    async fn a_customer_signs_in_by_link_or_by_code_in_the_browser_that_asked_once(db: Db) {
        let shop = open(db).await;
        for by_code in [false, true] {
            let browser = ask(&shop, "Ada@Example.com ").await;
            let mail = shop.mail_for(&browser).await.unwrap();
            let again = shop.mail_for(&browser).await.unwrap();
            assert_eq!((&mail.link, &mail.code), (&again.link, &again.code), "a mail that is sent twice says the same");
            assert_eq!(mail.email, address(ADA));
            let session = if by_code {
                shop.app.confirm_sign_in_by_code(&mail.code, asking(&browser)).await
            } else {
                shop.app.confirm_sign_in(token(&mail), asking(&browser)).await
            };
            let viewer = shop.app.find_session(&session.unwrap().token).await.unwrap().unwrap().viewer;
            let customer = shop.app.find_customer(viewer.customer()).await.unwrap().unwrap();
            assert_eq!(customer.email, Some(address(ADA)));
            let link = shop.app.confirm_sign_in(token(&mail), asking(&browser)).await;
            assert!(matches!(link, Err(SignInError::LinkNotValid)));
            let code = shop.app.confirm_sign_in_by_code(&mail.code, asking(&browser)).await;
            assert!(matches!(code, Err(SignInError::CodeNotValid)));
            assert!(shop.mail_for(&browser).await.is_none(), "what is used is not sent again");
        }
    }

    async fn both_work_for_ten_minutes(db: Db) {
        let shop = open(db).await;
        let browser = ask(&shop, ADA).await;
        let mail = shop.mail_for(&browser).await.unwrap();
        shop.clock.pass_seconds(600);
        let link = shop.app.confirm_sign_in(token(&mail), asking(&browser)).await;
        assert!(matches!(link, Err(SignInError::LinkNotValid)));
        let code = shop.app.confirm_sign_in_by_code(&mail.code, asking(&browser)).await;
        assert!(matches!(code, Err(SignInError::CodeNotValid)));
        assert!(shop.mail_for(&browser).await.is_none());
    }

    async fn another_browser_uses_neither_and_uses_nothing_up(db: Db) {
        let shop = open(db).await;
        let browser = ask(&shop, ADA).await;
        let mail = shop.mail_for(&browser).await.unwrap();
        let other = ask(&shop, "eve@example.com").await;
        for elsewhere in [Browser::default(), asking(&other)] {
            let link = shop.app.confirm_sign_in(token(&mail), elsewhere).await;
            assert!(matches!(link, Err(SignInError::OtherBrowser)));
        }
        let code = shop.app.confirm_sign_in_by_code(&mail.code, asking(&other)).await;
        assert!(matches!(code, Err(SignInError::WrongCode)));
        let code = shop.app.confirm_sign_in_by_code(&mail.code, Browser::default()).await;
        assert!(matches!(code, Err(SignInError::CodeNotValid)));
        assert!(shop.app.confirm_sign_in(token(&mail), asking(&browser)).await.is_ok());
    }

    async fn a_link_made_by_hand_works_in_any_browser_and_brings_no_mail(db: Db) {
        let shop = open(db).await;
        let link = shop.app.create_sign_in_link(&BY, &address("new@example.com")).await.unwrap();
        let id = domain::sign_in::link_id(&link).unwrap();
        assert!(shop.app.sign_in_to_send(id).await.unwrap().is_none());
        let other = ask(&shop, ADA).await;
        assert!(shop.app.confirm_sign_in(&link, asking(&other)).await.is_ok());
        assert!(matches!(shop.app.confirm_sign_in(&link, asking(&other)).await, Err(SignInError::LinkNotValid)));
    }

    async fn an_address_that_is_nobodys_gets_no_mail_and_its_code_cannot_be_guessed(db: Db) {
        let shop = open(db).await;
        let browser = ask(&shop, "nobody@example.com").await;
        assert!(shop.mail_for(&browser).await.is_none());
        for number in 0..5 {
            let tried = shop.app.confirm_sign_in_by_code(&format!("{number:06}"), asking(&browser)).await;
            assert!(matches!(tried, Err(SignInError::WrongCode)));
        }
        let tried = shop.app.confirm_sign_in_by_code("000005", asking(&browser)).await;
        assert!(matches!(tried, Err(SignInError::CodeNotValid)));
        let mut reader = shop.app.db().reader().await.unwrap();
        let nobody = customers::find_by_email(&mut reader, &address("nobody@example.com")).await;
        assert_eq!(nobody.unwrap(), None, "asking makes no customer");
    }

    async fn of_sixty_four_codes_at_once_five_are_tried(db: Db) {
        let shop = open(db).await;
        let browser = ask(&shop, ADA).await;
        let mail = shop.mail_for(&browser).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let (app, browser, wrong) = (shop.app.clone(), browser.clone(), wrong(&mail.code));
            tasks.spawn(async move { app.confirm_sign_in_by_code(wrong, asking(&browser)).await.map(drop) });
        }
        let mut counted = 0;
        for tried in tasks.join_all().await {
            match tried {
                Err(SignInError::WrongCode) => counted += 1,
                Err(SignInError::CodeNotValid) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(counted, 5);
        let right = shop.app.confirm_sign_in_by_code(&mail.code, asking(&browser)).await;
        assert!(matches!(right, Err(SignInError::CodeNotValid)), "the sixth try, though it is right");
        assert!(shop.app.confirm_sign_in(token(&mail), asking(&browser)).await.is_ok(), "the link is hers all the same");
    }

    async fn of_sixty_four_right_codes_at_once_one_signs_in(db: Db) {
        let shop = open(db).await;
        let browser = ask(&shop, ADA).await;
        let mail = shop.mail_for(&browser).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..64 {
            let (app, browser, code) = (shop.app.clone(), browser.clone(), mail.code.clone());
            tasks.spawn(async move { app.confirm_sign_in_by_code(&code, asking(&browser)).await.is_ok() });
        }
        let signed_in = tasks.join_all().await.into_iter().filter(|is_in| *is_in).count();
        assert_eq!(signed_in, 1);
    }

    async fn an_address_gets_five_mails_an_hour_and_no_more_codes_can_be_guessed(db: Db) {
        let shop = open(db).await;
        let mut mails = 0;
        for _ in 0..20 {
            let browser = ask(&shop, ADA).await;
            let first = shop.mail_for(&browser).await.is_some();
            assert_eq!(shop.mail_for(&browser).await.is_some(), first, "asked again, the answer is the same");
            mails += u32::from(first);
        }
        assert_eq!(mails, 5);
        shop.clock.pass_seconds(3_600);
        let browser = ask(&shop, ADA).await;
        assert!(shop.mail_for(&browser).await.is_some());
    }

    async fn strangers_who_spend_the_mails_of_an_address_do_not_spend_those_of_her_own_browser(db: Db) {
        let shop = open(db).await;
        let browser = ask(&shop, ADA).await;
        let mail = shop.mail_for(&browser).await.unwrap();
        let session = shop.app.confirm_sign_in(token(&mail), asking(&browser)).await.unwrap();
        for _ in 0..10 {
            let stranger = ask(&shop, ADA).await;
            shop.mail_for(&stranger).await;
        }
        let again = async |email: &str| {
            let at_home = Browser { device: Some(&session.device), ..Browser::default() };
            let means = SignInMeans::Address(address(email));
            let browser = shop.app.ask_to_sign_in(means, None, at_home).await.unwrap();
            shop.mail_for(&browser).await.is_some()
        };
        for _ in 0..5 {
            assert!(again(ADA).await);
        }
        assert!(!again(ADA).await, "there are as many of them and no more");
        shop.tell(&shop.paid_order("1002", "eve@example.com", &["INK"])).await;
        for _ in 0..5 {
            shop.mail_for(&ask(&shop, "eve@example.com").await).await;
        }
        assert!(!again("eve@example.com").await, "the browser is hers, and nobody else's");
    }

    async fn a_newer_wish_of_a_browser_takes_the_place_of_the_older(db: Db) {
        let shop = open(db).await;
        let first = ask(&shop, ADA).await;
        let old = shop.mail_for(&first).await.unwrap();
        let second = shop.app.ask_to_sign_in(SignInMeans::Address(address(ADA)), Some(Language::German), asking(&first)).await.unwrap();
        for browser in [&first, &second] {
            let refused = shop.app.confirm_sign_in(token(&old), asking(browser)).await;
            assert!(matches!(refused, Err(SignInError::LinkNotValid)));
        }
        let mail = shop.mail_for(&second).await.unwrap();
        assert_eq!((mail.language, old.language), (Some(Language::German), None));
        assert!(shop.app.confirm_sign_in(token(&mail), asking(&second)).await.is_ok());
    }

    async fn an_address_that_is_added_is_proven_besides_what_was(db: Db) {
        let shop = open(db).await;
        shop.tell(&shop.paid_order("1002", "eve@example.com", &["INK"])).await;
        let first = ask(&shop, ADA).await;
        let mail = shop.mail_for(&first).await.unwrap();
        let session = shop.app.confirm_sign_in(token(&mail), asking(&first)).await.unwrap();
        let second = ask(&shop, "eve@example.com").await;
        let mail = shop.mail_for(&second).await.unwrap();
        let browser = Browser { session: Some(&session.token), keeps_proofs: true, ..asking(&second) };
        let joined = shop.app.confirm_sign_in_by_code(&mail.code, browser).await.unwrap();
        let viewer = shop.app.find_session(&joined.token).await.unwrap().unwrap().viewer;
        let mut emails = Vec::new();
        for customer in viewer.customers() {
            emails.push(shop.app.find_customer(customer).await.unwrap().unwrap().email.unwrap());
        }
        assert_eq!(emails, [address(ADA), address("eve@example.com")]);
        assert!(shop.app.find_session(&session.token).await.unwrap().is_none(), "a new session took its place");
        let merged = shop.app.merge_proven(&BY, &joined.token).await.unwrap();
        assert_eq!(merged.others.len(), 1);
        // Once more, with nobody signed in: it is a sign-in like any other.
        let third = ask(&shop, ADA).await;
        let mail = shop.mail_for(&third).await.unwrap();
        let alone = Browser { keeps_proofs: true, ..asking(&third) };
        let session = shop.app.confirm_sign_in_by_code(&mail.code, alone).await.unwrap();
        let viewer = shop.app.find_session(&session.token).await.unwrap().unwrap().viewer;
        assert_eq!(viewer.customers().collect::<Vec<_>>(), [merged.kept]);
    }

    async fn proving_merges_nobody(db: Db) {
        let shop = open(db).await;
        shop.tell(&shop.paid_order("1002", "eve@example.com", &["INK"])).await;
        let mut customers = Vec::new();
        let mut session = None::<String>;
        for email in [ADA, "eve@example.com"] {
            let browser = ask(&shop, email).await;
            let mail = shop.mail_for(&browser).await.unwrap();
            let browser = Browser { session: session.as_deref(), ..asking(&browser) };
            let opened = shop.app.confirm_sign_in(token(&mail), browser).await.unwrap();
            let viewer = shop.app.find_session(&opened.token).await.unwrap().unwrap().viewer;
            assert_eq!(viewer.customers().count(), 1, "another's session is not taken over");
            customers.push(viewer.customer());
            session = Some(opened.token);
        }
        assert_ne!(customers[0], customers[1]);
    }

    async fn the_first_proof_of_an_address_ends_whatever_stood_on_it_before(db: Db) {
        let shop = open(db).await;
        let mut tx = shop.app.db().begin().await.unwrap();
        let ada: CustomerId = customers::find_by_email(&mut tx, &address(ADA)).await.unwrap().unwrap();
        let now = app::clock::Clock::now(&shop.clock);
        let device = DeviceId::from_parts(now, 1);
        devices::insert(&mut tx, device, &[1; 32], DeviceLabel::default(), now).await.unwrap();
        // How ever it came to be: nobody has proven the address yet.
        let planted = "planted";
        let session = NewSession {
            id: SessionId::from_parts(now, 1),
            token: &app::random::hash_token(planted),
            customer: ada,
            device,
            embed: None,
            created_at: now,
            idle_at: now.plus_days(1),
            expires_at: now.plus_days(1),
        };
        sessions::insert(&mut tx, session).await.unwrap();
        tx.commit().await.unwrap();
        // Somebody else has a code sent to her, and waits for her to tell it.
        let theirs = ask(&shop, ADA).await;
        let lured = shop.mail_for(&theirs).await.unwrap();

        let hers = ask(&shop, ADA).await;
        let mail = shop.mail_for(&hers).await.unwrap();
        let first = shop.app.confirm_sign_in_by_code(&mail.code, asking(&hers)).await.unwrap();
        assert_eq!(shop.app.find_session(planted).await.unwrap(), None);
        let refused = shop.app.confirm_sign_in_by_code(&lured.code, asking(&theirs)).await;
        assert!(matches!(refused, Err(SignInError::CodeNotValid)));

        let again = ask(&shop, ADA).await;
        let mail = shop.mail_for(&again).await.unwrap();
        shop.app.confirm_sign_in_by_code(&mail.code, asking(&again)).await.unwrap();
        assert!(shop.app.find_session(&first.token).await.unwrap().is_some(), "the second proof ends nothing");
    }

    async fn asking_does_the_same_work_for_whatever_address(db: Db) {
        let shop = open(db).await;
        let mut kept = Vec::new();
        for email in [ADA, "nobody@example.com"] {
            let browser = ask(&shop, email).await;
            let mut reader = shop.app.db().reader().await.unwrap();
            let wish = sign_ins::find(&mut reader, shop.wish_of(&browser).await).await.unwrap().unwrap();
            kept.push((wish.wish.kind, wish.wish.tries, wish.wish.is_mailed, wish.wish.expires_at, browser.len()));
        }
        assert_eq!(kept[0], kept[1]);
    }
}
