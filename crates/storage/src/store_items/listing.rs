//! The items of stores as lists: what each stands for, and how many paid lines wait for somebody to say.

use std::collections::BTreeMap;

use domain::gap::GapCause;
use domain::mapping::KnownItem;
use domain::order::StoreItem;
use domain::{ProductId, StoreId, StoreItemId};

use super::{mapped, unnamed};
use crate::column::{Text, Time, corrupt, id_list, text};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    LIST = "
        WITH items AS (
          SELECT i.id, i.store_id, i.external_product, i.external_variant, i.sku, i.title, p.id AS product_id,
            CASE
              WHEN i.ignored_at IS NOT NULL THEN 'ignored'
              WHEN p.id IS NOT NULL THEN 'mapped'
              WHEN i.product_id IS NULL AND EXISTS (
                SELECT 1
                FROM store_items k
                LEFT JOIN products q ON q.id = k.product_id AND q.deleted_at IS NULL
                WHERE k.store_id = i.store_id AND k.id <> i.id
                  AND k.external_product IN (i.external_product, '')
                  AND k.external_variant IN (i.external_variant, '')
                  AND k.sku IN (i.sku, '')
                  AND (q.id IS NOT NULL OR k.ignored_at IS NOT NULL)
              ) THEN 'covered'
              ELSE 'unmapped'
            END AS state
          FROM store_items i
          LEFT JOIN products p ON p.id = i.product_id AND p.deleted_at IS NULL
          WHERE i.id > $1
            AND CAST($2 AS TEXT) IN (i.store_id, '')
            AND CAST($3 AS TEXT) IN (p.id, '')
            AND CAST($6 AS TEXT) IN (i.id, '')
        )
        SELECT id, store_id, external_product, external_variant, sku, title, product_id, state
        FROM items
        WHERE CAST($4 AS TEXT) IN (state, '')
        ORDER BY id
        LIMIT $5";
    // The gaps lead: a healthy shop has few of them, and its items many lines.
    COUNT_WAITING = "
        SELECT l.item_id, COUNT(*)
        FROM access_gaps g
        JOIN order_lines l ON l.order_id = g.order_id AND l.external_id = g.line_id
        WHERE g.cause IN ($2, $3)
          AND l.item_id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        GROUP BY l.item_id
        ORDER BY l.item_id
        LIMIT 1000";
    LIST_KNOWN_OF = "
        SELECT x.id, x.external_product, x.external_variant, x.sku, i.external_product AS known_product,
          i.external_variant AS known_variant, i.sku AS known_sku, i.product_id, m.first_mapped_at
        FROM store_items x
        JOIN store_items i ON i.store_id = x.store_id
          AND i.external_product IN (x.external_product, '')
          AND i.external_variant IN (x.external_variant, '')
          AND i.sku IN (x.sku, '')
          AND (i.product_id IS NOT NULL OR i.ignored_at IS NOT NULL)
        LEFT JOIN store_item_mappings m ON m.item_id = i.id AND m.product_id = i.product_id
        WHERE x.id IN (SELECT value ->> 'id' FROM json_each(CAST($1 AS TEXT)))
        ORDER BY x.id, i.id
        LIMIT 10000";
}

/// What has been said of an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ItemState {
    /// It stands for a product.
    Mapped,
    /// It stands for nothing, on purpose.
    Ignored,
    /// Nothing of itself; a less exact item speaks for it.
    Covered,
    /// Nothing, or its product is deleted: whoever pays for it gets nothing.
    Unmapped,
}

impl ItemState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Mapped, Self::Ignored, Self::Covered, Self::Unmapped];

    /// Returns the state's stable name, as lists and the API write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Ignored => "ignored",
            Self::Covered => "covered",
            Self::Unmapped => "unmapped",
        }
    }

    /// Finds the state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// Which items to list; what is absent lets all through.
#[derive(Clone, Copy, Debug, Default)]
pub struct ItemFilter {
    /// Only of this store.
    pub store: Option<StoreId>,
    /// Only mapped to this product.
    pub product: Option<ProductId>,
    /// Only in this state.
    pub state: Option<ItemState>,
    /// Only this one.
    pub item: Option<StoreItemId>,
}

/// An item as it is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptItem {
    /// Its id.
    pub id: StoreItemId,
    /// Whose it is.
    pub store: StoreId,
    /// What the store calls it.
    pub item: StoreItem,
    /// Its title as the store told it first.
    pub title: String,
    /// The product that was said of this very item; none when that is deleted.
    pub product: Option<ProductId>,
    /// What has been said of it.
    pub state: ItemState,
}

