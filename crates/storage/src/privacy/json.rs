//! Rows as JSON, whatever their columns: numbers, texts and bytes by what they are, moments by the names of their columns.

use domain::Timestamp;
use serde_json::{Map, Value};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{Column, Row, TypeInfo, ValueRef};

use crate::error::Result;

/// A row as an object, its columns by name.
pub(super) type Object = Map<String, Value>;

/// A row that can be read without knowing its columns.
pub(super) trait AnyRow {
    fn object(&self) -> Result<Object>;
}

macro_rules! read_row {
    ($row:ident) => {{
        let mut object = Object::new();
        for column in $row.columns() {
            let (place, name) = (column.ordinal(), column.name());
            let raw = $row.try_get_raw(place)?;
            let value = if raw.is_null() {
                Value::Null
            } else {
                match raw.type_info().name() {
                    "INTEGER" | "INT8" => number(name, $row.try_get_unchecked(place)?),
                    "BOOL" | "BOOLEAN" => Value::Bool($row.try_get_unchecked(place)?),
                    "BLOB" | "BYTEA" => {
                        let bytes: Vec<u8> = $row.try_get_unchecked(place)?;
                        Value::String(String::from_utf8_lossy(&bytes).into_owned())
                    }
                    _ => Value::String($row.try_get_unchecked(place)?),
                }
            };
            object.insert(name.to_owned(), value);
        }
        Ok(object)
    }};
}

impl AnyRow for SqliteRow {
    fn object(&self) -> Result<Object> {
        read_row!(self)
    }
}

impl AnyRow for PgRow {
    fn object(&self) -> Result<Object> {
        read_row!(self)
    }
}

/// Writes a number as what its column's name says: a moment, a yes or no, or a number.
fn number(column: &str, number: i64) -> Value {
    let is_moment = column == "at"
        || ["_at", "_until", "_end"]
            .iter()
            .any(|end| column.ends_with(end));
    if is_moment {
        Value::String(Timestamp::from_microseconds(number).to_string())
    } else if column.starts_with("is_") {
        Value::Bool(number != 0)
    } else {
        Value::from(number)
    }
}
