//! A database on which histories are played, each with stores, products and customers of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use app::clock::Clock;
use connectors::{StoreKind, StoreSecret, custom};
use domain::access::{Decision, Standing, decide};
use domain::payment::StorePolicy;
use domain::viewer::Viewer;
use domain::{ContentId, CustomerId, GrantId, StoreId, StoreName, Timestamp};
use storage::{Db, access, courses, files, inbox};
use testkit::{BY, TestShop};

use crate::facts::{History, Person, STORES, Seconds, Step};
use crate::model::{Model, Until};
use crate::shelves::{self, Shelves};

/// The application on one database.
pub(crate) struct Stage {
    pub(crate) shop: TestShop,
    played: AtomicU64,
}

/// A store of one history.
pub(crate) struct Store {
    pub(crate) id: StoreId,
    pub(crate) name: StoreName,
    pub(crate) secret: StoreSecret,
}

/// One history while it is played.
pub(crate) struct Play<'a> {
    pub(crate) shop: &'a TestShop,
    pub(crate) steps_taken: usize,
    /// What this history is called, also in its addresses.
    pub(crate) name: String,
    pub(crate) opened_at: Timestamp,
    pub(crate) stores: Vec<Store>,
    pub(crate) shelves: Shelves,
    /// When each content was published, as the database says.
    published: Vec<Option<Timestamp>>,
    /// The customer by whom the application knows each person.
    pub(crate) people: BTreeMap<Person, CustomerId>,
    pub(crate) by_hand: BTreeMap<(Person, usize), GrantId>,
    pub(crate) model: Model,
}

impl Stage {
    pub(crate) async fn open(db: Db) -> Self {
        Self {
            shop: TestShop::open(db).await,
            played: AtomicU64::new(0),
        }
    }

    /// Plays a history from its first step to its last, and tells where the application and the rules part.
    pub(crate) async fn play(&self, history: &History) -> Result<(), String> {
        let number = self.played.fetch_add(1, Ordering::SeqCst);
        let mut play = Play::open(&self.shop, number, history).await;
        let failures_before = play.count_dead().await;
        play.read_published().await;
        play.compare(0).await?;
        for (number, step) in (1..).zip(&history.steps) {
            let at = |what: String| format!("after step {number}: {what}");
            if play.take(step).await.map_err(at)? {
                let now = play.now();
                play.model.happens(now, step.clone());
            }
            play.shop.app.work_until_idle().await.unwrap();
            play.meet(step).await.map_err(at)?;
            if changes_publication(step) {
                play.read_published().await;
            }
            play.compare(number).await.map_err(at)?;
        }
        if play.count_dead().await != failures_before {
            return Err("a delivery or a job was given up".into());
        }
        Ok(())
    }
}

impl<'a> Play<'a> {
    /// Makes what there is before the first step.
    async fn open(shop: &'a TestShop, number: u64, history: &History) -> Self {
        let opened_at = shop.clock.now();
        let mut stores = Vec::new();
        for store in 0..STORES {
            let secret = custom::new_secret(&[9; 32]);
            let again = StoreSecret::new(secret.expose().to_owned());
            let name: StoreName = format!("c{number}-{store}").parse().unwrap();
            let (kind, policy) = (StoreKind::Custom, StorePolicy::default());
            let id = shop
                .app
                .add_store(&BY, name.clone(), kind, policy, &[again])
                .await
                .unwrap();
            stores.push(Store { id, name, secret });
        }
        let ids: Vec<StoreId> = stores.iter().map(|store| store.id).collect();
        let mut tx = shop.app.db().begin().await.unwrap();
        let world = &history.world;
        let shelves = shelves::fill(&mut tx, number, world, &ids, opened_at).await;
        tx.commit().await.unwrap();
        Play {
            shop,
            steps_taken: 0,
            name: format!("c{number}"),
            opened_at,
            stores,
            shelves,
            published: Vec::new(),
            people: BTreeMap::new(),
            by_hand: BTreeMap::new(),
            model: Model::of(world.clone()),
        }
    }
}

