//! Reading everything that the grants of some orders depend on.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use domain::catalogue::Catalogue;
use domain::gap::{Circumstances, gaps};
use domain::grant::{Extensions, MappedProduct, Order};
use domain::mapping::{KnownItem, choose};
use domain::order::StoreItem;
use domain::payment::StorePolicy;
use domain::reconcile::{Change, KeptGrant, plan};
use domain::{ContentId, CustomerId, ExternalId, OrderId, ProductId, StoreId};
use storage::gaps::OrderGap;
use storage::orders::LoadedOrder;
use storage::{
    Access, blocks, customers, extensions, grants, orders, products, store_items, stores,
};

use super::ReconcileError;
use crate::stores::read_policy;

/// Orders with all that their grants depend on.
pub(crate) struct Gathered {
    pub(crate) orders: Vec<GatheredOrder>,
    /// The gaps as they were found before.
    pub(super) known_gaps: BTreeSet<OrderGap>,
    pub(crate) catalogue: Catalogue,
    blocks: BTreeSet<(CustomerId, ContentId)>,
    /// The owners of whom neither an address nor a store's customer is known.
    nobodies: BTreeSet<CustomerId>,
}

/// One order of them.
pub(crate) struct GatheredOrder {
    pub(crate) order: LoadedOrder,
    pub(crate) grants: Vec<KeptGrant>,
    policy: StorePolicy,
    extensions: Extensions,
    pub(crate) mapping: BTreeMap<ExternalId, MappedProduct>,
    /// The lines that grant nothing on purpose.
    pub(crate) ignored: BTreeSet<ExternalId>,
}

/// What is to be changed of one order.
pub(super) struct OrderPlan {
    pub(super) changes: Vec<Change>,
    pub(super) gaps: BTreeSet<OrderGap>,
}

impl Gathered {
    /// Plans the changes of each order, in the order of [`Gathered::orders`].
    pub(super) fn plan(&self) -> Vec<OrderPlan> {
        let plans = self.orders.iter().map(|gathered| {
            let facts = gathered.facts();
            let id = gathered.order.id;
            let circumstances = Circumstances {
                blocks: &self.blocks,
                ignored: &gathered.ignored,
                owner_is_nobody: self.nobodies.contains(&gathered.order.owner),
            };
            let gaps = gaps(&facts, &self.catalogue, &circumstances);
            OrderPlan {
                changes: plan(&facts, &self.catalogue, &gathered.grants, &self.blocks),
                gaps: gaps
                    .into_iter()
                    .map(|gap| OrderGap { order: id, gap })
                    .collect(),
            }
        });
        plans.collect()
    }
}

impl GatheredOrder {
    pub(crate) fn facts(&self) -> Order<'_> {
        Order {
            id: self.order.id,
            owner: self.order.owner,
            history: &self.order.history,
            policy: self.policy,
            mapping: &self.mapping,
            extensions: &self.extensions,
        }
    }
}

/// Gathers orders in few statements, however many they are.
pub(crate) async fn gather(
    access: &mut impl Access,
    ids: &[OrderId],
) -> Result<Gathered, ReconcileError> {
    let loaded = orders::load(access, ids).await?;
    let mut kept = by_order(grants::list_of_orders(access, ids).await?);
    let mut extended = extensions::list_of_orders(access, ids).await?;
    let concerned: BTreeSet<CustomerId> = loaded.iter().map(|order| order.owner).collect();
    let concerned: Vec<CustomerId> = concerned.into_iter().collect();
    let mut shelf = Shelf::default();
    let mut gathered = Gathered {
        orders: Vec::new(),
        known_gaps: storage::gaps::list_of_orders(access, ids).await?,
        catalogue: Catalogue::default(),
        blocks: blocks::list(access, &concerned).await?,
        nobodies: customers::list_nobodies(access, &concerned).await?,
    };
    for order in loaded {
        let (mapping, ignored) = shelf.map_lines(access, &order).await?;
        gathered.orders.push(GatheredOrder {
            policy: shelf.policy(access, order.store).await?,
            grants: kept.remove(&order.id).unwrap_or_default(),
            extensions: extended.remove(&order.id).unwrap_or_default(),
            mapping,
            ignored,
            order,
        });
    }
    gathered.catalogue = shelf.catalogue;
    Ok(gathered)
}

/// Finds the products that the lines of orders pay for at present; a line that stands for none is left out.
pub(crate) async fn products_of_lines(
    access: &mut impl Access,
    orders: &[OrderId],
) -> Result<Vec<((OrderId, ExternalId), ProductId)>, ReconcileError> {
    let gathered = gather(access, orders).await?;
    let products = gathered.orders.into_iter().flat_map(|order| {
        let id = order.order.id;
        let lines = order.mapping.into_iter();
        lines.map(move |(line, mapped)| ((id, line), mapped.product))
    });
    Ok(products.collect())
}

fn by_order(grants: Vec<KeptGrant>) -> BTreeMap<OrderId, Vec<KeptGrant>> {
    let mut by_order: BTreeMap<OrderId, Vec<KeptGrant>> = BTreeMap::new();
    for grant in grants {
        by_order.entry(grant.key.order).or_default().push(grant);
    }
    by_order
}

/// What many orders have in common, read once.
#[derive(Default)]
struct Shelf {
    policies: BTreeMap<StoreId, StorePolicy>,
    items: BTreeMap<(StoreId, StoreItem), Vec<KnownItem>>,
    catalogue: Catalogue,
}

impl Shelf {
    async fn policy(
        &mut self,
        access: &mut impl Access,
        store: StoreId,
    ) -> Result<StorePolicy, ReconcileError> {
        if let Some(policy) = self.policies.get(&store) {
            return Ok(*policy);
        }
        let row = stores::find(access, store).await?;
        let policy = read_policy(row.as_ref())?;
        self.policies.insert(store, policy);
        Ok(policy)
    }

    /// Finds the product of each line and loads all that is in those products; and the lines that grant nothing on purpose.
    async fn map_lines(
        &mut self,
        access: &mut impl Access,
        order: &LoadedOrder,
    ) -> Result<(BTreeMap<ExternalId, MappedProduct>, BTreeSet<ExternalId>), ReconcileError> {
        let (mut mapping, mut ignored) = (BTreeMap::new(), BTreeSet::new());
        let known = order.history.order.iter();
        for line in known.flat_map(|known| &known.state.lines) {
            let known = self.known_items(access, order.store, &line.item).await?;
            match choose(known, &line.item).map(|known| known.product) {
                Some(Some(mapped)) => {
                    mapping.insert(line.external_id.clone(), mapped);
                    products::load_into(access, &mut self.catalogue, mapped.product).await?;
                }
                Some(None) => drop(ignored.insert(line.external_id.clone())),
                None => {}
            }
        }
        Ok((mapping, ignored))
    }

    async fn known_items(
        &mut self,
        access: &mut impl Access,
        store: StoreId,
        item: &StoreItem,
    ) -> Result<&[KnownItem], ReconcileError> {
        match self.items.entry((store, item.clone())) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                Ok(place.insert(store_items::list_known(access, store, item).await?))
            }
        }
    }
}
