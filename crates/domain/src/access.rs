//! The decision (RULES §5): may this customer open this content now? One function answers it for everybody.

use crate::id::{BlockId, GrantId};
use crate::payment::EndReason;
use crate::time::Timestamp;

/// A grant as the decision sees it, whatever its source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// When it begins.
    pub granted_at: Timestamp,
    /// When it ends by derivation; `None` is never.
    pub expires_at: Option<Timestamp>,
    /// Until when an administrator extended it.
    pub extended_until: Option<Timestamp>,
    /// When and why it was revoked.
    pub revoked: Option<(Timestamp, EndReason)>,
}

/// The later of a derived and an extended end. What never ends needs no extension.
pub(crate) fn later(
    expires_at: Option<Timestamp>,
    extended_until: Option<Timestamp>,
) -> Option<Timestamp> {
    let derived = expires_at?;
    Some(extended_until.map_or(derived, |extended| extended.max(derived)))
}

impl Grant {
    /// Returns the effective expiry: the later of the derived and the extended one (RULES §4.3).
    #[must_use]
    pub fn expiry(&self) -> Option<Timestamp> {
        later(self.expires_at, self.extended_until)
    }

    /// Tells how the grant stands at `now`.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> GrantStanding {
        match (self.revoked, self.expiry()) {
            (Some((at, reason)), _) => GrantStanding::Revoked { at, reason },
            (None, Some(at)) if at <= now => GrantStanding::Expired { at },
            (None, _) if self.granted_at > now => GrantStanding::Future {
                at: self.granted_at,
            },
            (None, until) => GrantStanding::Live { until },
        }
    }
}

/// How one grant stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GrantStanding {
    /// It holds, until then or for ever.
    Live {
        /// When it ends; `None` is never.
        until: Option<Timestamp>,
    },
    /// It begins later.
    Future {
        /// When it begins.
        at: Timestamp,
    },
    /// Its time is over.
    Expired {
        /// When it ended.
        at: Timestamp,
    },
    /// It was revoked.
    Revoked {
        /// When.
        at: Timestamp,
        /// Why.
        reason: EndReason,
    },
}

/// Everything that the decision consults about one customer (or one session's customers) and one content.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// When the content was published; `None` for a draft.
    pub published_at: Option<Timestamp>,
    /// The blocks that stand.
    pub blocks: Vec<BlockId>,
    /// All grants, ended ones too: they are the reason of a refusal.
    pub grants: Vec<Grant>,
}

/// The answer, with its reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Open, by these grants.
    Allowed {
        /// The live grants.
        by: Vec<GrantId>,
        /// When the last of them ends; `None` is never.
        until: Option<Timestamp>,
    },
    /// Closed.
    Refused(Refusal),
}

/// Why a content is closed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It is a draft, or its time has not come.
    NotPublished,
    /// An administrator said no.
    Blocked {
        /// The blocks that stand.
        by: Vec<BlockId>,
    },
    /// There never was a grant.
    NeverGranted,
    /// There were grants, and each has ended or not begun.
    NoLiveGrant {
        /// How each stands.
        grants: Vec<(GrantId, GrantStanding)>,
    },
}

/// Decides whether the content is open at `now`, and why.
#[must_use]
pub fn decide(standing: &Standing, now: Timestamp) -> Decision {
    if standing.published_at.is_none_or(|at| at > now) {
        return Decision::Refused(Refusal::NotPublished);
    }
    if !standing.blocks.is_empty() {
        return Decision::Refused(Refusal::Blocked {
            by: standing.blocks.clone(),
        });
    }
    let (mut by, mut ends) = (Vec::new(), Vec::new());
    for grant in &standing.grants {
        if let GrantStanding::Live { until } = grant.standing(now) {
            by.push(grant.id);
            ends.push(until);
        }
    }
    if by.is_empty() {
        return Decision::Refused(why_none_is_live(standing, now));
    }
    let until = ends
        .into_iter()
        .collect::<Option<Vec<_>>>()
        .and_then(|ends| ends.into_iter().max());
    Decision::Allowed { by, until }
}

fn why_none_is_live(standing: &Standing, now: Timestamp) -> Refusal {
    if standing.grants.is_empty() {
        return Refusal::NeverGranted;
    }
    let grants = standing
        .grants
        .iter()
        .map(|grant| (grant.id, grant.standing(now)))
        .collect();
    Refusal::NoLiveGrant { grants }
}
