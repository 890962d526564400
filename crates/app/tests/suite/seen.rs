//! What a customer sees.

use domain::{ContentId, CourseId, CustomerId};
use storage::access;
use testkit::TestShop;

/// Whose address that is; she signs in when she is not known yet.
pub(crate) async fn customer(shop: &TestShop, email: &str) -> CustomerId {
    let token = shop.sign_in(email).await;
    let viewer = shop.app.find_session(&token).await.unwrap().unwrap();
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

/// Her grants on a course, the reason of those that ended.
pub(crate) async fn reasons(
    shop: &TestShop,
    email: &str,
    course: CourseId,
) -> Vec<Option<&'static str>> {
    let customer = customer(shop, email).await;
    let mut reader = shop.app.db().reader().await.unwrap();
    let on = access::list_on_content(&mut reader, customer, ContentId::Course(course))
        .await
        .unwrap();
    on.grants
        .iter()
        .map(|grant| grant.revoked.map(|(_, reason)| reason.name()))
        .collect()
}
