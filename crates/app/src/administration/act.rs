//! What an act is, what a customer holds of the content that it is about, and the locks that it needs.

use std::collections::{BTreeMap, BTreeSet};

use domain::access::Standing;
use domain::{BlockId, ContentId, CustomerId, GrantId, OrderId, Timestamp};
use storage::grants::HeldGrant;
use storage::{Access, StorageError, Tx, blocks, customers, grants};

/// What an act is about.
pub(crate) type Pair = (CustomerId, ContentId);

/// What customers hold of contents.
pub(crate) type Holdings = BTreeMap<Pair, Holding>;

/// One act.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// Whose access.
    pub(crate) customer: CustomerId,
    /// To what.
    pub(crate) content: ContentId,
    /// What is done about it.
    pub(crate) deed: Deed,
}

/// What is done.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Grant.
    Grant {
        /// When it ends; `None` is never.
        expires_at: Option<Timestamp>,
        /// Why, for people.
        note: Option<String>,
    },
    /// Revoke and block.
    Revoke {
        /// Why, for people.
        reason: Option<String>,
    },
    /// Lift the block.
    Lift,
    /// Make longer.
    Extend {
        /// This grant; `None` is all that end.
        only: Option<GrantId>,
        /// Until when.
        until: Timestamp,
        /// Why, for people.
        note: Option<String>,
    },
}

impl Act {
    pub(crate) const fn new(customer: CustomerId, content: ContentId, deed: Deed) -> Self {
        Self {
            customer,
            content,
            deed,
        }
    }

    pub(crate) const fn pair(&self) -> Pair {
        (self.customer, self.content)
    }
}

/// What a customer holds of a content.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holding {
    /// Her grants, ended ones too.
    pub(crate) grants: Vec<HeldGrant>,
    /// The blocks that stand against her.
    pub(crate) blocks: Vec<BlockId>,
}

impl Holding {
    /// Finds one of the grants.
    pub(crate) fn grant(&self, id: GrantId) -> Option<&HeldGrant> {
        self.grants.iter().find(|held| held.grant.id == id)
    }

    /// Lists the orders that ever granted her the content.
    pub(crate) fn orders(&self) -> impl Iterator<Item = OrderId> {
        let lines = self.grants.iter().filter_map(|held| held.line.as_ref());
        lines.map(|(order, _)| *order)
    }

    /// Returns what the decision consults.
    pub(crate) fn standing(&self, published_at: Option<Timestamp>) -> Standing {
        Standing {
            published_at,
            blocks: self.blocks.clone(),
            grants: self.grants.iter().map(|held| held.grant).collect(),
        }
    }
}

/// Loads what customers hold of contents.
pub(crate) async fn load(
    access: &mut impl Access,
    pairs: &[Pair],
) -> Result<Holdings, StorageError> {
    let mut holdings: Holdings = pairs
        .iter()
        .map(|pair| (*pair, Holding::default()))
        .collect();
    for held in grants::list_held(access, pairs).await? {
        let holding = holdings.entry((held.customer, held.content)).or_default();
        holding.grants.push(held);
    }
    for (block, customer, content) in blocks::list_standing(access, pairs).await? {
        let holding = holdings.entry((customer, content)).or_default();
        holding.blocks.push(block);
    }
    Ok(holdings)
}

/// The orders that acts may reconcile: whoever has to do with them is locked.
pub(crate) struct Locked {
    pub(crate) orders: BTreeSet<OrderId>,
}

/// Locks, in one order for everybody, the customers whom the acts are about and whoever else has to do with the orders
/// that ever granted them these contents.
///
/// The orders themselves need no lock: whatever else works on one of them locks the customers to whom it granted
/// something, too. So a list of any length takes row locks alone, of which there is no limit.
pub(crate) async fn lock(tx: &mut Tx, pairs: &[Pair]) -> Result<Locked, StorageError> {
    let held = grants::list_held(tx, pairs).await?;
    let orders: BTreeSet<OrderId> = held
        .into_iter()
        .filter_map(|held| held.line)
        .map(|(order, _)| order)
        .collect();
    let list: Vec<OrderId> = orders.iter().copied().collect();
    let mut concerned = grants::list_customers_of_orders(tx, &list).await?;
    concerned.extend(pairs.iter().map(|(customer, _)| *customer));
    customers::lock(tx, &concerned).await?;
    Ok(Locked { orders })
}
