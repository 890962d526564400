//! The items of stores as lists: what each stands for.

use std::collections::BTreeMap;

use domain::mapping::KnownItem;
use domain::order::StoreItem;
use domain::sku_rule::SkuPattern;
use domain::{ProductId, StoreId, StoreItemId};

use super::{mapped, unnamed};
use crate::column::{Text, Time, corrupt, id_list, text};
use crate::connection::{Access, on};
use crate::error::Result;
use crate::statement::statements;

/// The columns of an item `i` and of its product `p` when that is not deleted, with what has been said of it.
macro_rules! item_columns {
    () => {
        "i.id, i.store_id, i.external_product, i.external_variant, i.sku, i.title, p.id AS product_id,
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
            END AS state"
    };
}
pub(super) use item_columns;

/// Lists the items that fit `$filter`, in their order.
macro_rules! list {
    ($filter:literal, $of_all:literal) => {
        concat!(
            "
        WITH items AS (
          SELECT ",
            item_columns!(),
            "
          FROM store_items i
          LEFT JOIN products p ON p.id = i.product_id AND p.deleted_at IS NULL
          WHERE ",
            $filter,
            "
        )
        SELECT id, store_id, external_product, external_variant, sku, title, product_id, state
        FROM items
        ",
            $of_all
        )
    };
}

statements! {
    FIND = list!("i.id = $1", "LIMIT 1");
    LIST = list!(
        "i.id > $1
            AND CAST($2 AS TEXT) IN (i.store_id, '')
            AND CAST($3 AS TEXT) IN (p.id, '')",
        "WHERE CAST($4 AS TEXT) IN (state, '')
        ORDER BY id
        LIMIT $5"
    );
    LIST_FITTING = list!(
        "i.id > $1
            AND CAST($2 AS TEXT) IN (i.store_id, '')
            AND (i.sku = $3 OR (CAST($4 AS TEXT) <> '' AND substr(i.sku, 1, length($4)) = $4))",
        "WHERE state = 'unmapped'
        ORDER BY id
        LIMIT $5"
    );
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
pub(super) struct ItemRow {
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
    pub(super) fn read(self) -> Result<KeptItem> {
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
    let row: Option<ItemRow> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    row.map(ItemRow::read).transpose()
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
            .fetch_all(c)
            .await
    })?;
    rows.into_iter().map(ItemRow::read).collect()
}

/// Lists by id the items of which nothing is said and nothing less exact speaks, and whose SKU fits a pattern: of one store
/// or of all, those behind `after`, at most `limit`.
///
/// # Errors
/// The database failed.
pub async fn list_fitting(
    access: &mut impl Access,
    store: Option<StoreId>,
    pattern: &SkuPattern,
    after: Option<StoreItemId>,
    limit: i64,
) -> Result<Vec<KeptItem>> {
    let any = |text: Option<String>| text.unwrap_or_default();
    let (whole, beginning) = match pattern {
        SkuPattern::Whole(sku) => (sku.as_str(), ""),
        SkuPattern::Beginning(beginning) => (beginning.as_str(), beginning.as_str()),
    };
    let rows: Vec<ItemRow> = on!(access, |c| {
        sqlx::query_as(LIST_FITTING)
            .bind(any(after.map(|id| id.to_string())))
            .bind(any(store.map(|id| id.to_string())))
            .bind(whole)
            .bind(beginning)
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    rows.into_iter().map(ItemRow::read).collect()
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
