//! Progress in a video (RULES §7): it belongs to customer and video, and losing access does not lose it.

use crate::time::Timestamp;

/// What is saved for one customer and one video.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Where the learner is, in milliseconds from the start.
    pub position_ms: i64,
    /// When the learner was there, by her own clock, never later than ours.
    pub position_at: Timestamp,
    /// When she completed it.
    pub completed_at: Option<Timestamp>,
}

impl Progress {
    /// Unites what two customers saved of one video, who are one person: completed wins, the newest position wins. It
    /// does not matter which is taken first, nor how often.
    #[must_use]
    pub fn united(self, other: Self) -> Self {
        let place = |progress: &Self| (progress.position_at, progress.position_ms);
        let newest = if place(&self) >= place(&other) {
            self
        } else {
            other
        };
        let completed = [self.completed_at, other.completed_at];
        Self {
            completed_at: completed.into_iter().flatten().min(),
            ..newest
        }
    }
}

/// What a player reports.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    /// Where the learner is, in milliseconds from the start.
    pub position_ms: i64,
    /// When, by the player's clock.
    pub at: Timestamp,
    /// Whether she chose to begin again, so that a position of zero is meant.
    pub starts_over: bool,
    /// `Some(true)`: completed; `Some(false)`: she took the mark away; `None`: nothing said.
    pub completed: Option<bool>,
}

/// Merges a report into what is saved. An older report does not move the position, nor does zero unless the learner
/// starts over; a completion stays until she takes it away herself. `duration_ms` bounds the position.
#[must_use]
pub fn merge(
    saved: Option<Progress>,
    report: &Report,
    duration_ms: i64,
    now: Timestamp,
) -> Progress {
    let at = report.at.min(now);
    let position_ms = report.position_ms.clamp(0, duration_ms.max(0));
    let mut merged = saved.unwrap_or_default();
    let is_news = saved.is_none_or(|saved| at >= saved.position_at);
    let is_meant = position_ms > 0 || report.starts_over || saved.is_none();
    if is_news && is_meant {
        merged.position_ms = position_ms;
        merged.position_at = at;
    }
    match report.completed {
        Some(true) => merged.completed_at = merged.completed_at.or(Some(at)),
        Some(false) if is_news => merged.completed_at = None,
        Some(false) | None => {}
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    const DURATION: i64 = 60_000;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_seconds(second)
    }

    fn report(position_ms: i64, second: i64) -> Report {
        Report {
            position_ms,
            at: at(second),
            starts_over: false,
            completed: None,
        }
    }

    fn saved(position_ms: i64, second: i64) -> Progress {
        Progress {
            position_ms,
            position_at: at(second),
            completed_at: None,
        }
    }

    #[test]
    fn an_older_report_does_not_move_the_position() {
        assert_eq!(
            merge(
                Some(saved(30_000, 20)),
                &report(5_000, 10),
                DURATION,
                at(30)
            )
            .position_ms,
            30_000
        );
        assert_eq!(
            merge(
                Some(saved(30_000, 20)),
                &report(5_000, 25),
                DURATION,
                at(30)
            )
            .position_ms,
            5_000
        );
    }

    #[test]
    fn zero_does_not_overwrite_unless_she_starts_over() {
        assert_eq!(
            merge(Some(saved(30_000, 20)), &report(0, 25), DURATION, at(30)).position_ms,
            30_000
        );
        let over = Report {
            starts_over: true,
            ..report(0, 25)
        };
        assert_eq!(
            merge(Some(saved(30_000, 20)), &over, DURATION, at(30)).position_ms,
            0
        );
    }

    #[test]
    fn a_clock_that_runs_ahead_is_clamped_to_ours() {
        let merged = merge(None, &report(1_000, 999), DURATION, at(30));
        assert_eq!(merged.position_at, at(30));
        assert_eq!(
            merge(Some(merged), &report(2_000, 31), DURATION, at(31)).position_ms,
            2_000
        );
    }

    #[test]
    fn a_completed_video_stays_completed_while_it_is_watched_again() {
        let done = merge(
            None,
            &Report {
                completed: Some(true),
                ..report(59_000, 10)
            },
            DURATION,
            at(30),
        );
        let again = merge(Some(done), &report(3_000, 20), DURATION, at(30));
        assert_eq!(again.completed_at, Some(at(10)));
        assert_eq!(again.position_ms, 3_000);
    }

    #[test]
    fn the_learner_may_take_her_mark_away() {
        let done = merge(
            None,
            &Report {
                completed: Some(true),
                ..report(59_000, 10)
            },
            DURATION,
            at(30),
        );
        let undone = merge(
            Some(done),
            &Report {
                completed: Some(false),
                ..report(59_000, 20)
            },
            DURATION,
            at(30),
        );
        assert_eq!(undone.completed_at, None);
        let late = Report {
            completed: Some(false),
            ..report(59_000, 5)
        };
        let still = merge(Some(done), &late, DURATION, at(30));
        assert_eq!(still.completed_at, Some(at(10)), "an older word");
    }

    #[test]
    fn of_two_people_who_are_one_the_newest_position_and_every_completion_win() {
        let done = Progress {
            completed_at: Some(at(5)),
            ..saved(59_000, 10)
        };
        let earlier = Progress {
            completed_at: Some(at(3)),
            ..saved(1_000, 4)
        };
        let newer = saved(30_000, 20);
        for (one, other) in [(done, newer), (newer, done)] {
            let united = one.united(other);
            assert_eq!((united.position_ms, united.position_at), (30_000, at(20)));
            assert_eq!(united.completed_at, Some(at(5)));
            assert_eq!(united.united(other), united);
        }
        assert_eq!(done.united(earlier).completed_at, Some(at(3)));
        let same_moment = saved(31_000, 20);
        assert_eq!(newer.united(same_moment), same_moment.united(newer));
    }

    #[test]
    fn a_position_lies_within_the_video() {
        assert_eq!(
            merge(None, &report(i64::MAX, 1), DURATION, at(2)).position_ms,
            DURATION
        );
        assert_eq!(merge(None, &report(-5, 1), DURATION, at(2)).position_ms, 0);
    }
}
