//! RULES.md read aloud: who may open what, worked out anew from the list of everything that happened, with loops and sets.
//! Nothing here knows how the application does it. The paragraphs of the rule sheet stand beside the lines that say them.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{
    CONTENTS, DAY, DEFAULT_POLICY, DisputeStatus, ITEMS, Line, Names, PRODUCTS, Person, Policy,
    Refund, RefundStatus, SPELLINGS, Seconds, Status, Step, Told, World,
};
use crate::hand::{ByHand, Term};

/// Until when something is open; `None` is for ever.
pub(crate) type Until = Option<Seconds>;
/// What is open to whom.
pub(crate) type Open = BTreeMap<(Person, usize), Until>;

/// Everything that happened, in the order in which it became known here.
#[derive(Debug)]
pub(crate) struct Model {
    world: World,
    happened: Vec<(Seconds, Step)>,
    extensions: Vec<Extension>,
}

/// An administrator's extension of what an order grants (RULES §4.3).
#[derive(Debug)]
struct Extension {
    store: usize,
    order: usize,
    product: usize,
    content: usize,
    until: Seconds,
}

impl Model {
    pub(crate) fn of(world: World) -> Self {
        Self {
            world,
            happened: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// Takes in a step that was done at `now`.
    pub(crate) fn happens(&mut self, now: Seconds, step: Step) {
        if let Step::ExtendLine {
            store,
            order,
            line,
            content,
            until,
        } = step
        {
            let product = self.product_of_line(store, order, line).unwrap();
            self.extensions.push(Extension {
                store,
                order,
                product,
                content,
                until,
            });
        }
        self.happened.push((now, step));
    }

    /// Answers who may open what at `now` (RULES §5). Of merged people ask for [`Model::who`].
    pub(crate) fn open_at(&self, now: Seconds) -> Open {
        let by_hand = self.by_hand();
        let mut open = Open::new();
        for term in self.live_terms(now, &by_hand) {
            let key = (term.person, term.content);
            if !by_hand.blocked.contains(&key) {
                add(&mut open, key, term.until);
            }
        }
        open
    }

    /// Answers what a session may open that has proven to be these people (RULES §6.3): by the orders that name any of
    /// them, and by the grants of the customers they are. A block on any of them refuses.
    pub(crate) fn open_to_session(
        &self,
        now: Seconds,
        proven: &[Person],
    ) -> BTreeMap<usize, Until> {
        let by_hand = self.by_hand();
        let customers: Vec<Person> = proven.iter().map(|person| by_hand.who(*person)).collect();
        let mut open = BTreeMap::new();
        for term in self.live_terms(now, &by_hand) {
            let is_named = term
                .account
                .is_some_and(|account| proven.contains(&account));
            let is_refused = customers
                .iter()
                .any(|customer| by_hand.blocked.contains(&(*customer, term.content)));
            if (customers.contains(&term.person) || is_named) && !is_refused {
                add(&mut open, term.content, term.until);
            }
        }
        open
    }

    /// Says who this is, of several merged people always the same one.
    pub(crate) fn who(&self, person: Person) -> Person {
        self.by_hand().who(person)
    }

    /// Tells whether the content is there no more.
    pub(crate) fn is_deleted(&self, content: usize) -> bool {
        let step = Step::Delete { content };
        self.happened.iter().any(|(_, happened)| *happened == step)
    }

    /// Whose the order is by its latest state; `None` while only nothing is known of it (RULES §6.2).
    pub(crate) fn owner(&self, store: usize, order: usize) -> Option<Person> {
        self.latest(store, order).map(owner)
    }

    /// What the line stands for now.
    pub(crate) fn product_of_line(&self, store: usize, order: usize, line: usize) -> Option<usize> {
        let told = self.latest(store, order)?;
        let line = told.lines.iter().find(|known| known.id == line)?;
        Some(self.product_of(store, line.item)?.0)
    }

    /// Tells whether the bundle would come to contain itself (RULES §3.1).
    pub(crate) fn would_contain_itself(&self, bundle: usize, part: usize) -> bool {
        self.inside(part).contains(&bundle)
    }

    /// The terms that run at `now`, to contents that are published.
    fn live_terms(&self, now: Seconds, by_hand: &ByHand) -> Vec<Term> {
        let published = self.published();
        let mut terms: Vec<Term> = by_hand.grants.iter().map(|(_, term)| *term).collect();
        for (store, order) in self.orders() {
            let told = self.latest(store, order).unwrap();
            for line in &told.lines {
                if self.pays(told, line) {
                    terms.extend(self.terms_of_line(told, line, by_hand));
                }
            }
        }
        terms.retain(|term| {
            let has_begun = term.from <= now;
            let is_over = term.until.is_some_and(|until| until <= now);
            has_begun && !is_over && published.contains(&term.content)
        });
        terms
    }

    // RULES §1: the latest state counts.

    fn told(&self, store: usize, order: usize) -> Vec<&Told> {
        let mut found = Vec::new();
        for (_, step) in &self.happened {
            if let Step::Deliver(told) = step
                && (told.store, told.order) == (store, order)
            {
                found.push(told);
            }
        }
        found
    }

    fn orders(&self) -> BTreeSet<(usize, usize)> {
        let mut orders = BTreeSet::new();
        for (_, step) in &self.happened {
            if let Step::Deliver(told) = step {
                orders.insert((told.store, told.order));
            }
        }
        orders
    }

    fn latest(&self, store: usize, order: usize) -> Option<&Told> {
        let told = self.told(store, order).into_iter();
        told.max_by_key(|told| (told.at, told.status))
    }

    /// The refunds that count: the latest state of each, succeeded, and not missing from a newer complete list.
    fn succeeded_refunds(&self, store: usize, order: usize) -> Vec<&Refund> {
        let told = self.told(store, order);
        let mut latest: BTreeMap<usize, ((Seconds, RefundStatus), &Refund)> = BTreeMap::new();
        for state in &told {
            for refund in state.refunds.iter().flatten() {
                let version = (state.at, refund.status);
                if latest
                    .get(&refund.id)
                    .is_none_or(|(known, _)| *known < version)
                {
                    latest.insert(refund.id, (version, refund));
                }
            }
        }
        let last = self.latest(store, order);
        let is_gone = |id: usize, at: Seconds| {
            let last = last.unwrap();
            last.at > at
                && last
                    .refunds
                    .as_ref()
                    .is_some_and(|list| list.iter().all(|r| r.id != id))
        };
        let mut counting = Vec::new();
        for (id, ((at, status), refund)) in latest {
            if status == RefundStatus::Succeeded && !is_gone(id, at) {
                counting.push(refund);
            }
        }
        counting
    }

    fn disputes(&self, store: usize, order: usize) -> Vec<DisputeStatus> {
        let mut latest: BTreeMap<usize, (Seconds, DisputeStatus)> = BTreeMap::new();
        for state in self.told(store, order) {
            for dispute in &state.disputes {
                let version = (state.at, dispute.status);
                let known = latest.entry(dispute.id).or_insert(version);
                *known = version.max(*known);
            }
        }
        latest.into_values().map(|(_, status)| status).collect()
    }

    // RULES §2: when a line pays.

    fn pays(&self, told: &Told, line: &Line) -> bool {
        let policy = self.policy(told.store);
        let refunds = self.succeeded_refunds(told.store, told.order);
        let disputes = self.disputes(told.store, told.order);
        let refunded_pieces: i64 = refunds
            .iter()
            .flat_map(|refund| &refund.lines)
            .filter(|(id, _)| *id == line.id)
            .map(|(_, quantity)| quantity)
            .sum();
        let money_back: i64 = refunds.iter().map(|refund| refund.amount).sum();
        let is_refunded_in_full = told.captured > 0 && money_back >= told.captured;
        let is_of_amount = |refund: &&Refund| refund.lines.is_empty() && !refund.is_shipping;

        told.status == Status::Paid
            && (!told.is_test || policy.accepts_tests)
            && line.quantity - refunded_pieces.max(line.returned) >= 1
            && !is_refunded_in_full
            && !disputes.contains(&DisputeStatus::Lost)
            && (policy.keeps_disputed || !disputes.contains(&DisputeStatus::Open))
            && !(policy.revokes_on_amount && refunds.iter().any(is_of_amount))
    }

    fn policy(&self, store: usize) -> Policy {
        let mut policy = DEFAULT_POLICY;
        for (_, step) in &self.happened {
            if let Step::SetPolicy {
                store: of,
                policy: set,
            } = step
                && *of == store
            {
                policy = *set;
            }
        }
        policy
    }

    // RULES §3: what a line grants.

    fn terms_of_line(&self, told: &Told, line: &Line, by_hand: &ByHand) -> Vec<Term> {
        let Some((product, mapped_at)) = self.product_of(told.store, line.item) else {
            return Vec::new();
        };
        let from = told.paid_at.unwrap().max(mapped_at);
        let days = self.access_days(product);
        let grace = i64::from(self.policy(told.store).grace_days) * DAY;
        let until = match line.period_end {
            Some(end) => Some(match days {
                Some(d) => (end + grace).min(from + i64::from(d) * DAY),
                None => end + grace,
            }),
            None => days.map(|days| from + i64::from(days) * DAY),
        };
        let person = by_hand.who(owner(told));
        let account = told
            .account
            .map(|account| Person::Account(told.store, account));
        let mut terms = Vec::new();
        for content in self.contents_of(product) {
            // While a block on its owner stands, the grant is revoked for everybody (RULES §4.2).
            if by_hand.blocked.contains(&(person, content)) {
                continue;
            }
            let extended = self.extension(told.store, told.order, product, content);
            // An extension only ever lengthens (RULES §4.3).
            let until = match (until, extended) {
                (Some(until), Some(extended)) => Some(until.max(extended)),
                (until, _) => until,
            };
            terms.push(Term {
                person,
                account,
                content,
                from,
                until,
            });
        }
        terms
    }

    /// What the item stands for now, and since when it first did.
    fn product_of(&self, store: usize, item: usize) -> Option<(usize, Seconds)> {
        let key: Names = ITEMS[item].mapped_by;
        let mut now = None;
        let mut first: BTreeMap<usize, Seconds> = BTreeMap::new();
        for (of, item, product) in &self.world.mapped {
            if *of == store && ITEMS[*item].mapped_by == key {
                first.insert(*product, 0);
                now = Some(*product);
            }
        }
        for (at, step) in &self.happened {
            match step {
                Step::Map {
                    store: of,
                    item,
                    product,
                } => {
                    let is_meant = *of == store && ITEMS[*item].mapped_by == key;
                    if is_meant {
                        first.entry(*product).or_insert(*at);
                        now = Some(*product);
                    }
                }
                Step::Unmap { store: of, item } => {
                    let is_meant = *of == store && ITEMS[*item].mapped_by == key;
                    if is_meant {
                        now = None;
                    }
                }
                _ => {}
            }
        }
        now.map(|product| (product, first[&product]))
    }

    fn access_days(&self, product: usize) -> Option<u32> {
        let mut now = self.world.access_days[product];
        for (_, step) in &self.happened {
            if let Step::SetAccessDays { product: of, days } = step
                && *of == product
            {
                now = *days;
            }
        }
        now
    }

    /// The products in a product, itself among them.
    fn inside(&self, product: usize) -> BTreeSet<usize> {
        let mut parts: BTreeSet<(usize, usize)> = self.world.bundled.iter().copied().collect();
        for (_, step) in &self.happened {
            match step {
                Step::Bundle { bundle, part } => {
                    parts.insert((*bundle, *part));
                }
                Step::Unbundle { bundle, part } => {
                    parts.remove(&(*bundle, *part));
                }
                _ => {}
            }
        }
        let mut inside = BTreeSet::from([product]);
        // No path is longer than there are products.
        for _ in 0..PRODUCTS {
            for (bundle, part) in &parts {
                if inside.contains(bundle) {
                    inside.insert(*part);
                }
            }
        }
        inside
    }

    fn contents_of(&self, product: usize) -> BTreeSet<usize> {
        let inside = self.inside(product);
        let is_in =
            |content: &usize| inside.contains(&self.home(*content)) && !self.is_deleted(*content);
        (0..CONTENTS).filter(is_in).collect()
    }

    fn home(&self, content: usize) -> usize {
        let mut home = self.world.homes[content];
        for (_, step) in &self.happened {
            if let Step::Move {
                content: of,
                product,
            } = step
                && *of == content
            {
                home = *product;
            }
        }
        home
    }

    fn published(&self) -> BTreeSet<usize> {
        let is_published = |content: &usize| self.world.is_published[*content];
        let mut published: BTreeSet<usize> = (0..CONTENTS).filter(is_published).collect();
        for (_, step) in &self.happened {
            match step {
                Step::Publish { content } => {
                    published.insert(*content);
                }
                Step::Unpublish { content } | Step::Delete { content } => {
                    published.remove(content);
                }
                _ => {}
            }
        }
        published
    }

    // RULES §4: what an administrator does.

    fn by_hand(&self) -> ByHand {
        ByHand::after(&self.happened)
    }

    fn extension(&self, store: usize, order: usize, product: usize, content: usize) -> Until {
        let mut latest = None;
        for of in &self.extensions {
            if (of.store, of.order, of.product, of.content) == (store, order, product, content) {
                latest = latest.max(Some(of.until));
            }
        }
        latest
    }
}

fn owner(told: &Told) -> Person {
    if let Some(name) = told.email.and_then(|spelling| SPELLINGS[spelling].1) {
        return Person::Email(name);
    }
    match told.account {
        Some(account) => Person::Account(told.store, account),
        None => Person::Guest(told.store, told.order),
    }
}

/// Adds a reason for access to those that there are.
fn add<Key: Ord>(open: &mut BTreeMap<Key, Until>, key: Key, until: Until) {
    let until = match open.get(&key) {
        Some(known) => later(*known, until),
        None => until,
    };
    open.insert(key, until);
}

fn later(a: Until, b: Until) -> Until {
    Some(a?.max(b?))
}
