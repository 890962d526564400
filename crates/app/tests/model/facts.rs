//! The words of a history: what stores say, what administrators do, and time that passes. Everything is a small number or a
//! word, so that a failing history can be read.

/// Seconds since the history began; what lies before it is negative.
pub(crate) type Seconds = i64;
/// A day.
pub(crate) const DAY: Seconds = 86_400;

/// How many connected stores there are. They use the same numbers for different orders, items and accounts.
pub(crate) const STORES: usize = 2;
/// How many products there are; they may contain each other.
pub(crate) const PRODUCTS: usize = 6;
/// How many contents there are: courses have even numbers, files odd ones.
pub(crate) const CONTENTS: usize = 6;

/// How buyers type their addresses, and who that is (RULES §6.1). `case` stands for the history's own name.
pub(crate) const SPELLINGS: [(&str, Option<&str>); 7] = [
    ("ada@case.example", Some("ada")),
    (" Ada@CASE.Example ", Some("ada")),
    ("a.da@case.example", Some("a.da")),
    ("grace@case.bücher.example", Some("grace")),
    ("GRACE@case.xn--bcher-kva.example", Some("grace")),
    ("eve+shop@case.example", Some("eve+shop")),
    ("at the till", None),
];

/// What lines name, as product, variant and SKU, and by which part of it the administrator maps it.
pub(crate) const ITEMS: [Item; 7] = [
    Item::whole(None, None, Some("A")),
    Item::whole(None, None, Some("B")),
    Item::whole(Some("p"), None, None),
    Item::whole(Some("q"), Some("1"), Some("C")),
    Item {
        mapped_by: (None, None, Some("D")),
        ..Item::whole(Some("r"), Some("1"), Some("D"))
    },
    Item {
        mapped_by: (Some("s"), None, None),
        ..Item::whole(Some("s"), Some("1"), None)
    },
    Item {
        mapped_by: (Some("s"), None, None),
        ..Item::whole(Some("s"), Some("2"), Some("E"))
    },
];

/// Product, variant and SKU of a store, as far as they are named.
pub(crate) type Names = (
    Option<&'static str>,
    Option<&'static str>,
    Option<&'static str>,
);

/// Something that a store sells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item {
    /// What a line says.
    pub(crate) named: Names,
    /// What is mapped.
    pub(crate) mapped_by: Names,
}

impl Item {
    const fn whole(
        product: Option<&'static str>,
        variant: Option<&'static str>,
        sku: Option<&'static str>,
    ) -> Self {
        let named = (product, variant, sku);
        Self {
            named,
            mapped_by: named,
        }
    }
}

/// Somebody whom orders may belong to (RULES §6.2).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Person {
    /// Whoever has the address.
    Email(&'static str),
    /// Whom a store knows by its own number.
    Account(usize, usize),
    /// Nobody that is known, of that order of that store.
    Guest(usize, usize),
}

/// Where an order stands, from the least to the most final (RULES §1.1).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Status {
    Draft,
    Pending,
    Authorised,
    OnHold,
    PartiallyPaid,
    Failed,
    Paid,
    Refunded,
    Cancelled,
    Deleted,
}

/// How far a refund has come, from the least to the most final (RULES §1.2).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum RefundStatus {
    Pending,
    Succeeded,
    Failed,
}

/// How a dispute stands, from the least to the most final (RULES §1.2).
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum DisputeStatus {
    Inquiry,
    Open,
    Won,
    Lost,
}

/// What a store says about one of its orders.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Told {
    pub(crate) store: usize,
    pub(crate) order: usize,
    /// When the store changed it: the version.
    pub(crate) at: Seconds,
    pub(crate) status: Status,
    pub(crate) is_test: bool,
    pub(crate) paid_at: Option<Seconds>,
    /// Money taken before any refund.
    pub(crate) captured: i64,
    /// The store's number of the customer; guests have none.
    pub(crate) account: Option<usize>,
    /// One of [`SPELLINGS`].
    pub(crate) email: Option<usize>,
    pub(crate) lines: Vec<Line>,
    /// All refunds of the order, or that the store does not tell.
    pub(crate) refunds: Option<Vec<Refund>>,
    pub(crate) disputes: Vec<Dispute>,
}

