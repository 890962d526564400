//! Searching a JSON document for names while it is read: nothing of it is kept.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use domain::EmailAddress;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// How deep in a body the order stands that it is about.
const DEPTH_OF_ORDER: usize = 3;

/// Tells whether a document names one of the addresses anywhere, or one of the orders where a delivery names what it is
/// about.
pub(super) fn is_named(
    body: &[u8],
    addresses: &[EmailAddress],
    orders: &BTreeSet<String>,
) -> Result<bool, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let place = Place {
        addresses,
        orders,
        depth: 0,
        is_order: false,
    };
    let found = place.deserialize(&mut reader)?;
    reader.end()?;
    Ok(found)
}

/// A value in the document that is still to be read.
#[derive(Clone, Copy)]
struct Place<'a> {
    addresses: &'a [EmailAddress],
    orders: &'a BTreeSet<String>,
    depth: usize,
    /// Whether an order's id may stand here.
    is_order: bool,
}

impl Place<'_> {
    fn is_named_by(self, text: &str) -> bool {
        let is_order = self.is_order && self.orders.contains(text);
        let is_address = || match text.parse::<EmailAddress>() {
            Ok(address) => self.addresses.contains(&address),
            Err(_) => false,
        };
        is_order || is_address()
    }

    fn below(self) -> Self {
        Self {
            depth: self.depth + 1,
            is_order: false,
            ..self
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<bool, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<bool, E> {
        Ok(self.is_named_by(text))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<bool, E> {
        Ok(self.is_named_by(&number.to_string()))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<bool, A::Error> {
        while let Some(found) = items.next_element_seed(self.below())? {
            if found {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<bool, A::Error> {
        while let Some(name) = fields.next_key::<Cow<'_, str>>()? {
            let is_order = self.depth < DEPTH_OF_ORDER && matches!(&*name, "id" | "order_id");
            let place = Self {
                is_order,
                ..self.below()
            };
            if fields.next_value_seed(place)? {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                return Ok(true);
            }
        }
        Ok(false)
    }
}
