//! The application against RULES.md: random histories are played through its front doors, and after every step everybody's
//! access must be what an independent, naive reading of the rules says.
//!
//! - `facts`: the words of a history; `generate` makes one from a seed, `shrink` makes a failing one small.
//! - `model`, and `hand` for what is done by hand: the rules read aloud, without any of the application's code; `scenarios` holds it to the table of RULES §8.
//! - `stage`: a database on which histories are played and compared; `shelves`: what is there before, `doors`: how each step
//!   is done, `told`: how a store writes it.
//!
//! `docs/testing.md` says how to run more of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod doors;
mod facts;
mod generate;
mod hand;
mod model;
mod random;
mod scenarios;
mod shelves;
mod shelving;
mod shrink;
mod stage;
mod told;

use testkit::TestDatabase;

use crate::facts::History;
use crate::shrink::shrink;
use crate::stage::Stage;

/// So many histories are played on each engine unless `STOA_MODEL_CASES` says otherwise.
const CASES: u64 = 1_000;
/// So many parts they are played in, side by side.
const PARTS: u64 = 20;
/// So many histories share a database.
const CASES_PER_DATABASE: usize = 250;

/// Reads a number that the runner may set.
fn setting(name: &str, default: u64) -> u64 {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests take how much to do from their runner"
    )]
    let set = std::env::var(name);
    set.map_or(default, |text| text.parse().expect("a number"))
}

/// Plays every history of a part, counted from 1.
async fn play_part(part: u64, database: impl AsyncFn() -> TestDatabase) {
    let first = setting("STOA_MODEL_SEED", 0);
    let cases = setting("STOA_MODEL_CASES", CASES);
    let seeds: Vec<u64> = (first..first + cases)
        .filter(|seed| seed % PARTS == part - 1)
        .collect();
    let mut played = 0;
    for some in seeds.chunks(CASES_PER_DATABASE) {
        let database = database().await;
        let stage = Stage::open(database.db.clone()).await;
        for seed in some {
            play(&stage, *seed, generate::history(*seed)).await;
        }
        played += some.len();
        println!("part {part}: {played} of {} histories", seeds.len());
    }
}

/// Plays a hundred scenarios of the rule sheet, each in an order of its own and with a delivery doubled.
async fn play_scenarios(database: TestDatabase) {
    let stage = Stage::open(database.db.clone()).await;
    for seed in 0..100 {
        play(&stage, seed, scenarios::by_chance(seed)).await;
    }
}

async fn play(stage: &Stage, seed: u64, history: History) {
    if let Err(failure) = stage.play(&history).await {
        let (history, failure) = shrink(stage, history, failure).await;
        panic!(
            "the history of seed {seed} fails; made as small as possible:\n{}\n{failure}",
            history.in_words()
        );
    }
}

mod a_hundred_scenarios_end_as_the_rules_say_in_any_order {
    use testkit::TestDatabase;

    use super::play_scenarios;

    #[tokio::test]
    async fn sqlite() {
        play_scenarios(TestDatabase::sqlite().await).await;
    }

    #[tokio::test]
    async fn postgres() {
        play_scenarios(TestDatabase::postgres().await).await;
    }
}

macro_rules! all {
    ($($engine:ident),*) => {
        $(parts!($engine:
            part_1 = 1, part_2 = 2, part_3 = 3, part_4 = 4, part_5 = 5,
            part_6 = 6, part_7 = 7, part_8 = 8, part_9 = 9, part_10 = 10,
            part_11 = 11, part_12 = 12, part_13 = 13, part_14 = 14, part_15 = 15,
            part_16 = 16, part_17 = 17, part_18 = 18, part_19 = 19, part_20 = 20);)*
    };
}

macro_rules! parts {
    ($engine:ident: $($name:ident = $part:literal),*) => {
        mod $engine {
            $(#[tokio::test]
            async fn $name() {
                super::play_part($part, testkit::TestDatabase::$engine).await;
            })*
        }
    };
}

mod access_is_what_the_rules_say {
    use super::play_part;

    all!(sqlite, postgres);
}

#[test]
fn the_same_seed_makes_the_same_history_and_all_are_sound() {
    for seed in 0..2_000 {
        let history = generate::history(seed);
        assert_eq!(history, generate::history(seed));
        assert!(
            generate::is_sound(&history.steps),
            "seed {seed}:\n{}",
            history.in_words()
        );
    }
}