/// A line of an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Line {
    pub(crate) id: usize,
    /// One of [`ITEMS`].
    pub(crate) item: usize,
    pub(crate) quantity: i64,
    /// How many came back, as the line itself says.
    pub(crate) returned: i64,
    pub(crate) period_end: Option<Seconds>,
}

/// A refund of an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Refund {
    pub(crate) id: usize,
    pub(crate) status: RefundStatus,
    pub(crate) amount: i64,
    pub(crate) is_shipping: bool,
    /// Lines and how many of each came back.
    pub(crate) lines: Vec<(usize, i64)>,
}

/// A dispute about an order.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Dispute {
    pub(crate) id: usize,
    pub(crate) status: DisputeStatus,
}

/// A store's settings about access.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Policy {
    /// `on_dispute` is `keep`.
    pub(crate) keeps_disputed: bool,
    /// `on_amount_refund` is `revoke`.
    pub(crate) revokes_on_amount: bool,
    pub(crate) accepts_tests: bool,
    pub(crate) grace_days: u32,
}

/// The settings that RULES call default.
pub(crate) const DEFAULT_POLICY: Policy = Policy {
    keeps_disputed: false,
    revokes_on_amount: false,
    accepts_tests: false,
    grace_days: 3,
};

/// One step of a history. Persons, contents, products and items are numbers of what the history has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// A delivery of a store, perhaps not the first of this fact, perhaps a late one.
    Deliver(Told),
    Map {
        store: usize,
        item: usize,
        product: usize,
    },
    Unmap {
        store: usize,
        item: usize,
    },
    Bundle {
        bundle: usize,
        part: usize,
    },
    Unbundle {
        bundle: usize,
        part: usize,
    },
    /// Puts a course into a product, and so takes it out of another.
    Move {
        content: usize,
        product: usize,
    },
    Delete {
        content: usize,
    },
    SetAccessDays {
        product: usize,
        days: Option<u32>,
    },
    Publish {
        content: usize,
    },
    Unpublish {
        content: usize,
    },
    SetPolicy {
        store: usize,
        policy: Policy,
    },
    Grant {
        person: Person,
        content: usize,
        until: Option<Seconds>,
    },
    Revoke {
        person: Person,
        content: usize,
    },
    Lift {
        person: Person,
        content: usize,
    },
    /// Extends what a line of an order grants: a fact about the order and the product that the line now stands for.
    ExtendLine {
        store: usize,
        order: usize,
        line: usize,
        content: usize,
        until: Seconds,
    },
    /// Extends the last grant by hand of this content to this person.
    ExtendByHand {
        person: Person,
        content: usize,
        until: Seconds,
    },
    /// One session proves to be both, and they are merged (RULES §6.4).
    Merge {
        one: Person,
        other: Person,
    },
    Pass(Seconds),
}

/// What there is before the first step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct World {
    /// The days of access of each product.
    pub(crate) access_days: Vec<Option<u32>>,
    /// The product of each content.
    pub(crate) homes: Vec<usize>,
    /// Which contents are published.
    pub(crate) is_published: Vec<bool>,
    /// Items that are mapped, by store, item and product.
    pub(crate) mapped: Vec<(usize, usize, usize)>,
    /// Products in products, by bundle and part.
    pub(crate) bundled: Vec<(usize, usize)>,
}

/// One history.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct History {
    pub(crate) world: World,
    pub(crate) steps: Vec<Step>,
}

impl History {
    /// Writes the history for people, a step a line.
    pub(crate) fn in_words(&self) -> String {
        let steps = (1..).zip(&self.steps);
        let lines = steps.map(|(number, step)| format!("{number:>3}. {step:?}\n"));
        format!("{:?}\n{}", self.world, lines.collect::<String>())
    }
}
