//! How times, durations and ids are written in JSON.

use std::fmt::Display;
use std::time::Duration;

use app::App;
use app::stores::WhichStore;
use domain::note::is_readable;
use domain::progress::Progress;
use domain::{StoreId, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::Problem;

/// A point in time, written as RFC 3339 in UTC.
#[derive(Clone, Copy)]
pub(crate) struct Time(pub(crate) Timestamp);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339"))
            .examples(["2026-11-22T10:30:00Z"]);
        object.into()
    }
}

impl ToSchema for Time {}

/// A duration in milliseconds, never negative, written in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Seconds(i64);

impl Seconds {
    pub(crate) fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    pub(crate) fn as_ms(self) -> i64 {
        self.0
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // 49 days at most; one division, so the decimal is the shortest one.
        let ms = u32::try_from(self.0.max(0)).unwrap_or(u32::MAX);
        serializer.serialize_f64(f64::from(ms) / 1_000.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let duration = Duration::try_from_secs_f64(seconds).map_err(D::Error::custom)?;
        let ms = i64::try_from(duration.as_millis()).map_err(D::Error::custom)?;
        Ok(Self(ms))
    }
}

impl PartialSchema for Seconds {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new()
            .schema_type(Type::Number)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Double)))
            .minimum(Some(0))
            .description(Some("Seconds, to the millisecond"))
            .examples([521.4]);
        object.into()
    }
}

impl ToSchema for Seconds {}

/// Something written as its text: an id, an address.
#[derive(Clone, Copy)]
pub(crate) struct Text<T>(pub(crate) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A text of at most `MOST` characters for people to read: no control characters but line breaks and tabs.
#[derive(Clone)]
pub(crate) struct Note<const MOST: usize>(pub(crate) String);

impl<'de, const MOST: usize> Deserialize<'de> for Note<MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_readable(&text, MOST) {
            Ok(Self(text))
        } else {
            Err(D::Error::custom("not a text of the expected length"))
        }
    }
}

/// A store, by its name or its id.
#[derive(Clone)]
pub(crate) struct StoreText(pub(crate) WhichStore);

impl<'de> Deserialize<'de> for StoreText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

impl StoreText {
    /// Finds the store, when one is named.
    pub(crate) async fn find(named: Option<Self>, app: &App) -> Result<Option<StoreId>, Problem> {
        let Some(Self(which)) = named else {
            return Ok(None);
        };
        let found = app.find_store_id(&which).await;
        let found = found.map_err(|error| Problem::unavailable(&error))?;
        found.map(Some).ok_or_else(Problem::no_such_store)
    }
}

/// When access ends.
#[derive(Serialize, ToSchema)]
pub(crate) struct Access {
    /// Null: never.
    #[schema(required = true)]
    pub(crate) until: Option<Time>,
}

/// How many of the videos are completed.
#[derive(Serialize, ToSchema)]
pub(crate) struct Completion {
    pub(crate) completed: usize,
    pub(crate) total: usize,
}

/// The learner's place in a video.
#[derive(Serialize, ToSchema)]
pub(crate) struct VideoProgress {
    /// Where she is.
    position_seconds: Seconds,
    /// When she completed it; null when she has not.
    #[schema(required = true)]
    completed_at: Option<Time>,
    /// When she was there; null when she has not begun.
    #[schema(required = true)]
    updated_at: Option<Time>,
}

impl From<Option<&Progress>> for VideoProgress {
    fn from(saved: Option<&Progress>) -> Self {
        Self {
            position_seconds: Seconds(saved.map_or(0, |progress| progress.position_ms)),
            completed_at: saved.and_then(|progress| progress.completed_at).map(Time),
            updated_at: saved.map(|progress| Time(progress.position_at)),
        }
    }
}

/// Captions of a video.
#[derive(Serialize, ToSchema)]
pub(crate) struct Caption {
    /// BCP 47, such as `en`.
    language: String,
    /// What the viewer chooses.
    label: String,
    /// A signed link to the file (`WebVTT`).
    url: String,
}

/// No video has captions yet.
pub(crate) const NO_CAPTIONS: &[Caption] = &[];
