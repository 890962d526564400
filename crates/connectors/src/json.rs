//! Reading a store's JSON: exact integers, no name twice, and errors that say where and what, but never a value, because
//! values are people's names and addresses.

use std::collections::BTreeMap;
use std::fmt;

use domain::{ExternalId, Timestamp};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::money::minor_units;

/// Why a webhook's body could not be read: where and what, never a value.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// It is not JSON.
    #[error("the body is not JSON: line {line}, column {column}")]
    NotJson {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// An object has one name twice, so that two readers could read two things.
    #[error("the body has a name twice in one object, near line {line}, column {column}")]
    RepeatedName {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
    },
    /// It reports an error of the sender's instead of an order.
    #[error("the body is an error object, not an event")]
    ErrorObject,
    /// A field is missing or wrong.
    #[error("{path} {problem}")]
    Field {
        /// Where: for example `data.lines[0].quantity`.
        path: String,
        /// What is wrong: for example "is missing".
        problem: &'static str,
    },
}

/// A JSON value whose objects have each name once.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Boolean(bool),
    Integer(i128),
    /// A number with a fraction or an exponent, or beyond 64 bits: good for an amount of money at most.
    Inexact(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

impl Json {
    pub(crate) fn parse(body: &[u8]) -> Result<Self, ParseError> {
        serde_json::from_slice(body).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            // Every well-formed value fits `Json`, so the only data error is our own.
            if error.is_data() {
                ParseError::RepeatedName { line, column }
            } else {
                ParseError::NotJson { line, column }
            }
        })
    }

    /// Returns the whole value as a field without a name.
    pub(crate) const fn root(&self) -> Field<'_> {
        Field {
            value: self,
            path: Path::Root,
        }
    }
}

#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Name(&'a Path<'a>, &'static str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("the body"),
            Self::Name(Self::Root, name) => f.write_str(name),
            Self::Name(parent, name) => write!(f, "{parent}.{name}"),
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

/// A value and the way to it from the top of the body.
#[derive(Clone, Copy)]
pub(crate) struct Field<'a> {
    value: &'a Json,
    path: Path<'a>,
}

impl<'a> Field<'a> {
    /// Says that this field is wrong; `problem` goes on after the path: "is missing".
    pub(crate) fn wrong(&self, problem: &'static str) -> ParseError {
        ParseError::Field {
            path: self.path.to_string(),
            problem,
        }
    }

    /// Says that a field of this object is wrong.
    pub(crate) fn wrong_at(&self, name: &'static str, problem: &'static str) -> ParseError {
        ParseError::Field {
            path: Path::Name(&self.path, name).to_string(),
            problem,
        }
    }

    /// Returns a field of this object; null is as good as absent.
    pub(crate) fn optional(&self, name: &'static str) -> Result<Option<Field<'_>>, ParseError> {
        let Json::Object(fields) = self.value else {
            return Err(self.wrong("must be an object"));
        };
        let value = match fields.get(name) {
            None | Some(Json::Null) => return Ok(None),
            Some(value) => value,
        };
        Ok(Some(Field {
            value,
            path: Path::Name(&self.path, name),
        }))
    }

    /// Returns a field of this object that must be there and not be null.
    pub(crate) fn required(&self, name: &'static str) -> Result<Field<'_>, ParseError> {
        self.optional(name)?
            .ok_or_else(|| self.wrong_at(name, "is missing"))
    }

    /// Returns the items of a list of at most 1,000.
    pub(crate) fn items(&self) -> Result<impl Iterator<Item = Field<'_>>, ParseError> {
        let Json::List(items) = self.value else {
            return Err(self.wrong("must be a list"));
        };
        if items.len() > 1_000 {
            return Err(self.wrong("must have at most 1,000 items"));
        }
        Ok(items.iter().enumerate().map(|(index, value)| Field {
            value,
            path: Path::Item(&self.path, index),
        }))
    }

    pub(crate) fn text(&self) -> Result<&'a str, ParseError> {
        match self.value {
            Json::Text(text) => Ok(text),
            _ => Err(self.wrong("must be a string")),
        }
    }

