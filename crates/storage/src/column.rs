//! How our types stand in columns, the same on both engines: ids and names as TEXT, times as microseconds.

use std::fmt::Display;
use std::str::FromStr;

use domain::{ContentId, CustomerId, Timestamp};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

/// A value that reads and writes itself as text.
#[derive(Clone, Debug)]
pub(crate) struct Text<T>(pub(crate) T);

impl<DB: Database, T> Type<DB> for Text<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <String as Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <String as Type<DB>>::compatible(ty)
    }
}

impl<'q, DB: Database, T: Display> Encode<'q, DB> for Text<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(
        &self,
        buf: &mut <DB as Database>::ArgumentBuffer,
    ) -> std::result::Result<IsNull, BoxDynError> {
        Encode::<DB>::encode(self.0.to_string(), buf)
    }
}

impl<'r, DB: Database, T> Decode<'r, DB> for Text<T>
where
    &'r str: Decode<'r, DB>,
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> std::result::Result<Self, BoxDynError> {
        let text = <&str as Decode<DB>>::decode(value)?;
        Ok(Self(text.parse()?))
    }
}

/// A point in time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Time(pub(crate) Timestamp);

impl<DB: Database> Type<DB> for Time
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <i64 as Type<DB>>::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        <i64 as Type<DB>>::compatible(ty)
    }
}

impl<'q, DB: Database> Encode<'q, DB> for Time
where
    i64: Encode<'q, DB>,
{
    fn encode_by_ref(
        &self,
        buf: &mut <DB as Database>::ArgumentBuffer,
    ) -> std::result::Result<IsNull, BoxDynError> {
        Encode::<DB>::encode(self.0.as_microseconds(), buf)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Time
where
    i64: Decode<'r, DB>,
{
    fn decode(value: <DB as Database>::ValueRef<'r>) -> std::result::Result<Self, BoxDynError> {
        Ok(Self(Timestamp::from_microseconds(
            <i64 as Decode<DB>>::decode(value)?,
        )))
    }
}

/// Reads a time that may be absent.
pub(crate) fn time(value: Option<Time>) -> Option<Timestamp> {
    value.map(|time| time.0)
}

/// Reads a text that may be absent.
pub(crate) fn text<T>(value: Option<Text<T>>) -> Option<T> {
    value.map(|text| text.0)
}

/// A value of the database that our code never writes.
pub(crate) fn corrupt(what: &'static str) -> sqlx::Error {
    sqlx::Error::Decode(what.into())
}

/// Writes ids as the JSON list that statements take by `json_each`: `[{"id":"ord_…"}]`.
pub(crate) fn id_list<T: Display>(ids: &[T]) -> String {
    let objects = ids
        .iter()
        .map(|id| serde_json::json!({ "id": id.to_string() }));
    objects.collect::<serde_json::Value>().to_string()
}

/// Writes customers and contents as such a list: `[{"customer":"cus_…","content":"crs_…"}]`.
pub(crate) fn pair_list(pairs: &[(CustomerId, ContentId)]) -> String {
    let objects = pairs
        .iter()
        .map(|(customer, content)| serde_json::json!({ "customer": customer, "content": content }));
    objects.collect::<serde_json::Value>().to_string()
}
