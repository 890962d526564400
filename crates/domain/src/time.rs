//! Points in time.

use std::fmt;
use std::str::FromStr;

use jiff::fmt::temporal::Pieces;
use serde::{Deserialize, Serialize};

/// A point in time in microseconds since the Unix epoch, as the database keeps it. Arithmetic ends at [`Timestamp::LAST`].
#[derive(
    Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize,
)]
pub struct Timestamp(i64);

/// Tells that a text is not an RFC 3339 time.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not an RFC 3339 time such as 2026-11-22T10:30:00Z")]
pub struct TimestampError;

impl Timestamp {
    /// The last second that everything in the field can write, 9999-12-30T22:00:00Z. What shops mean by "for ever", such as
    /// 9999-12-31, is read as this.
    pub const LAST: Self = Self::from_seconds(253_402_207_200);

    /// Makes a time from microseconds since the epoch.
    #[must_use]
    pub const fn from_microseconds(microseconds: i64) -> Self {
        Self(microseconds)
    }

    /// Makes a time from seconds since the epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000_000))
    }

    /// Returns the microseconds since the epoch.
    #[must_use]
    pub const fn as_microseconds(self) -> i64 {
        self.0
    }

    /// Returns whole milliseconds since the epoch, 0 for times before it.
    #[must_use]
    pub fn as_milliseconds(self) -> u64 {
        u64::try_from(self.0.div_euclid(1_000)).unwrap_or(0)
    }

    /// Returns whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Returns this time moved by `seconds`, which may be negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let moved = self.0.saturating_add(seconds.saturating_mul(1_000_000));
        Self(moved).min(Self::LAST)
    }

    /// Returns this time moved by `days` of 86 400 seconds.
    #[must_use]
    pub fn plus_days(self, days: u32) -> Self {
        self.plus_seconds(i64::from(days).saturating_mul(86_400))
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        match text.parse::<jiff::Timestamp>() {
            Ok(time) => Ok(Self(time.as_microsecond()).min(Self::LAST)),
            Err(_) if is_end_of_calendar(text) => Ok(Self::LAST),
            Err(_) => Err(TimestampError),
        }
    }
}

/// Tells whether this is a whole time in the last two days of the calendar, some of which no [`jiff::Timestamp`] can hold.
fn is_end_of_calendar(text: &str) -> bool {
    let last = jiff::civil::date(9999, 12, 30);
    Pieces::parse(text).is_ok_and(|pieces| {
        pieces.date() >= last && pieces.time().is_some() && pieces.offset().is_some()
    })
}

/// Writes RFC 3339 in UTC, with as many fractional digits as are needed. What lies beyond the calendar is written as its
/// nearest end.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nearest = match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => time,
            Err(_) if self.0 < 0 => jiff::Timestamp::MIN,
            Err(_) => jiff::Timestamp::MAX,
        };
        nearest.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_rfc_3339() {
        let time: Timestamp = "2026-11-22T10:30:00+01:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-22T09:30:00Z");
        assert_eq!(time.as_seconds(), 1_795_339_800);
        assert!("yesterday".parse::<Timestamp>().is_err());
    }

    #[test]
    fn arithmetic_ends_with_the_calendar() {
        let now = Timestamp::from_seconds(1_795_339_800);
        assert_eq!(now.plus_days(u32::MAX), Timestamp::LAST);
        assert_eq!(now.plus_seconds(i64::MAX), Timestamp::LAST);
        assert_eq!(Timestamp::LAST.to_string(), "9999-12-30T22:00:00Z");
        let written = |far| Timestamp::from_microseconds(far).to_string();
        assert!(written(i64::MIN).starts_with("-009999-"));
        assert!(written(i64::MAX).starts_with("9999-12-30T22:"));
    }

    #[test]
    fn what_shops_write_for_ever_is_the_last_time() {
        for text in [
            "9999-12-31T23:59:59Z",
            "9999-12-31T00:00:00+01:00",
            "9999-12-30T23:00:00Z",
            "9999-12-30T22:00:00.5Z",
        ] {
            assert_eq!(text.parse(), Ok(Timestamp::LAST), "{text}");
        }
        for text in [
            "9999-12-31",
            "9999-12-31T23:59:59",
            "9999-12-32T00:00:00Z",
            "10000-01-01T00:00:00Z",
        ] {
            assert_eq!(text.parse::<Timestamp>(), Err(TimestampError), "{text}");
        }
    }
}