impl Play<'_> {
    /// Returns the seconds since the history began.
    pub(crate) fn now(&self) -> Seconds {
        self.shop.clock.now().as_seconds() - self.opened_at.as_seconds()
    }

    /// Returns the time of a second of the history.
    pub(crate) fn time(&self, second: Seconds) -> Timestamp {
        self.opened_at.plus_seconds(second)
    }

    /// Compares what is open to whom, in the application and by the rules.
    async fn compare(&self, step: usize) -> Result<(), String> {
        let expected = self.model.open_at(self.now());
        let known: BTreeSet<Person> = self.people.keys().map(|p| self.model.who(*p)).collect();
        if let Some((person, content)) = expected.keys().find(|(p, _)| !known.contains(p)) {
            return Err(format!(
                "content {content} is open to {person:?}, whom the application does not know"
            ));
        }
        let now = self.shop.clock.now();
        let mut reader = self.shop.app.db().reader().await.unwrap();
        for (person, customer) in &self.people {
            let found = access::list_of_customer(&mut reader, *customer).await;
            let by_content = found.unwrap();
            for (number, content) in self.shelves.contents.iter().enumerate() {
                let on = by_content.get(content).cloned().unwrap_or_default();
                let standing = Standing {
                    published_at: self.published[number],
                    blocks: on.blocks,
                    grants: on.grants,
                };
                let found = match decide(&standing, now) {
                    Decision::Allowed { until, .. } => Some(self.seconds(until)),
                    Decision::Refused(_) => None,
                };
                let rules = expected.get(&(self.model.who(*person), number)).copied();
                if found != rules {
                    return Err(format!(
                        "content {number} is {} to {person:?} by the rules, and {} in the application",
                        in_words(rules),
                        in_words(found),
                    ));
                }
            }
        }
        drop(reader);
        self.look_into_a_library(step).await
    }

    /// Compares what a session is shown that has proven to be one or two of the customers, others after each step.
    async fn look_into_a_library(&self, step: usize) -> Result<(), String> {
        let mut people: Vec<_> = self.people.iter().collect();
        if people.is_empty() {
            return Ok(());
        }
        let count = people.len();
        people.rotate_left(step % count);
        people.truncate(1 + step % 2);
        let mut viewer = Viewer::of(*people[0].1);
        for (person, customer) in &people {
            let identity = match person {
                Person::Account(store, account) => {
                    let external = account.to_string().parse().unwrap();
                    Some((self.stores[*store].id, external))
                }
                Person::Email(_) | Person::Guest(..) => None,
            };
            viewer.add(**customer, identity);
        }
        let proven: Vec<Person> = people.iter().map(|(person, _)| **person).collect();
        let expected = self.model.open_to_session(self.now(), &proven);
        let number = |id: ContentId| {
            let mut contents = self.shelves.contents.iter();
            contents.position(|content| *content == id).unwrap()
        };
        let courses = self.shop.app.list_courses(viewer.clone()).await.unwrap();
        let files = self.shop.app.list_downloads(viewer).await.unwrap();
        let shown: BTreeMap<usize, Option<Until>> = courses
            .iter()
            .map(|course| {
                (
                    number(ContentId::Course(course.id)),
                    Some(self.seconds(course.access_until)),
                )
            })
            .chain(
                files
                    .iter()
                    .map(|file| (number(ContentId::File(file.id)), None)),
            )
            .collect();
        let is_same = shown.keys().eq(expected.keys())
            && shown
                .iter()
                .all(|(content, until)| until.is_none_or(|until| until == expected[content]));
        if is_same {
            return Ok(());
        }
        Err(format!(
            "a session of {proven:?} is shown {shown:?}, and by the rules it should be {expected:?}"
        ))
    }

    fn seconds(&self, time: Option<Timestamp>) -> Until {
        time.map(|time| time.as_seconds() - self.opened_at.as_seconds())
    }

    /// Reads when each content was published.
    async fn read_published(&mut self) {
        let mut reader = self.shop.app.db().reader().await.unwrap();
        self.published.clear();
        for content in &self.shelves.contents {
            self.published.push(match content {
                ContentId::Course(id) => {
                    let course = courses::find(&mut reader, *id).await.unwrap();
                    course.and_then(|course| course.published_at)
                }
                ContentId::File(id) => {
                    let file = files::find(&mut reader, *id).await.unwrap();
                    file.and_then(|file| file.published_at)
                }
            });
        }
    }

    async fn count_dead(&self) -> i64 {
        let mut reader = self.shop.app.db().reader().await.unwrap();
        inbox::count(&mut reader, "dead").await.unwrap()
    }
}

fn changes_publication(step: &Step) -> bool {
    matches!(
        step,
        Step::Publish { .. } | Step::Unpublish { .. } | Step::Delete { .. }
    )
}

fn in_words(open: Option<Until>) -> String {
    match open {
        None => "closed".into(),
        Some(None) => "open for ever".into(),
        Some(Some(until)) => format!("open until {until}"),
    }
}
