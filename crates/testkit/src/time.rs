//! A clock that stands until it is set.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use app::clock::Clock;
use domain::Timestamp;

/// A clock that stands until it is set; clones show the same time.
#[derive(Clone, Debug)]
pub struct StandingClock(Arc<AtomicI64>);

impl StandingClock {
    /// Makes a clock that shows this time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.as_microseconds())))
    }

    /// Lets time pass.
    pub fn pass_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Lets days of 86 400 seconds pass.
    pub fn pass_days(&self, days: i64) {
        self.pass_seconds(days * 86_400);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_microseconds(self.0.load(Ordering::SeqCst))
    }
}
