//! Personal data: all that is kept about a customer ([`export`]), and taking away what names her ([`erasing`]), with the
//! marks that keep her from being made anew ([`marks`]).

pub mod erasing;
pub mod export;
mod json;
pub mod marks;
pub mod requests;
pub mod retention;
