//! What only `stoa demo` has: two courses made on the spot, and a little shop that sells them.
//!
//! - [`fill`] renders the [`lessons`] from one film clip, imports them as anybody would import a folder, and maps them to
//!   what the shop sells. It is done once.
//! - [`DemoShop`] keeps its own books and tells Stoa about its orders by signed webhooks over HTTP, as any shop does. Of
//!   the use cases it calls three: to be connected, to read the secret it signs with, and to sign its buyer in.

mod content;
mod lessons;
mod pdf;
mod shop;

pub(crate) use content::{FillStep, fill};
pub(crate) use shop::{DemoShop, SHOP_NAME, router};
