//! Where a page of gaps begins, written so that it passes through addresses unchanged.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::gap::GapCause;
use domain::{ContentId, DeliveryId, ExternalId, GrantId, JobId, OrderId, Timestamp};
use serde::{Deserialize, Serialize};
use storage::overview::LinePlace;

use super::Cause;

/// Behind which gap a page begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GapPlace {
    /// Behind a line's.
    Line(GapCause, LinePlace),
    /// Behind that of a grant on a draft.
    Draft(GrantId),
    /// Behind a failed delivery.
    Delivery(DeliveryId),
    /// Behind a failed job.
    Job(JobId),
}

/// Tells that a text is no place in the list of gaps.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a place in the list of gaps")]
pub struct NoSuchPlace;

#[derive(Serialize, Deserialize)]
enum Written {
    Line(String, Timestamp, OrderId, ExternalId, Option<ContentId>),
    Draft(GrantId),
    Delivery(DeliveryId),
    Job(JobId),
}

impl GapPlace {
    /// Returns the cause in whose list the place is.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        match self {
            Self::Line(cause, _) => Cause::Line(*cause),
            Self::Draft(_) => Cause::NotPublished,
            Self::Delivery(_) => Cause::FailedDelivery,
            Self::Job(_) => Cause::FailedJob,
        }
    }

    pub(super) const fn line(&self) -> Option<&LinePlace> {
        match self {
            Self::Line(_, place) => Some(place),
            Self::Draft(_) | Self::Delivery(_) | Self::Job(_) => None,
        }
    }

    pub(super) const fn grant(&self) -> Option<GrantId> {
        match self {
            Self::Draft(id) => Some(*id),
            Self::Line(..) | Self::Delivery(_) | Self::Job(_) => None,
        }
    }

    pub(super) const fn delivery(&self) -> Option<DeliveryId> {
        match self {
            Self::Delivery(id) => Some(*id),
            Self::Line(..) | Self::Draft(_) | Self::Job(_) => None,
        }
    }

    pub(super) const fn job(&self) -> Option<JobId> {
        match self {
            Self::Job(id) => Some(*id),
            Self::Line(..) | Self::Draft(_) | Self::Delivery(_) => None,
        }
    }
}

impl fmt::Display for GapPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = match self.clone() {
            Self::Line(cause, place) => Written::Line(
                cause.name().to_owned(),
                place.since,
                place.order,
                place.line,
                place.content,
            ),
            Self::Draft(id) => Written::Draft(id),
            Self::Delivery(id) => Written::Delivery(id),
            Self::Job(id) => Written::Job(id),
        };
        let json = serde_json::to_vec(&written).map_err(|_| fmt::Error)?;
        f.write_str(&URL_SAFE_NO_PAD.encode(json))
    }
}

impl FromStr for GapPlace {
    type Err = NoSuchPlace;
    fn from_str(text: &str) -> Result<Self, NoSuchPlace> {
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| NoSuchPlace)?;
        let written = serde_json::from_slice(&json).map_err(|_| NoSuchPlace)?;
        Ok(match written {
            Written::Line(cause, since, order, line, content) => {
                let place = LinePlace {
                    since,
                    order,
                    line,
                    content,
                };
                Self::Line(GapCause::from_name(&cause).ok_or(NoSuchPlace)?, place)
            }
            Written::Draft(id) => Self::Draft(id),
            Written::Delivery(id) => Self::Delivery(id),
            Written::Job(id) => Self::Job(id),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_from_an_address() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let line = LinePlace {
            since: now,
            order: OrderId::from_parts(now, 1),
            line: "gid://shop/LineItem/1 & 2".parse().unwrap(),
            content: None,
        };
        for place in [
            GapPlace::Line(GapCause::Blocked, line),
            GapPlace::Draft(GrantId::from_parts(now, 2)),
            GapPlace::Delivery(DeliveryId::from_parts(now, 3)),
            GapPlace::Job(JobId::from_parts(now, 4)),
        ] {
            let text = place.to_string();
            assert!(
                text.bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            );
            assert_eq!(text.parse(), Ok(place));
        }
        for bad in ["", "x", "e30", "bnVsbA"] {
            assert_eq!(bad.parse::<GapPlace>(), Err(NoSuchPlace), "{bad}");
        }
    }
}
