//! What only `stoa demo` has: three courses made on the spot, and a little shop that sells them.
//!
//! - [`fill`] renders the [`lessons`] from one film clip, imports them as anybody would import a folder, and maps them to
//!   what the shop sells, but for one: that is the visitor's to map. It is done once.
//! - [`DemoShop`] keeps its own books and tells Stoa about its orders by signed webhooks over HTTP, as any shop does. For
//!   that it calls three use cases: to be connected, to read the secret it signs with, and to sign its buyer in. The desk
//!   of its staff calls those that an administrator reaches by the API.
//! - [`DemoMails`] keeps the mails that would be sent, and the shop shows them.

mod content;
mod lessons;
mod mails;
mod pdf;
mod shop;

pub(crate) use content::{FillStep, fill};
pub(crate) use mails::DemoMails;
pub(crate) use shop::{DemoShop, SHOP_NAME, router};
