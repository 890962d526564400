//! The local CDN: answers for objects exactly where CloudFront would, so that everything can be
//! tried, tested and run on premises with the same URLs.
//!
//! [`router`] serves `GET` and `HEAD` for signed URLs below one public address. It verifies the
//! signature with public keys before it looks at the store, so a refusal tells nothing about what
//! exists; then it reads the object in chunks as the viewer takes them. It has no database and
//! never sees a private key.
//!
//! `range` and `condition` are the rules of RFC 9110, pure; `cors` and `refusal` shape what every
//! answer has in common, `method` and `body` are the words they share; `serving` puts them in
//! order.

mod body;
mod condition;
mod cors;
mod disposition;
mod method;
mod origin;
mod range;
mod refusal;
mod serving;
mod settings;

pub use cors::ShopOrigins;
pub use serving::router;
pub use settings::{Clock, Edge, InvalidSettings, Settings};
