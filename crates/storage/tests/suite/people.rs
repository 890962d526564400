//! Customers, sessions, tokens and stores.

use domain::scope::{Scope, Scopes};
use domain::{CustomerId, TokenId};
use storage::api_tokens::{NewApiToken, ValidToken};
use storage::{api_tokens, customers, stores};
use testkit::both_engines;

use crate::seed::{at, ext, seed};

both_engines! {
    async fn a_customer_is_found_by_address_and_by_a_stores_id(db: Db) {
        let seed = seed(&db).await;
        let new = |number| CustomerId::from_parts(at(0), number);
        let mut tx = db.begin().await.unwrap();
        let ada = "ada@example.com".parse().unwrap();
        assert_eq!(customers::insert_by_email(&mut tx, new(9), &ada, at(1)).await.unwrap(), seed.customer);
        assert_eq!(customers::find_by_email(&mut tx, &ada).await.unwrap(), Some(seed.customer));
        let known = customers::insert_by_identity(&mut tx, new(10), seed.store, &ext("42"), at(1)).await.unwrap();
        let again = customers::insert_by_identity(&mut tx, new(11), seed.store, &ext("42"), at(1)).await.unwrap();
        assert_eq!((known, again), (new(10), new(10)));
        assert_eq!(customers::find_by_identity(&mut tx, seed.store, &ext("42")).await.unwrap(), Some(known));
        customers::insert(&mut tx, new(12), None, at(1)).await.unwrap();
        customers::insert(&mut tx, new(13), None, at(1)).await.unwrap();
        assert!(customers::find(&mut tx, new(13)).await.unwrap().unwrap().email.is_none());
        assert!(customers::mark_proven(&mut tx, seed.customer, at(1)).await.unwrap());
        assert!(!customers::mark_proven(&mut tx, seed.customer, at(2)).await.unwrap(), "once is the first time");
        customers::set_language(&mut tx, seed.customer, "de").await.unwrap();
        customers::lock(&mut tx, &[seed.customer, new(99)]).await.unwrap();
    }

    async fn an_api_token_is_found_with_its_scopes_while_it_is_valid(db: Db) {
        let id = TokenId::from_parts(at(0), 1);
        let scopes = Scopes::of(&[Scope::AuditRead, Scope::ContentRead]);
        let new = NewApiToken { id, name: "laptop", hash: &[1; 32], scopes, expires_at: Some(at(100)) };
        let mut tx = db.begin().await.unwrap();
        api_tokens::insert(&mut tx, &new, at(0)).await.unwrap();
        let valid = ValidToken { id, scopes, last_used_at: None };
        assert_eq!(api_tokens::find(&mut tx, &[1; 32], at(99)).await.unwrap(), Some(valid));
        assert_eq!(api_tokens::find(&mut tx, &[1; 32], at(100)).await.unwrap(), None);
        assert_eq!(api_tokens::find(&mut tx, &[2; 32], at(1)).await.unwrap(), None);
        for (used, noted) in [(7, 7), (9, 9), (8, 9)] {
            api_tokens::update_use(&mut tx, id, at(used)).await.unwrap();
            let found = api_tokens::find(&mut tx, &[1; 32], at(10)).await.unwrap().unwrap();
            assert_eq!(found.last_used_at, Some(at(noted)));
        }
        assert!(api_tokens::revoke(&mut tx, id, at(11)).await.unwrap());
        assert!(!api_tokens::revoke(&mut tx, id, at(12)).await.unwrap());
        assert_eq!(api_tokens::find(&mut tx, &[1; 32], at(13)).await.unwrap(), None);
        let all = api_tokens::list(&mut tx).await.unwrap();
        let [token] = all.as_slice() else { panic!("{all:?}") };
        assert_eq!((token.id, token.scopes, token.expires_at), (id, scopes, Some(at(100))));
        assert_eq!((token.last_used_at, token.revoked_at), (Some(at(9)), Some(at(11))));
    }

    async fn a_store_is_found_by_name_and_id(db: Db) {
        let seed = seed(&db).await;
        db.ping().await.unwrap();
        let mut reader = db.reader().await.unwrap();
        let by_name = stores::find_by_name(&mut reader, &"demo".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((by_name.id, by_name.secrets), (seed.store, vec![1, 2, 3]));
        assert_eq!(stores::find(&mut reader, seed.store).await.unwrap().unwrap().kind, "custom");
        assert_eq!(stores::list(&mut reader).await.unwrap().len(), 1);
    }
}
