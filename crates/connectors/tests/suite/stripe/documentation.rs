//! `docs/stores/stripe.md` says what is so.

use connectors::api::{Limits, WebhookState};

use super::account::{Account, open};
use crate::server::{Reply, Server};

const PAGE: &str = include_str!("../../../../../docs/stores/stripe.md");

#[tokio::test]
async fn the_page_names_every_event_and_no_other() {
    let opened = Account::empty().open().await;
    let state = opened
        .api
        .find_webhooks("https://courses.example.com/webhooks/shop");
    let WebhookState::Missing(mut events) = state.await.unwrap() else {
        panic!("an account without endpoints lacks everything");
    };
    let table = PAGE.split("### Events").nth(1).unwrap();
    let table = table.split("More events").next().unwrap();
    let mut named: Vec<_> = table.split('`').skip(1).step_by(2).collect();
    named.sort_unstable();
    events.sort_unstable();
    assert_eq!(named, events);
}

#[tokio::test]
async fn the_page_names_every_permission_and_no_other() {
    let server = Server::answering(|_| Reply::status(403)).await;
    let api = open(&server.address, Limits::default());
    let missing = api.check().await.unwrap().missing_scopes;
    let table = PAGE.split("| Permission |").nth(1).unwrap();
    let rows = table.lines().filter(|line| line.contains(": "));
    let named: Vec<_> = rows
        .filter_map(|line| line.split('|').nth(1).map(str::trim))
        .filter(|name| name.ends_with(": Read") || name.ends_with(": Write"))
        .collect();
    assert_eq!(named, missing);
}
