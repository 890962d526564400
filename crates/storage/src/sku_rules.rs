//! Rules that say which product new SKUs stand for.

use domain::sku_rule::{SkuPattern, SkuRule, patterns_of};
use domain::{ExternalId, ProductId, SkuRuleId, StoreId, Timestamp};

use crate::column::{Text, Time, id_list, text};
use crate::connection::{Access, Tx, execute, on};
use crate::error::Result;
use crate::statement::statements;

statements! {
    INSERT = "
        INSERT INTO sku_rules (id, store_id, pattern, product_id, created_at)
        VALUES ($1, $2, $3, $4, $5)";
    DELETE = "
        DELETE FROM sku_rules
        WHERE id = $1";
    FIND = "
        SELECT r.id, r.store_id, r.pattern, r.product_id, r.created_at, p.deleted_at IS NOT NULL AS is_passed_over
        FROM sku_rules r
        JOIN products p ON p.id = r.product_id
        WHERE r.id = $1";
    LIST = "
        SELECT r.id, r.store_id, r.pattern, r.product_id, r.created_at, p.deleted_at IS NOT NULL AS is_passed_over
        FROM sku_rules r
        JOIN products p ON p.id = r.product_id
        WHERE r.id > $1 AND (CAST($2 AS TEXT) = '' OR r.store_id IS NULL OR r.store_id = $2)
        ORDER BY r.id
        LIMIT $3";
    LIST_FITTING = "
        SELECT r.id, r.store_id, r.pattern, r.product_id, r.created_at, FALSE AS is_passed_over
        FROM sku_rules r
        JOIN products p ON p.id = r.product_id AND p.deleted_at IS NULL
        WHERE (r.store_id = $1 OR r.store_id IS NULL)
          AND r.pattern IN (SELECT value ->> 'id' FROM json_each(CAST($2 AS TEXT)))
        ORDER BY r.id
        LIMIT 1000";
}

/// A rule as it is kept.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeptRule {
    /// The rule.
    pub rule: SkuRule,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whether its product is deleted, so that it says nothing.
    pub is_passed_over: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<SkuRuleId>,
    store_id: Option<Text<StoreId>>,
    pattern: Text<SkuPattern>,
    product_id: Text<ProductId>,
    created_at: Time,
    is_passed_over: bool,
}

impl From<Row> for KeptRule {
    fn from(row: Row) -> Self {
        Self {
            rule: SkuRule {
                id: row.id.0,
                store: text(row.store_id),
                pattern: row.pattern.0,
                product: row.product_id.0,
            },
            created_at: row.created_at.0,
            is_passed_over: row.is_passed_over,
        }
    }
}

/// Inserts a rule.
///
/// # Errors
/// `AlreadyExists` when the same stores have a rule of that pattern; the database failed.
pub async fn insert(tx: &mut Tx, rule: &SkuRule, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        sqlx::query(INSERT)
            .bind(Text(rule.id))
            .bind(rule.store.map(Text))
            .bind(Text(rule.pattern.clone()))
            .bind(Text(rule.product))
            .bind(Time(now))
    )?;
    Ok(())
}

/// Deletes a rule; false when there is none.
///
/// # Errors
/// The database failed.
pub async fn delete(tx: &mut Tx, id: SkuRuleId) -> Result<bool> {
    Ok(execute!(tx, sqlx::query(DELETE).bind(Text(id)))? == 1)
}

/// Finds a rule.
///
/// # Errors
/// The database failed.
pub async fn find(access: &mut impl Access, id: SkuRuleId) -> Result<Option<KeptRule>> {
    let row: Option<Row> = on!(access, |c| sqlx::query_as(FIND)
        .bind(Text(id))
        .fetch_optional(c)
        .await)?;
    Ok(row.map(KeptRule::from))
}

/// Lists rules by id, those behind `after`, at most `limit`: all, or those that speak for a store.
///
/// # Errors
/// The database failed.
pub async fn list(
    access: &mut impl Access,
    store: Option<StoreId>,
    after: Option<SkuRuleId>,
    limit: i64,
) -> Result<Vec<KeptRule>> {
    let any = |text: Option<String>| text.unwrap_or_default();
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(LIST)
            .bind(any(after.map(|id| id.to_string())))
            .bind(any(store.map(|id| id.to_string())))
            .bind(limit)
            .fetch_all(c)
            .await
    })?;
    Ok(rows.into_iter().map(KeptRule::from).collect())
}

/// Lists the rules that fit a SKU of a store and whose product is not deleted.
///
/// # Errors
/// The database failed.
pub async fn list_fitting(
    access: &mut impl Access,
    store: StoreId,
    sku: &ExternalId,
) -> Result<Vec<SkuRule>> {
    let patterns: Vec<String> = patterns_of(sku).collect();
    let rows: Vec<Row> = on!(access, |c| {
        sqlx::query_as(LIST_FITTING)
            .bind(Text(store))
            .bind(id_list(&patterns))
            .fetch_all(c)
            .await
    })?;
    let rules = rows.into_iter().map(|row| KeptRule::from(row).rule);
    Ok(rules.collect())
}
