//! What the Shopify connector promises.

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
