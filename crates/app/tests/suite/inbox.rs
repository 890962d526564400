//! Taking webhooks in, and what becomes of those that cannot be applied.

use app::webhooks::WebhookError;
use connectors::Refused;
use serde_json::json;
use storage::inbox;
use testkit::{TestShop, both_engines};

use crate::seen::{customer, sees};

const ADA: &str = "ada@example.com";

async fn count(shop: &TestShop, state: &str) -> i64 {
    inbox::count(&mut shop.app.db().reader().await.unwrap(), state)
        .await
        .unwrap()
}

both_engines! {
    async fn a_forged_webhook_is_refused_and_not_kept(db: Db) {
        let shop = TestShop::open(db).await;
        let (headers, mut body) = shop.signed(&shop.paid_order("1", ADA, &["WATER"]));
        body[20] ^= 1;
        let outcome = shop.app.accept_webhook(&"shop".parse().unwrap(), &headers, &body).await;
        assert!(matches!(outcome, Err(WebhookError::Refused(Refused::BadSignature))));
        assert_eq!(count(&shop, "queued").await, 0);
        let outcome = shop.app.accept_webhook(&"other".parse().unwrap(), &headers, &body).await;
        assert!(matches!(outcome, Err(WebhookError::UnknownStore)));
    }

    async fn example_16_a_signed_error_object_is_kept_as_failed_and_changes_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.tell(&json!({ "code": "rest_forbidden", "message": "Sorry" })).await;
        assert_eq!((count(&shop, "dead").await, count(&shop, "done").await), (1, 1));
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn a_poisoned_delivery_does_not_delay_the_next(db: Db) {
        let shop = TestShop::open(db).await;
        let course = shop.sell_course("WATER", 1).await;
        shop.deliver(&json!({ "type": "order.updated", "data": 7 })).await;
        shop.deliver(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.app.work_until_idle().await.unwrap();
        assert_eq!((count(&shop, "dead").await, count(&shop, "done").await), (1, 1));
        assert!(sees(&shop, ADA, course.course).await);
    }

    async fn a_running_worker_is_woken_by_a_delivery(db: Db) {
        let shop = TestShop::open(db).await;
        shop.sell_course("WATER", 1).await;
        let ada = customer(&shop, ADA).await;
        let worker = tokio::spawn({
            let app = shop.app.clone();
            async move { app.work().await }
        });
        shop.deliver(&shop.paid_order("1", ADA, &["WATER"])).await;
        let granted = async {
            while shop.app.list_courses(ada).await.unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), granted).await.unwrap();
        worker.abort();
    }
}
