//! How long a signed link may live (DESIGN §4).

use crate::time::Timestamp;

/// The lifetime of links.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LinkTerm {
    /// The longest life of a link, in seconds.
    pub ttl_seconds: i64,
    /// Expiries are rounded down to multiples of this many seconds, so that a link can be shared by all who ask within
    /// that time; 1 rounds to whole seconds.
    pub bucket_seconds: i64,
}

impl LinkTerm {
    /// Links of a course's videos: half an hour, five-minute buckets.
    pub const VIDEO: Self = Self {
        ttl_seconds: 1_800,
        bucket_seconds: 300,
    };
    /// Links of a download: one minute.
    pub const DOWNLOAD: Self = Self {
        ttl_seconds: 60,
        bucket_seconds: 1,
    };

    /// Returns when a link issued at `now` expires: at most `ttl_seconds` later, never after `until` (the end of the
    /// access itself), in whole seconds since the epoch.
    #[must_use]
    pub fn expiry(&self, now: Timestamp, until: Option<Timestamp>) -> i64 {
        let latest = now.as_seconds().saturating_add(self.ttl_seconds);
        let bucket = self.bucket_seconds.max(1);
        let rounded = latest.div_euclid(bucket).saturating_mul(bucket);
        until.map_or(rounded, |until| until.as_seconds().min(rounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_lives_between_25_and_30_minutes() {
        for second in [0, 1, 299, 300, 1_795_000_123] {
            let life = LinkTerm::VIDEO.expiry(Timestamp::from_seconds(second), None) - second;
            assert!((1_500..=1_800).contains(&life), "{life}");
        }
    }

    #[test]
    fn all_who_ask_within_a_bucket_get_the_same_expiry() {
        let expiry = |second| LinkTerm::VIDEO.expiry(Timestamp::from_seconds(second), None);
        assert_eq!(expiry(600), expiry(899));
        assert_ne!(expiry(599), expiry(600));
    }

    #[test]
    fn a_link_does_not_outlive_the_access() {
        let now = Timestamp::from_seconds(1_000);
        let until = Some(now.plus_seconds(70));
        assert_eq!(LinkTerm::VIDEO.expiry(now, until), 1_070);
        assert_eq!(LinkTerm::DOWNLOAD.expiry(now, until), 1_060);
    }
}