    pub(crate) fn boolean(&self) -> Result<bool, ParseError> {
        match self.value {
            Json::Boolean(is_true) => Ok(*is_true),
            _ => Err(self.wrong("must be true or false")),
        }
    }

    /// Returns an amount of money in minor units, 0 or more.
    pub(crate) fn amount(&self) -> Result<i64, ParseError> {
        let amount = self.integer().and_then(|number| i64::try_from(number).ok());
        amount
            .filter(|amount| *amount >= 0)
            .ok_or_else(|| self.wrong("must be a whole number of minor units (cents), 0 or more"))
    }

    /// Returns an amount of money in minor units, less than 0 for a credit.
    pub(crate) fn signed_amount(&self) -> Result<i64, ParseError> {
        let amount = self.integer().and_then(|number| i64::try_from(number).ok());
        amount.ok_or_else(|| self.wrong("must be a whole number of minor units (cents)"))
    }

    /// Returns an amount of money that the store writes as a decimal of the currency's main unit, in minor units; a sign is
    /// kept.
    pub(crate) fn decimal_amount(&self, currency: &str) -> Result<i64, ParseError> {
        minor_units(&self.decimal()?, currency)
            .ok_or_else(|| self.wrong("must be a decimal amount of money in the order's currency"))
    }

    /// Returns a number as its decimal digits, whether the store writes it as a number or as a string; what such a string
    /// holds is not checked.
    pub(crate) fn decimal(&self) -> Result<String, ParseError> {
        Ok(match self.value {
            Json::Text(text) => text.clone(),
            Json::Integer(number) => number.to_string(),
            // The shortest text that reads back as the same number is the one that the store wrote.
            Json::Inexact(number) => number.to_string(),
            _ => return Err(self.wrong("must be a decimal number")),
        })
    }

    /// Returns a count of pieces, 0 or more.
    pub(crate) fn quantity(&self) -> Result<u32, ParseError> {
        self.integer()
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| self.wrong("must be a whole number, 0 or more"))
    }

    pub(crate) fn time(&self) -> Result<Timestamp, ParseError> {
        let time = self.text()?.parse();
        time.map_err(|_| self.wrong("must be an RFC 3339 time such as 2026-11-22T10:30:00Z"))
    }

    /// Returns a time that the store writes as whole seconds since the epoch.
    pub(crate) fn unix_time(&self) -> Result<Timestamp, ParseError> {
        let seconds = self.integer().and_then(|number| i64::try_from(number).ok());
        let time = seconds
            .filter(|seconds| *seconds >= 0)
            .map(Timestamp::from_seconds);
        time.filter(|time| *time <= Timestamp::LAST)
            .ok_or_else(|| self.wrong("must be a time in whole seconds since 1970"))
    }

    /// Returns a store's id, a string or a whole number of up to 64 bits.
    pub(crate) fn id(&self) -> Result<ExternalId, ParseError> {
        let text = match self.value {
            Json::Text(text) => text.clone(),
            Json::Integer(number) => number.to_string(),
            _ => return Err(self.wrong("must be a string or a whole number of up to 64 bits")),
        };
        text.parse()
            .map_err(|_| self.wrong("must have 1 to 255 bytes and no control characters"))
    }

    /// Returns whether an item of a list is null; a field that is null is absent.
    pub(crate) fn is_null(&self) -> bool {
        matches!(self.value, Json::Null)
    }

    /// Returns whether this is an id as stores write "none": an empty string or zero.
    pub(crate) fn is_no_id(&self) -> bool {
        match self.value {
            Json::Text(text) => text.is_empty() || text == "0",
            Json::Integer(number) => *number == 0,
            _ => false,
        }
    }

    fn integer(&self) -> Option<i128> {
        match self.value {
            Json::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Boolean(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Inexact(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Json, A::Error> {
        let mut object = BTreeMap::new();
        while let Some((name, value)) = fields.next_entry::<String, Json>()? {
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name twice"));
            }
        }
        Ok(Json::Object(object))
    }
}
