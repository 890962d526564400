//! How long a session lasts: it ends when nothing is heard of it for some days, and at the latest some days after it
//! began.

use crate::time::Timestamp;

/// How often is written down that a session is in use, in seconds: reading stays reading.
const REFRESH_SECONDS: i64 = 3_600;

/// How long sessions last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionLimits {
    /// Days without a request after which a session is over.
    pub idle_days: u32,
    /// Days after which a session is over in any case.
    pub absolute_days: u32,
}

impl Default for SessionLimits {
    fn default() -> Self {
        Self {
            idle_days: 14,
            absolute_days: 30,
        }
    }
}

impl SessionLimits {
    /// Returns when a session ends that begins now, whatever is heard of it.
    #[must_use]
    pub fn expires_at(self, now: Timestamp) -> Timestamp {
        now.plus_days(self.absolute_days)
    }

    /// Returns when a session ends of which nothing is heard after now; a session never lasts beyond its own end.
    #[must_use]
    pub fn idle_at(self, now: Timestamp) -> Timestamp {
        now.plus_days(self.idle_days)
    }
}

/// Returns the latest moment of which it is worth writing down that something was seen later.
#[must_use]
pub fn stale_before(now: Timestamp) -> Timestamp {
    now.plus_seconds(-REFRESH_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_when_nothing_is_heard_of_it_and_in_any_case() {
        let now = Timestamp::from_seconds(1_795_000_000);
        let limits = SessionLimits::default();
        assert_eq!(limits.idle_at(now), now.plus_seconds(14 * 86_400));
        assert_eq!(limits.expires_at(now), now.plus_seconds(30 * 86_400));
        assert_eq!(stale_before(now), now.plus_seconds(-3_600));
    }
}
