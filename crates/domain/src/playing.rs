//! On how many devices a customer may play: at the same time, and in all. A deterrent for those who would share what they
//! bought, not a lock: whoever plays already is never stopped by it.

use crate::id::DeviceId;
use crate::time::Timestamp;

/// How long a device counts as playing after it was heard of, in seconds. Players report every ten.
const STREAM_SECONDS: i64 = 60;
/// What must be left of a stream so that nothing is written down, in seconds: of the reports of half a minute, one writes.
const FRESH_SECONDS: i64 = 30;
/// For how many days a device counts after it has played.
const DEVICE_DAYS: i64 = 30;

/// On how many devices a customer may play.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlayingLimits {
    /// On how many at the same time; 0 is as many as she likes.
    pub streams: u32,
    /// On how many in 30 days; 0 is as many as she likes.
    pub devices: u32,
}

impl Default for PlayingLimits {
    fn default() -> Self {
        Self {
            streams: 2,
            devices: 5,
        }
    }
}

impl PlayingLimits {
    /// Tells whether nothing is counted at all.
    #[must_use]
    pub const fn are_off(self) -> bool {
        self.streams == 0 && self.devices == 0
    }
}

/// A device on which a customer is signed in and has played.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PlayingDevice {
    /// The device.
    pub id: DeviceId,
    /// What it is called.
    pub label: String,
    /// When it was last heard of while it played.
    pub last_played_at: Timestamp,
    /// Until when it counts as playing.
    pub streams_until: Timestamp,
}

impl PlayingDevice {
    fn streams(&self, now: Timestamp) -> bool {
        self.streams_until > now
    }

    fn counts(&self, now: Timestamp) -> bool {
        self.last_played_at > counted_after(now)
    }
}

/// Why a device may not play.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TooMany {
    /// As many as may are playing now: what they are called, the last to begin first.
    Streams(Vec<String>),
    /// She has played on as many as she may: what they are called, the last to play first.
    Devices(Vec<String>),
}

/// Decides whether a device may play now. `known` is every device on which the customer is signed in and has played, in
/// any order; one that plays already goes on.
///
/// # Errors
/// See [`TooMany`].
pub fn decide(
    limits: PlayingLimits,
    device: DeviceId,
    known: &[PlayingDevice],
    now: Timestamp,
) -> Result<(), TooMany> {
    let mut counted: Vec<&PlayingDevice> = known.iter().filter(|one| one.counts(now)).collect();
    counted.sort_unstable_by_key(|one| (std::cmp::Reverse(one.last_played_at), one.id));
    let own = counted.iter().find(|one| one.id == device);
    if own.is_some_and(|own| own.streams(now)) {
        return Ok(());
    }
    let is_known = own.is_some();
    counted.retain(|one| one.id != device);
    let labels = |of: &[&PlayingDevice]| of.iter().map(|one| one.label.clone()).collect();
    let streaming: Vec<&PlayingDevice> = counted
        .iter()
        .copied()
        .filter(|one| one.streams(now))
        .collect();
    if is_reached(limits.streams, streaming.len()) {
        return Err(TooMany::Streams(labels(&streaming)));
    }
    if !is_known && is_reached(limits.devices, counted.len()) {
        return Err(TooMany::Devices(labels(&counted)));
    }
    Ok(())
}

fn is_reached(limit: u32, others: usize) -> bool {
    limit > 0 && usize::try_from(limit).is_ok_and(|limit| others >= limit)
}

/// Returns until when a device that is heard of now counts as playing.
#[must_use]
pub fn streams_until(now: Timestamp) -> Timestamp {
    now.plus_seconds(STREAM_SECONDS)
}

/// Tells whether a device plays by what was written down, and so recently that nothing more need be.
#[must_use]
pub fn is_fresh(streams_until: Timestamp, now: Timestamp) -> bool {
    streams_until > now.plus_seconds(FRESH_SECONDS)
}

