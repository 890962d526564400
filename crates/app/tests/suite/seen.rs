//! What a customer sees.

use app::administration::GrantFilter;
use domain::order::StoreItem;
use domain::{ContentId, CourseId, CustomerId, ProductId, StoreId};
use testkit::{BY, TestShop};

/// Whose address that is; she signs in when she is not known yet.
pub(crate) async fn customer(shop: &TestShop, email: &str) -> CustomerId {
    let token = shop.sign_in(email).await;
    let viewer = shop.app.find_session(&token).await.unwrap().unwrap().viewer;
    viewer.customer()
}

/// Whether the course opens for her.
pub(crate) async fn sees(shop: &TestShop, email: &str, course: CourseId) -> bool {
    let customer = customer(shop, email).await;
    let is_listed = shop
        .app
        .list_courses(customer)
        .await
        .unwrap()
        .iter()
        .any(|c| c.id == course);
    let opens = shop.app.open_course(customer, course).await.is_ok();
    assert_eq!(
        is_listed, opens,
        "the list and the course itself must agree"
    );
    opens
}

/// Her grants on a course, the reason of those that ended: by the orders' numbers, then those by hand.
pub(crate) async fn reasons(
    shop: &TestShop,
    email: &str,
    course: CourseId,
) -> Vec<Option<&'static str>> {
    let both = GrantFilter::Both(customer(shop, email).await, ContentId::Course(course));
    let mut listed = shop.app.list_grants(both, None, 200).await.unwrap().items;
    listed.sort_by_key(|listed| {
        let line = listed.line.clone();
        let line = line.map(|(_, number, line)| (number, line));
        (line.is_none(), line, listed.grant.id)
    });
    let reasons = listed.iter().map(|listed| listed.grant.revoked);
    reasons
        .map(|revoked| revoked.map(|(_, reason)| reason.name()))
        .collect()
}

/// Maps a SKU of a store to a product, and works off what follows.
pub(crate) async fn map_in(shop: &TestShop, store: StoreId, sku: &str, product: ProductId) {
    let item = StoreItem {
        sku: sku.parse().ok(),
        ..StoreItem::default()
    };
    shop.app.map_item(&BY, store, &item, product).await.unwrap();
    shop.app.work_until_idle().await.unwrap();
}
