//! A Medusa server and our module in it.

mod api;
mod api_listing;
mod captures;
mod history;
mod payment;
mod shop;
mod signature;