#[derive(sqlx::FromRow)]
struct ItemRow {
    id: Text<StoreItemId>,
    store_id: Text<StoreId>,
    external_product: String,
    external_variant: String,
    sku: String,
    title: String,
    product_id: Option<Text<ProductId>>,
    state: String,
}

impl ItemRow {
    fn read(self) -> Result<KeptItem> {
        let state = ItemState::from_name(&self.state).ok_or_else(|| corrupt("an item's state"))?;
        Ok(KeptItem {
            id: self.id.0,
            store: self.store_id.0,
            item: StoreItem {
                product: unnamed(&self.external_product),
                variant: unnamed(&self.external_variant),
                sku: unnamed(&self.sku),
            },
            title: self.title,
            product: text(self.product_id),
            state,
        })
    }
}

/// Finds an item.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: StoreItemId) -> Result<Option<KeptItem>> {
    let only = ItemFilter {
        item: Some(id),
        ..ItemFilter::default()
    };
    Ok(list(access, only, None, 1).await?.pop())
}

/// Lists items by id, those behind `after`, at most `limit`.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    filter: ItemFilter,
    after: Option<StoreItemId>,
    limit: i64,
) -> Result<Vec<KeptItem>> {
    let any = |text: Option<String>| text.unwrap_or_default();
    let rows: Vec<ItemRow> = on!(access, |c| {
        sqlx::query_as(LIST)
            .bind(any(after.map(|id| id.to_string())))
            .bind(any(filter.store.map(|id| id.to_string())))
            .bind(any(filter.product.map(|id| id.to_string())))
            .bind(filter.state.map_or("", ItemState::name))
            .bind(limit)
            .bind(any(filter.item.map(|id| id.to_string())))
            .fetch_all(c)
            .await
    })?;
    rows.into_iter().map(ItemRow::read).collect()
}

/// Counts the lines of each of at most 1000 items that are paid for and open nothing because nobody has said what they
/// stand for, or because that is empty. Items without such lines are left out.
///
/// # Errors
/// The database failed.
pub async fn count_waiting(
    access: &mut impl Access,
    items: &[StoreItemId],
) -> Result<BTreeMap<StoreItemId, i64>> {
    let rows: Vec<(Text<StoreItemId>, i64)> = on!(access, |c| {
        sqlx::query_as(COUNT_WAITING)
            .bind(id_list(items))
            .bind(GapCause::UnmappedItem.name())
            .bind(GapCause::EmptyProduct.name())
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(|(id, count)| (id.0, count)).collect())
}

/// An item with those that may stand for it, itself among them when something was said of it.
#[derive(Clone, Debug)]
pub struct Candidates {
    /// What the store calls it.
    pub item: StoreItem,
    /// Of what something was said.
    pub known: Vec<KnownItem>,
}

#[derive(sqlx::FromRow)]
struct KnownRow {
    id: Text<StoreItemId>,
    external_product: String,
    external_variant: String,
    sku: String,
    known_product: String,
    known_variant: String,
    known_sku: String,
    product_id: Option<Text<ProductId>>,
    first_mapped_at: Option<Time>,
}

/// Lists for each of at most 1000 items those that may stand for it. Items for which none may are left out.
///
/// # Errors
/// The database failed.
pub async fn list_known_of(
    access: &mut impl Access,
    items: &[StoreItemId],
) -> Result<BTreeMap<StoreItemId, Candidates>> {
    let rows: Vec<KnownRow> = on!(access, |c| sqlx::query_as(LIST_KNOWN_OF)
        .bind(id_list(items))
        .fetch_all(c)
        .await)?;
    let mut found: BTreeMap<StoreItemId, Candidates> = BTreeMap::new();
    for row in rows {
        let known = KnownItem {
            item: StoreItem {
                product: unnamed(&row.known_product),
                variant: unnamed(&row.known_variant),
                sku: unnamed(&row.known_sku),
            },
            product: mapped(row.product_id, row.first_mapped_at),
        };
        let candidates = found.entry(row.id.0).or_insert_with(|| Candidates {
            item: StoreItem {
                product: unnamed(&row.external_product),
                variant: unnamed(&row.external_variant),
                sku: unnamed(&row.sku),
            },
            known: Vec::new(),
        });
        candidates.known.push(known);
    }
    Ok(found)
}
