//! Smaller histories that fail as well: what cannot be left out is what matters.

use crate::facts::{History, Step, Told};
use crate::generate::is_sound;
use crate::stage::Stage;

/// After so many tries the smallest history found so far has to do.
const MOST_TRIES: usize = 1_500;

/// Finds a small history that fails, and what it fails with.
pub(crate) async fn shrink(stage: &Stage, failing: History, failure: String) -> (History, String) {
    let (mut smallest, mut failure) = (failing, failure);
    let mut tries = 0;
    'smaller: loop {
        for candidate in simpler(&smallest) {
            if !is_sound(&candidate.steps) {
                continue;
            }
            tries += 1;
            if tries > MOST_TRIES {
                return (smallest, failure);
            }
            if let Err(found) = stage.play(&candidate).await {
                (smallest, failure) = (candidate, found);
                continue 'smaller;
            }
        }
        return (smallest, failure);
    }
}

/// The histories that are a little simpler, the boldest first.
fn simpler(history: &History) -> Vec<History> {
    let mut found = Vec::new();
    let count = history.steps.len();
    let mut size = count.div_ceil(2);
    while size > 0 {
        for from in (0..count).step_by(size).rev() {
            let mut fewer = history.clone();
            fewer.steps.drain(from..count.min(from + size));
            found.push(fewer);
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    simpler_worlds(history, &mut found);
    for (place, step) in history.steps.iter().enumerate() {
        // The same fact stays the same wherever it is delivered again.
        if let Step::Deliver(told) = step
            && !history.steps[..place].contains(step)
        {
            found.extend(simpler_states(told).into_iter().map(|simpler| {
                let mut changed = history.clone();
                for other in &mut changed.steps {
                    if other == step {
                        *other = Step::Deliver(simpler.clone());
                    }
                }
                changed
            }));
        }
    }
    found
}

fn simpler_worlds(history: &History, found: &mut Vec<History>) {
    let world = &history.world;
    let mut push = |change: &dyn Fn(&mut History)| {
        let mut changed = history.clone();
        change(&mut changed);
        found.push(changed);
    };
    for place in 0..world.mapped.len() {
        push(&|changed| {
            changed.world.mapped.remove(place);
        });
    }
    for place in 0..world.bundled.len() {
        push(&|changed| {
            changed.world.bundled.remove(place);
        });
    }
    for product in 0..world.access_days.len() {
        if world.access_days[product].is_some() {
            push(&|changed| changed.world.access_days[product] = None);
        }
    }
    for content in 0..world.is_published.len() {
        if !world.is_published[content] {
            push(&|changed| changed.world.is_published[content] = true);
        }
    }
}

fn simpler_states(told: &Told) -> Vec<Told> {
    let mut found = Vec::new();
    let mut push = |change: &dyn Fn(&mut Told)| {
        let mut changed = told.clone();
        change(&mut changed);
        if changed != *told {
            found.push(changed);
        }
    };
    push(&|state| state.refunds = None);
    push(&|state| state.disputes.clear());
    push(&|state| state.is_test = false);
    push(&|state| state.account = None);
    for place in 0..told.lines.len() {
        push(&|state| {
            state.lines.remove(place);
        });
        push(&|state| state.lines[place].quantity = 1);
        push(&|state| state.lines[place].returned = 0);
        push(&|state| state.lines[place].period_end = None);
    }
    for place in 0..told.refunds.as_ref().map_or(0, Vec::len) {
        push(&|state| {
            state.refunds.as_mut().unwrap().remove(place);
        });
        push(&|state| state.refunds.as_mut().unwrap()[place].lines.clear());
    }
    for place in 0..told.disputes.len() {
        push(&|state| {
            state.disputes.remove(place);
        });
    }
    found
}
