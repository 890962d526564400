//! Stores that do not answer are left alone for a while, so that their questions do not keep those to other stores waiting.
//! Kept by each process for itself: what is forgotten is learnt again by three questions.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use connectors::api::ApiError;
use domain::{StoreId, Timestamp};

/// After this many questions in a row without an answer a store rests.
const PATIENCE: u32 = 3;
/// The first rest; it doubles each time.
const FIRST_REST_SECONDS: i64 = 15;
/// The longest rest.
const LONGEST_REST_SECONDS: i64 = 600;
/// How long a store that asks to wait, without saying how long, is left alone.
const DEFAULT_WAIT_SECONDS: i64 = 30;

/// Which stores rest, and until when.
#[derive(Debug, Default)]
pub(crate) struct Outages(Mutex<HashMap<StoreId, Outage>>);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Outage {
    failures: u32,
    until: Timestamp,
}

impl Outages {
    /// Returns until when a store rests, when it does.
    pub(crate) fn rests_until(&self, store: StoreId, now: Timestamp) -> Option<Timestamp> {
        let outages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = outages.get(&store)?.until;
        (until > now).then_some(until)
    }

    /// Takes in how a question to a store went.
    pub(crate) fn note(&self, store: StoreId, failure: Option<&ApiError>, now: Timestamp) {
        let mut outages = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = outages.get(&store).copied();
        match after(before, failure, now) {
            Some(outage) => outages.insert(store, outage),
            None => outages.remove(&store),
        };
    }
}

/// Says how a store stands after a question. Only silence and the store's own wish let it rest: an error about one order is
/// no reason to keep the others waiting.
fn after(before: Option<Outage>, failure: Option<&ApiError>, now: Timestamp) -> Option<Outage> {
    let failures = before.map_or(0, |outage| outage.failures);
    match failure {
        Some(ApiError::Timeout | ApiError::Unreachable) => {
            let failures = failures.saturating_add(1);
            let doublings = failures.checked_sub(PATIENCE);
            let rest = doublings.map_or(0, |doublings| {
                let factor = 2_i64.saturating_pow(doublings);
                FIRST_REST_SECONDS
                    .saturating_mul(factor)
                    .min(LONGEST_REST_SECONDS)
            });
            Some(Outage {
                failures,
                until: now.plus_seconds(rest),
            })
        }
        Some(ApiError::Busy { retry_after }) => Some(Outage {
            failures,
            until: now.plus_seconds(wait_seconds(*retry_after)),
        }),
        Some(
            ApiError::Denied(_)
            | ApiError::NotFound
            | ApiError::Status(_)
            | ApiError::Reported(_)
            | ApiError::Redirected
            | ApiError::TooLong
            | ApiError::Unreadable(_)
            | ApiError::PagingLoop,
        )
        | None => None,
    }
}

fn wait_seconds(retry_after: Option<Duration>) -> i64 {
    let asked = retry_after.and_then(|wait| i64::try_from(wait.as_secs()).ok());
    asked
        .unwrap_or(DEFAULT_WAIT_SECONDS)
        .clamp(1, LONGEST_REST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> StoreId {
        StoreId::from_parts(Timestamp::from_seconds(1), 1)
    }

    #[test]
    fn a_silent_store_rests_after_the_third_question_and_longer_each_time() {
        let outages = Outages::default();
        let now = Timestamp::from_seconds(1_000);
        let mut rests = Vec::new();
        for _ in 0..12 {
            outages.note(store(), Some(&ApiError::Timeout), now);
            let until = outages.rests_until(store(), now);
            rests.push(until.map_or(0, |until| until.as_seconds() - now.as_seconds()));
        }
        assert_eq!(rests, [0, 0, 15, 30, 60, 120, 240, 480, 600, 600, 600, 600]);
        assert_eq!(outages.rests_until(store(), now.plus_seconds(600)), None);
        outages.note(store(), None, now);
        assert_eq!(outages.rests_until(store(), now), None, "an answer ends it");
    }

    #[test]
    fn a_busy_store_is_left_alone_as_long_as_it_asks_within_reason() {
        let now = Timestamp::from_seconds(1_000);
        for (asked, waited) in [(Some(7), 7), (None, 30), (Some(0), 1), (Some(86_400), 600)] {
            let outages = Outages::default();
            let busy = ApiError::Busy {
                retry_after: asked.map(Duration::from_secs),
            };
            outages.note(store(), Some(&busy), now);
            let until = outages.rests_until(store(), now);
            assert_eq!(until, Some(now.plus_seconds(waited)), "{asked:?}");
        }
    }

    #[test]
    fn an_error_about_one_order_lets_no_store_rest() {
        let now = Timestamp::from_seconds(1_000);
        let outages = Outages::default();
        for _ in 0..9 {
            outages.note(store(), Some(&ApiError::Status(500)), now);
            assert_eq!(outages.rests_until(store(), now), None);
        }
    }
}
