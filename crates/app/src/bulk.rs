//! Access by the list: many grants, revocations, lifted blocks and extensions from one CSV file, all or none.
//!
//! [`reading`](self) turns the text into acts and says what is wrong by line and column; the acts go the way that single
//! ones go (`administration`), in one transaction; [`effect`](Effect) says what each line did. A dry run does all of it
//! and keeps nothing.

mod effect;
mod line_error;
mod reading;

pub use effect::{Closed, Effect, Side, Source};
pub use line_error::{Column, LineError};
pub use reading::MOST_LINES;

use std::collections::{BTreeMap, BTreeSet};

use domain::audit::{Cause, Event};
use domain::{CustomerId, EmailAddress, Timestamp};
use storage::{StorageError, Tx, customers};

use self::reading::Line;
use crate::App;
use crate::administration::AdministrationError;
use crate::administration::act::{Act, Deed, Pair, lock};
use crate::reconcile::ReconcileError;

/// How many lines may be about the same customer and content: each further one is a round of its own.
const MOST_ABOUT_ONE: usize = 20;

/// Whether what a list does is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Run {
    /// It is only said.
    Dry,
    /// It is kept.
    Real,
}

/// What one line did, or would do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LineEffect {
    /// The line in the file, from 1; the header line counts.
    pub line: u64,
    /// What it did.
    pub effect: Effect,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// Some lines are wrong; nothing was done.
    #[error("{} thing(s) in the list are wrong; nothing was done", .0.len())]
    Lines(Vec<LineError>),
    /// The database failed, or a store's settings cannot be read.
    #[error(transparent)]
    Reconcile(#[from] ReconcileError),
}

impl From<StorageError> for BulkError {
    fn from(error: StorageError) -> Self {
        Self::Reconcile(error.into())
    }
}

/// What came of a round, or of all of them.
#[derive(Default)]
struct Came {
    effects: Vec<LineEffect>,
    errors: Vec<LineError>,
    events: Vec<Event>,
}

impl App {
    /// Does what a list says, all of it or nothing, and says what each line did. Lines are done one after the other: a
    /// line sees what the lines before it did.
    ///
    /// # Errors
    /// See [`BulkError`]: what cannot be read is found first, all of it; then what cannot be done, all of it.
    pub async fn change_access_by_list(
        &self,
        by: &Cause,
        list: &[u8],
        run: Run,
    ) -> Result<Vec<LineEffect>, BulkError> {
        let lines = reading::read(list).map_err(BulkError::Lines)?;
        let now = self.now();
        let mut tx = self.begin_act().await?;
        let mut came = Came::default();
        let acts = self.acts_of(&mut tx, now, lines, &mut came.errors).await?;
        let pairs: BTreeSet<Pair> = acts.iter().map(|(_, act)| act.pair()).collect();
        let pairs: Vec<Pair> = pairs.into_iter().collect();
        let locked = lock(&mut tx, &pairs).await?;
        for round in rounds(acts, &mut came.errors) {
            let (numbers, acts): (Vec<u64>, Vec<Act>) = round.into_iter().unzip();
            let (outcomes, events) = self.act_in(&mut tx, now, by, &locked, &acts).await?;
            came.events.extend(events);
            for (line, outcome) in numbers.into_iter().zip(outcomes) {
                match outcome {
                    Ok(done) => came.effects.push(LineEffect {
                        line,
                        effect: Effect::of(&done, now),
                    }),
                    Err(AdministrationError::Reconcile(error)) => return Err(error.into()),
                    Err(refusal) => came.errors.push(LineError::refused(line, &refusal)),
                }
            }
        }
        if !came.errors.is_empty() {
            came.errors.sort_by_key(|error| error.line);
            return Err(BulkError::Lines(came.errors));
        }
        if run == Run::Real {
            self.record(&mut tx, now, by, came.events).await?;
            tx.commit().await?;
        }
        came.effects.sort_by_key(|effect| effect.line);
        Ok(came.effects)
    }

    /// Finds out whom each line is about. A grant makes a customer whom nobody knew; lines before it do not know her.
    async fn acts_of(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        lines: Vec<Line>,
        errors: &mut Vec<LineError>,
    ) -> Result<Vec<(u64, Act)>, StorageError> {
        let known = self.find_or_insert(tx, now, &lines).await?;
        let mut acts = Vec::with_capacity(lines.len());
        for line in lines {
            let person = known.get(&line.email);
            if let Some(person) = person.filter(|person| person.since <= line.number) {
                let act = Act::new(person.customer, line.content, line.deed);
                acts.push((line.number, act));
            } else {
                let refusal = AdministrationError::NoSuchCustomer;
                errors.push(LineError::refused(line.number, &refusal));
            }
        }
        Ok(acts)
    }

    async fn find_or_insert(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        lines: &[Line],
    ) -> Result<BTreeMap<EmailAddress, Person>, StorageError> {
        let emails: BTreeSet<&EmailAddress> = lines.iter().map(|line| &line.email).collect();
        let emails: Vec<EmailAddress> = emails.into_iter().cloned().collect();
        let found = customers::list_by_email(tx, &emails).await?;
        let mut new: BTreeMap<EmailAddress, u64> = BTreeMap::new();
        let grants = lines
            .iter()
            .filter(|line| matches!(line.deed, Deed::Grant { .. }));
        for line in grants.filter(|line| !found.contains_key(&line.email)) {
            new.entry(line.email.clone()).or_insert(line.number);
        }
        let rows = new.keys().map(|email| {
            let id = self.new_id(now, CustomerId::from_parts);
            (id, email.clone())
        });
        let rows: Vec<(CustomerId, EmailAddress)> = rows.collect();
        customers::insert_by_emails(tx, &rows, now).await?;
        // Somebody else may have inserted one of them meanwhile, under another id.
        let emails: Vec<EmailAddress> = new.keys().cloned().collect();
        let inserted = customers::list_by_email(tx, &emails).await?;
        let since = |email: &EmailAddress| new.get(email).copied().unwrap_or_default();
        let all = found.into_iter().chain(inserted);
        Ok(all
            .map(|(email, customer)| {
                let since = since(&email);
                (email, Person { customer, since })
            })
            .collect())
    }
}

/// A customer, and the line that made her, 0 when she was known before.
struct Person {
    customer: CustomerId,
    since: u64,
}

/// Parts acts into rounds, in each of which no two are about the same customer and content.
fn rounds(acts: Vec<(u64, Act)>, errors: &mut Vec<LineError>) -> Vec<Vec<(u64, Act)>> {
    let mut rounds: Vec<Vec<(u64, Act)>> = Vec::new();
    let mut seen: BTreeMap<Pair, usize> = BTreeMap::new();
    for (number, act) in acts {
        let count = seen.entry(act.pair()).or_default();
        let round = *count;
        *count += 1;
        match rounds.get_mut(round) {
            Some(round) => round.push((number, act)),
            None if round < MOST_ABOUT_ONE => rounds.push(vec![(number, act)]),
            None => errors.push(LineError::too_often(number)),
        }
    }
    rounds
}
