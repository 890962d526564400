//! How often something may be tried: the generic cell rate algorithm, which needs one moment to be kept for each whom it
//! counts.
//!
//! The moment is when all of the allowance is free again. Every try moves it on by one interval; a try that would move it
//! further ahead than the whole allowance lasts is refused, and moves nothing. So a burst is let through at once, and after
//! that one try for each interval that passes; there is no window at whose edge twice as many would pass.

use crate::time::Timestamp;

const SECOND: i64 = 1_000_000;

/// How often: so many times at once, and as many again in the time that it takes to become free.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rate {
    times: u32,
    seconds: u32,
}

/// One try at a moment: what has to be compared with what is kept, and what is to be kept then. It is one statement of the
/// database's, so that of many tries at once no more pass than may.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Try {
    /// The moment of the try.
    pub now: Timestamp,
    /// What is to be kept when nothing is kept, or when what is kept has passed. What is kept later moves on by as much.
    pub first: Timestamp,
    /// The latest that may be kept for the try to pass.
    pub latest: Timestamp,
    /// What is kept beyond this no clock near ours can have written: ours was set back since, and it counts for nothing.
    pub absurd: Timestamp,
}

impl Rate {
    /// Lets through `times` at once and, on average, `times` in so many seconds.
    #[must_use]
    pub const fn new(times: u32, seconds: u32) -> Self {
        Self { times, seconds }
    }

    /// Returns the time after which one more passes, in microseconds.
    fn interval(self) -> i64 {
        i64::from(self.seconds) * SECOND / i64::from(self.times.max(1))
    }

    /// Returns how long it takes until all is free, in microseconds.
    fn whole(self) -> i64 {
        self.interval() * i64::from(self.times.max(1))
    }

    /// Returns what a try at `now` needs and does.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Try {
        let from_now = |microseconds: i64| {
            let moment = now.as_microseconds().saturating_add(microseconds);
            Timestamp::from_microseconds(moment).min(Timestamp::LAST)
        };
        Try {
            now,
            first: from_now(self.interval()),
            latest: from_now(self.whole() - self.interval()),
            absurd: from_now(self.whole() * 2),
        }
    }

    /// Returns after how many whole seconds, 1 at least, a try passes that was refused at `now` for what is kept.
    #[must_use]
    pub fn wait_seconds(self, kept: Timestamp, now: Timestamp) -> u32 {
        let early = kept.as_microseconds() - self.at(now).latest.as_microseconds();
        let early = early.clamp(1, self.whole().max(1));
        u32::try_from(early.unsigned_abs().div_ceil(SECOND.unsigned_abs())).unwrap_or(u32::MAX)
    }
}

impl Try {
    /// Returns what is to be kept after the try, or `None` when it is refused. The database decides the same in its statement.
    #[must_use]
    pub fn decide(self, kept: Option<Timestamp>) -> Option<Timestamp> {
        match kept {
            Some(kept) if kept > self.absurd || kept <= self.now => Some(self.first),
            Some(kept) if kept > self.latest => None,
            Some(kept) => {
                let step = self.first.as_microseconds() - self.now.as_microseconds();
                let moved = kept.as_microseconds().saturating_add(step);
                Some(Timestamp::from_microseconds(moved))
            }
            None => Some(self.first),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_microseconds(1_795_000_000 * SECOND + milliseconds * 1_000)
    }

    /// Tries at these milliseconds, and says which pass.
    fn passed(rate: Rate, tries: &[i64]) -> Vec<bool> {
        let mut kept = None;
        let pass = |moment: &i64| {
            let after = rate.at(at(*moment)).decide(kept);
            kept = after.or(kept);
            after.is_some()
        };
        tries.iter().map(pass).collect()
    }

    #[test]
    fn a_burst_passes_and_then_one_for_every_interval() {
        let rate = Rate::new(3, 30);
        let tries = [
            0, 0, 0, 0, 9_999, 10_000, 10_001, 40_000, 40_000, 40_000, 40_000,
        ];
        assert_eq!(
            passed(rate, &tries),
            [
                true, true, true, false, false, true, false, true, true, true, false
            ]
        );
    }

    #[test]
    fn who_is_refused_is_told_when_it_passes() {
        let rate = Rate::new(3, 30);
        let kept = at(30_000);
        assert_eq!(rate.at(at(0)).decide(Some(kept)), None);
        assert_eq!(rate.wait_seconds(kept, at(0)), 10);
        assert_eq!(rate.wait_seconds(kept, at(9_001)), 1);
        assert_eq!(rate.at(at(10_000)).decide(Some(kept)), Some(at(40_000)));
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let rate = Rate::new(3, 30);
        let tomorrow = at(86_400_000);
        assert_eq!(rate.at(at(0)).decide(Some(tomorrow)), Some(at(10_000)));
        // Another machine's clock that goes a little ahead is taken at its word.
        assert_eq!(rate.at(at(0)).decide(Some(at(31_000))), None);
        assert!(rate.wait_seconds(at(31_000), at(0)) <= 30);
    }

    #[test]
    fn odd_rates_are_harmless() {
        for rate in [
            Rate::new(0, 60),
            Rate::new(1, 0),
            Rate::new(u32::MAX, u32::MAX),
        ] {
            assert!(rate.at(at(0)).decide(None).is_some());
            assert!(rate.wait_seconds(Timestamp::LAST, at(0)) >= 1);
        }
    }

    proptest! {
        #[test]
        fn in_no_stretch_of_time_more_pass_than_may(
            times in 1_u32..20,
            seconds in 1_u32..100,
            gaps in prop::collection::vec(0_i64..20_000, 1..80),
        ) {
            let rate = Rate::new(times, seconds);
            let tries: Vec<i64> = gaps.iter().scan(0, |moment, gap| { *moment += gap; Some(*moment) }).collect();
            let passed = passed(rate, &tries);
            let moments: Vec<i64> = tries.iter().zip(&passed).filter(|(_, passed)| **passed).map(|(moment, _)| *moment).collect();
            for (first, from) in moments.iter().enumerate() {
                for (last, to) in moments.iter().enumerate().skip(first) {
                    let became_free = (to - from) * i64::from(times) / (i64::from(seconds) * 1_000);
                    let count = i64::try_from(last - first).unwrap() + 1;
                    prop_assert!(count <= i64::from(times) + became_free + 1);
                }
            }
        }
    }
}
