//! Where a listing of Medusa's goes on.
//!
//! Medusa pages by offset. What changes while it is listed moves to the end and draws everything behind it forward, so that
//! an offset would skip things. So a listing goes on from the time of the last thing seen, and by offset only among
//! things of that one moment.

use domain::Timestamp;

use crate::api::{ApiError, Cursor};

/// What is listed of a store's changes, in this order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// Payments first: a capture changes the payment only.
    Payments,
    /// Then orders, so that one that has changed in the meantime is listed as it is now.
    Orders,
}

/// A place in the listing of changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) part: Part,
    /// Things that changed then or later.
    pub(super) since: Timestamp,
    /// How many of them are behind us.
    pub(super) offset: u64,
}

impl Place {
    /// Where a part begins. Medusa keeps microseconds and writes milliseconds, so `since` is taken in whole ones: what is
    /// listed then never seems to have changed before it.
    pub(super) const fn first(part: Part, since: Timestamp) -> Self {
        let microseconds = since.as_microseconds();
        let since = Timestamp::from_microseconds(microseconds - microseconds.rem_euclid(1_000));
        Self {
            part,
            since,
            offset: 0,
        }
    }

    /// Returns where it goes on behind a full page whose last thing changed at `last`.
    ///
    /// # Errors
    /// The store lists what was not asked for, so that it would never end.
    pub(super) fn behind(self, last: Timestamp, seen: u64) -> Result<Self, ApiError> {
        if last > self.since {
            return Ok(Self {
                since: last,
                offset: 0,
                ..self
            });
        }
        if last < self.since {
            return Err(ApiError::PagingLoop);
        }
        Ok(Self {
            offset: self.offset.saturating_add(seen),
            ..self
        })
    }

    pub(super) fn read(cursor: &Cursor) -> Option<Self> {
        let (part, rest) = cursor.0.split_once(' ')?;
        let (since, offset) = rest.split_once(' ')?;
        Some(Self {
            part: match part {
                "payments" => Part::Payments,
                "orders" => Part::Orders,
                _ => return None,
            },
            since: since.parse().ok()?,
            offset: offset.parse().ok()?,
        })
    }

    pub(super) fn cursor(self) -> Cursor {
        let part = match self.part {
            Part::Payments => "payments",
            Part::Orders => "orders",
        };
        Cursor(format!("{part} {} {}", self.since, self.offset))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: fn(i64) -> Timestamp = Timestamp::from_seconds;

    #[test]
    fn a_place_reads_back_from_its_cursor() {
        for place in [
            Place::first(Part::Payments, SECOND(1_795_343_400)),
            Place {
                part: Part::Orders,
                since: Timestamp::from_microseconds(1_795_343_400_123_000),
                offset: 50,
            },
        ] {
            assert_eq!(Place::read(&place.cursor()), Some(place));
        }
        for text in [
            "",
            "orders",
            "orders now 1",
            "refunds 2026-11-22T10:30:00Z 0",
        ] {
            assert_eq!(Place::read(&Cursor(text.to_owned())), None);
        }
    }

    #[test]
    fn a_listing_goes_on_by_time_and_by_offset_only_within_one_moment() {
        let first = Place::first(Part::Orders, Timestamp::from_microseconds(10_000_999));
        assert_eq!((first.since, first.offset), (SECOND(10), 0));
        let next = first.behind(SECOND(11), 50).unwrap();
        assert_eq!((next.since, next.offset), (SECOND(11), 0));
        let next = next.behind(SECOND(11), 50).unwrap();
        assert_eq!((next.since, next.offset), (SECOND(11), 50));
        let next = next.behind(SECOND(12), 50).unwrap();
        assert_eq!((next.since, next.offset), (SECOND(12), 0));
        assert_eq!(next.behind(SECOND(9), 50), Err(ApiError::PagingLoop));
    }
}
