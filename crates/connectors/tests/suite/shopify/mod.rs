//! What the Shopify connector promises.
#![expect(
    clippy::needless_pass_by_value,
    reason = "JSON that is made on the spot reads better without &"
)]

mod api;
mod captures;
mod delivery;
mod hand_off;
mod history;
mod misbehaviour;
mod oracle;
mod signature;
mod traps;
mod webhooks;