/// Returns the moment after which a device must have played to count.
#[must_use]
pub fn counted_after(now: Timestamp) -> Timestamp {
    now.plus_seconds(-DEVICE_DAYS * 86_400)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_000_000);

    fn id(number: u8) -> DeviceId {
        DeviceId::from_parts(NOW, number.into())
    }

    /// A device that was last heard of some seconds ago, and stopped when it is said so.
    fn heard(number: u8, seconds_ago: i64) -> PlayingDevice {
        let last_played_at = NOW.plus_seconds(-seconds_ago);
        PlayingDevice {
            id: id(number),
            label: format!("Device {number}"),
            last_played_at,
            streams_until: streams_until(last_played_at),
        }
    }

    fn limits(streams: u32, devices: u32) -> PlayingLimits {
        PlayingLimits { streams, devices }
    }

    fn names(numbers: &[u8]) -> Vec<String> {
        numbers.iter().map(|n| format!("Device {n}")).collect()
    }

    #[test]
    fn a_third_device_waits_until_one_of_two_stops() {
        let two = [heard(1, 20), heard(2, 10)];
        let refused = decide(PlayingLimits::default(), id(3), &two, NOW);
        assert_eq!(refused, Err(TooMany::Streams(names(&[2, 1]))));
        let stopped = PlayingDevice {
            streams_until: NOW,
            ..heard(1, 20)
        };
        let one = [stopped, heard(2, 10)];
        assert_eq!(decide(PlayingLimits::default(), id(3), &one, NOW), Ok(()));
        let silent = [heard(1, 60), heard(2, 10)];
        assert_eq!(
            decide(PlayingLimits::default(), id(3), &silent, NOW),
            Ok(())
        );
    }

    #[test]
    fn whoever_plays_already_goes_on_though_the_limit_has_sunk() {
        let three = [heard(1, 20), heard(2, 10), heard(3, 30)];
        for number in 1..=3 {
            assert_eq!(decide(limits(1, 1), id(number), &three, NOW), Ok(()));
        }
    }

    #[test]
    fn a_sixth_device_is_one_too_many_until_one_has_not_played_for_thirty_days() {
        let days = |days: i64| days * 86_400;
        let mut five: Vec<_> = (1..=5).map(|n| heard(n, days(n.into()))).collect();
        let refused = decide(PlayingLimits::default(), id(6), &five, NOW);
        assert_eq!(refused, Err(TooMany::Devices(names(&[1, 2, 3, 4, 5]))));
        assert_eq!(decide(PlayingLimits::default(), id(5), &five, NOW), Ok(()));
        five[4] = heard(5, days(30) - 1);
        assert!(decide(PlayingLimits::default(), id(6), &five, NOW).is_err());
        five[4] = heard(5, days(30));
        assert_eq!(decide(PlayingLimits::default(), id(6), &five, NOW), Ok(()));
    }

    #[test]
    fn no_limit_is_no_limit() {
        let many: Vec<_> = (1..=100).map(|n| heard(n, 5)).collect();
        assert_eq!(decide(limits(0, 0), id(200), &many, NOW), Ok(()));
        assert!(decide(limits(1, 0), id(200), &many, NOW).is_err());
        assert!(decide(limits(0, 1), id(200), &many, NOW).is_err());
        assert!(limits(0, 0).are_off() && !limits(1, 0).are_off() && !limits(0, 1).are_off());
    }

    #[test]
    fn of_the_reports_of_half_a_minute_one_is_written_down() {
        let until = streams_until(NOW);
        assert!(is_fresh(until, NOW.plus_seconds(29)));
        assert!(!is_fresh(until, NOW.plus_seconds(30)));
    }

    proptest! {
        /// However devices begin, go on, stop and fall silent, no more play at once than may.
        #[test]
        fn never_do_more_play_than_may(
            streams in 1_u32..4,
            steps in prop::collection::vec((0_u8..8, 0_i64..40, any::<bool>()), 1..200),
        ) {
            let (mut now, mut known) = (NOW, Vec::<PlayingDevice>::new());
            for (number, wait, stops) in steps {
                now = now.plus_seconds(wait);
                let own = known.iter().position(|one| one.id == id(number));
                if stops {
                    if let Some(own) = own {
                        known[own].streams_until = now;
                    }
                } else if decide(limits(streams, 0), id(number), &known, now).is_ok() {
                    let playing = PlayingDevice {
                        id: id(number),
                        label: String::new(),
                        last_played_at: now,
                        streams_until: streams_until(now),
                    };
                    match own {
                        Some(own) => known[own] = playing,
                        None => known.push(playing),
                    }
                }
                let playing = known.iter().filter(|one| one.streams(now)).count();
                prop_assert!(playing <= usize::try_from(streams).unwrap());
            }
        }
    }
}
