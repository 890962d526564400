//! Who asks.

use app::sessions::Browser;
use app::sign_in::SignInError;
use testkit::{BY, TestShop, both_engines};

both_engines! {
    async fn a_link_signs_in_once_and_the_session_ends_when_it_is_ended(db: Db) {
        let shop = TestShop::open(db).await;
        let email = "ada@example.com".parse().unwrap();
        let link = shop.app.create_sign_in_link(&BY, &email).await.unwrap();
        let session = shop.app.confirm_sign_in(&link, Browser::default()).await.unwrap();
        let again = shop.app.confirm_sign_in(&link, Browser::default()).await;
        assert!(matches!(again, Err(SignInError::LinkNotValid)));
        let customer = shop.app.find_session(&session.token).await.unwrap().unwrap().viewer;
        let found = shop.app.find_customer(customer.customer()).await.unwrap().unwrap();
        assert_eq!(found.email, Some(email));
        shop.app.sign_out(&session.token).await.unwrap();
        assert_eq!(shop.app.find_session(&session.token).await.unwrap(), None);
    }

    async fn a_link_is_good_for_ten_minutes(db: Db) {
        let shop = TestShop::open(db).await;
        let email = "ada@example.com".parse().unwrap();
        let link = shop.app.create_sign_in_link(&BY, &email).await.unwrap();
        shop.clock.pass_seconds(600);
        assert!(shop.app.confirm_sign_in(&link, Browser::default()).await.is_err());
    }

    async fn an_api_token_is_known_by_its_text_alone(db: Db) {
        let shop = TestShop::open(db).await;
        let token = shop.app.create_api_token(&BY, "laptop").await.unwrap();
        assert!(token.starts_with("stoa_"));
        assert!(shop.app.find_api_token(&token).await.unwrap().is_some());
        assert!(shop.app.find_api_token(&token.to_uppercase()).await.unwrap().is_none());
    }
}
