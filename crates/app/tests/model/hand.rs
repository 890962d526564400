//! RULES §4 and §6.4 read aloud: what administrators do by hand, and people who turn out to be one.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Person, Seconds, Step};
use crate::model::Until;

/// One reason for access: whose, to what, from when, until when.
#[derive(Clone, Copy)]
pub(crate) struct Term {
    pub(crate) person: Person,
    /// Whom else the order names, who is not its owner.
    pub(crate) account: Option<Person>,
    pub(crate) content: usize,
    pub(crate) from: Seconds,
    pub(crate) until: Until,
}

/// What administrators did by hand and who turned out to be one person, up to now.
#[derive(Default)]
pub(crate) struct ByHand {
    /// Who those are that were merged.
    pub(crate) merged: BTreeMap<Person, Person>,
    /// The live grants, with the name that the administrator used.
    pub(crate) grants: Vec<(Person, Term)>,
    pub(crate) blocked: BTreeSet<(Person, usize)>,
}

impl ByHand {
    /// Works out how things stand by hand after all of this.
    pub(crate) fn after(happened: &[(Seconds, Step)]) -> Self {
        let mut now = Self::default();
        for (at, step) in happened {
            match step {
                Step::Grant {
                    person,
                    content,
                    until,
                } => {
                    let who = now.who(*person);
                    now.blocked.remove(&(who, *content));
                    let term = Term {
                        person: who,
                        account: None,
                        content: *content,
                        from: *at,
                        until: *until,
                    };
                    now.grants.push((*person, term));
                }
                // It ends them for good, and blocks.
                Step::Revoke { person, content } => {
                    let key = (now.who(*person), *content);
                    now.grants
                        .retain(|(_, term)| (term.person, term.content) != key);
                    now.blocked.insert(key);
                }
                Step::Lift { person, content } => {
                    now.blocked.remove(&(now.who(*person), *content));
                }
                Step::ExtendByHand {
                    person,
                    content,
                    until,
                } => {
                    let mut grants = now.grants.iter_mut();
                    let last =
                        grants.rfind(|(name, term)| (*name, term.content) == (*person, *content));
                    if let Some((_, term)) = last {
                        term.until = term.until.map(|end| end.max(*until));
                    }
                }
                Step::Merge { one, other } => now.merge(*one, *other),
                _ => {}
            }
        }
        now
    }

    /// Says who this is, of several merged names always the same one.
    pub(crate) fn who(&self, person: Person) -> Person {
        self.merged.get(&person).copied().unwrap_or(person)
    }

    /// RULES §6.4: a merge unites grants and blocks.
    fn merge(&mut self, one: Person, other: Person) {
        let (kept, gone) = (self.who(one), self.who(other));
        let kept_for = |person: Person| if person == gone { kept } else { person };
        for known in self.merged.values_mut() {
            *known = kept_for(*known);
        }
        self.merged.insert(other, kept);
        self.merged.insert(gone, kept);
        for (_, grant) in &mut self.grants {
            grant.person = kept_for(grant.person);
        }
        let blocked = self.blocked.iter();
        self.blocked = blocked
            .map(|(person, content)| (kept_for(*person), *content))
            .collect();
    }
}
