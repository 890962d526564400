//! Sessions: how long they last, who ends them, and that every instance knows at once.

use app::sessions::{Browser, DeviceLabel, EndError};
use domain::{SessionId, Timestamp};
use testkit::{BY, TestShop, both_engines};

/// Signs Ada in from a browser; returns the session's token and the device's.
async fn sign_in(shop: &TestShop, browser: Browser<'_>) -> (String, String) {
    let email = "ada@example.com".parse().unwrap();
    let link = shop.app.create_sign_in_link(&BY, &email).await.unwrap();
    let session = shop.app.confirm_sign_in(&link, browser).await.unwrap();
    (session.token, session.device)
}

async fn id(shop: &TestShop, token: &str) -> Option<SessionId> {
    let found = shop.app.find_session(token).await.unwrap();
    found.map(|session| session.id)
}

both_engines! {
    async fn a_session_ends_after_fourteen_idle_days_and_after_thirty_in_any_case(db: Db) {
        let shop = TestShop::open(db).await;
        let (idle, _) = sign_in(&shop, Browser::default()).await;
        let (used, _) = sign_in(&shop, Browser::default()).await;
        shop.clock.pass_days(13);
        let session = shop.app.find_session(&used).await.unwrap().unwrap();
        assert!(shop.app.is_stale(&session));
        shop.app.refresh_session(session.id).await.unwrap();
        let session = shop.app.find_session(&used).await.unwrap().unwrap();
        assert!(!shop.app.is_stale(&session), "written down once an hour");
        shop.clock.pass_seconds(86_399);
        assert!(id(&shop, &idle).await.is_some());
        shop.clock.pass_seconds(1);
        assert_eq!(id(&shop, &idle).await, None);

        shop.clock.pass_days(12);
        assert!(id(&shop, &used).await.is_some());
        shop.app.refresh_session(session.id).await.unwrap();
        shop.clock.pass_seconds(4 * 86_400 - 1);
        assert!(id(&shop, &used).await.is_some());
        shop.clock.pass_seconds(1);
        assert_eq!(id(&shop, &used).await, None, "thirty days after it began");
    }

    async fn signing_in_ends_the_session_that_the_browser_had(db: Db) {
        let shop = TestShop::open(db).await;
        let (first, device) = sign_in(&shop, Browser::default()).await;
        let (elsewhere, _) = sign_in(&shop, Browser::default()).await;
        let browser = Browser { session: Some(&first), device: Some(&device), label: DeviceLabel::of("Firefox/145.0 (Windows NT 10.0)"), ..Browser::default() };
        let (second, same) = sign_in(&shop, browser).await;
        assert_ne!(second, first);
        assert_eq!(same, device, "the browser is known again");
        assert_eq!(id(&shop, &first).await, None);
        assert!(id(&shop, &elsewhere).await.is_some());
        let customer = shop.app.find_session(&second).await.unwrap().unwrap().viewer.customer();
        let listed = shop.app.list_sessions(customer).await.unwrap();
        let labels: Vec<&str> = listed.iter().map(|session| session.label.as_str()).collect();
        assert_eq!(labels, ["Firefox on Windows", "Unknown browser"]);
    }

    async fn a_device_that_nobody_knows_is_not_taken_on(db: Db) {
        let shop = TestShop::open(db).await;
        let planted = "x".repeat(43);
        let (_, device) = sign_in(&shop, Browser { device: Some(&planted), ..Browser::default() }).await;
        assert_ne!(device, planted);
    }

    async fn what_ends_on_one_instance_is_refused_on_every_other_at_once(db: Db) {
        let shop = TestShop::open(db.clone()).await;
        let other = shop.restarted();
        let (first, _) = sign_in(&shop, Browser::default()).await;
        let (second, _) = sign_in(&shop, Browser::default()).await;
        let (third, _) = sign_in(&shop, Browser::default()).await;
        let session = other.find_session(&first).await.unwrap().unwrap();
        assert_eq!(other.find_session(&second).await.unwrap().unwrap().viewer, session.viewer);

        shop.app.sign_out(&second).await.unwrap();
        assert_eq!(other.find_session(&second).await.unwrap(), None);
        let customer = session.viewer.customer();
        other.end_other_sessions(customer, session.id).await.unwrap();
        assert_eq!(shop.app.find_session(&third).await.unwrap(), None);
        shop.app.end_session(customer, session.id).await.unwrap();
        assert_eq!(other.find_session(&first).await.unwrap(), None);
        let again = other.end_session(customer, session.id).await;
        assert!(matches!(again, Err(EndError::NotFound)));
        let missing = SessionId::from_parts(Timestamp::from_seconds(0), 1);
        assert!(matches!(other.end_session(customer, missing).await, Err(EndError::NotFound)));
    }
}
