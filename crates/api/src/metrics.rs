//! Counts for Prometheus: by route, status and verdict, never by person.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use app::App;
use app::overview::Overview;

/// What became of a webhook.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Verdict {
    /// It is in the inbox.
    Kept,
    /// The platform tried the address.
    Ping,
    /// Its signature is not the store's.
    NotAuthentic,
    /// No store has that name.
    UnknownStore,
    /// It is authentic and could not be kept.
    NotKept,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Ping => "ping",
            Self::NotAuthentic => "not_authentic",
            Self::UnknownStore => "unknown_store",
            Self::NotKept => "not_kept",
        }
    }
}

/// The counts since the start.
#[derive(Default)]
pub(crate) struct Metrics {
    counts: Mutex<Counts>,
    /// Held while the database is asked: whoever asks often takes one connection and no more.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Counts {
    requests: BTreeMap<String, BTreeMap<(&'static str, u16), Answers>>,
    webhooks: BTreeMap<Verdict, u64>,
}

#[derive(Default)]
struct Answers {
    count: u64,
    took: Duration,
}

impl Metrics {
    /// Counts an answered request. Routes and methods come from our own lists, so the counts stay few.
    pub(crate) fn count_request(
        &self,
        method: &'static str,
        route: &str,
        status: u16,
        took: Duration,
    ) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if !counts.requests.contains_key(route) {
            counts.requests.insert(route.to_owned(), BTreeMap::new());
        }
        if let Some(answers) = counts.requests.get_mut(route) {
            let answers = answers.entry((method, status)).or_default();
            answers.count += 1;
            answers.took += took;
        }
    }

    /// Counts a webhook.
    pub(crate) fn count_webhook(&self, verdict: Verdict) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.webhooks.entry(verdict).or_default() += 1;
    }

    /// Asks the database who is locked out and what waits, and writes it in the same format; nothing when it does not
    /// answer.
    pub(crate) async fn write_overview(&self, app: &App, patience: Duration) -> String {
        let counted = tokio::time::timeout(patience, async {
            let _alone = self.asking.lock().await;
            app.count_gaps().await
        });
        match counted.await {
            Ok(Ok(overview)) => gauges(&overview),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the database does not say who is locked out");
                String::new()
            }
            Err(_) => String::new(),
        }
    }

    /// Writes the counts in Prometheus' text format (version 0.0.4).
    pub(crate) fn write(&self) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut total, mut seconds, mut webhooks) = (String::new(), String::new(), String::new());
        for (route, answers) in &counts.requests {
            for ((method, status), answers) in answers {
                let labels = format!("method=\"{method}\",route=\"{route}\",status=\"{status}\"");
                let (count, took) = (answers.count, answers.took.as_secs_f64());
                // Writing to a String cannot fail.
                let _ = writeln!(total, "stoa_http_requests_total{{{labels}}} {count}");
                let _ = writeln!(
                    seconds,
                    "stoa_http_request_seconds_total{{{labels}}} {took}"
                );
            }
        }
        for (verdict, count) in &counts.webhooks {
            let verdict = verdict.name();
            let _ = writeln!(
                webhooks,
                "stoa_webhooks_total{{verdict=\"{verdict}\"}} {count}"
            );
        }
        format!(
            "# HELP stoa_http_requests_total Requests answered.\n\
             # TYPE stoa_http_requests_total counter\n{total}\
             # HELP stoa_http_request_seconds_total Time until the answers began.\n\
             # TYPE stoa_http_request_seconds_total counter\n{seconds}\
             # HELP stoa_webhooks_total Webhooks by what became of them.\n\
             # TYPE stoa_webhooks_total counter\n{webhooks}"
        )
    }
}

/// Writes the figures that are true for all processes alike.
fn gauges(overview: &Overview) -> String {
    let total = overview.paying_customers_without_access;
    let mut text = format!(
        "# HELP stoa_paying_customers_without_access Customers who paid and have no access, and failures that may keep some out.\n\
         # TYPE stoa_paying_customers_without_access gauge\n\
         stoa_paying_customers_without_access {total}\n\
         # HELP stoa_paying_customers_without_access_by_cause The same by cause; a customer counts once for each.\n\
         # TYPE stoa_paying_customers_without_access_by_cause gauge\n"
    );
    for (cause, count) in &overview.by_cause {
        let cause = cause.name();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "stoa_paying_customers_without_access_by_cause{{cause=\"{cause}\"}} {count}"
        );
    }
    for (name, help, counts) in [
        (
            "stoa_deliveries",
            "Deliveries that are not worked off.",
            &overview.deliveries,
        ),
        ("stoa_jobs", "Jobs that are not done.", &overview.jobs),
    ] {
        let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (state, count) in counts {
            let _ = writeln!(text, "{name}{{state=\"{state}\"}} {count}");
        }
    }
    text
}
