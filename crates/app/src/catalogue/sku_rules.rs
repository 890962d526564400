//! SKU rules: made, listed and deleted. What a rule fits when it is made, and nobody has spoken of, it maps at once; what
//! is recorded later, [`App::record_item`] maps. What a rule has mapped stays mapped when the rule is gone.

use domain::audit::{Cause, Event};
use domain::sku_rule::{SkuPattern, SkuRule, SkuRules};
use domain::{JobId, ProductId, SkuRuleId, StoreId, StoreItemId, Timestamp};
use serde_json::{Value, json};
use storage::sku_rules::{self, KeptRule};
use storage::store_items::{self, KeptItem};
use storage::{Access, StorageError, Tx, products, stores};

use super::recording::mapped_by;
use super::{CatalogueError, ListedItem, items};
use crate::App;
use crate::bulk::Run;
use crate::worker::Job;

/// How many items are read or mapped at once, and how many of them are shown.
const ITEMS: usize = 1_000;
/// More rules than any shop has.
const ALL_RULES: i64 = 100_000;

/// A rule to make.
#[derive(Clone, Debug)]
pub struct NewSkuRule {
    /// Whose SKUs; `None` is every store's.
    pub store: Option<StoreId>,
    /// Which SKUs.
    pub pattern: SkuPattern,
    /// The product that they stand for.
    pub product: ProductId,
}

/// What came, or would come, of a new rule.
#[derive(Clone, Debug)]
pub struct MadeRule {
    /// The rule; `None` when it was only tried.
    pub rule: Option<KeptRule>,
    /// How many items it maps at once.
    pub mapped: usize,
    /// The first of them as they were before, by age, at most 1000.
    pub items: Vec<ListedItem>,
    /// The job that brings it to those who have paid for them; `None` when it maps nothing.
    pub job: Option<JobId>,
}

impl App {
    /// Makes a rule, and maps the items to its product that nobody has spoken of and for which it is the most specific
    /// rule. A dry run says which these are, and changes nothing.
    ///
    /// # Errors
    /// See [`CatalogueError`]; `RuleExists` when the same stores have a rule of that pattern.
    pub async fn create_sku_rule(
        &self,
        by: &Cause,
        new: NewSkuRule,
        run: Run,
    ) -> Result<MadeRule, CatalogueError> {
        let now = self.now();
        let rule = SkuRule {
            id: self.new_id(now, SkuRuleId::from_parts),
            store: new.store,
            pattern: new.pattern,
            product: new.product,
        };
        match run {
            Run::Dry => {
                let mut reader = self.parts.db.reader().await?;
                let fitting = list_mapped_by(&mut reader, &rule).await?;
                made(&mut reader, None, fitting, now).await
            }
            Run::Real => {
                let mut tx = self.begin_change().await?;
                let fitting = list_mapped_by(&mut tx, &rule).await?;
                let made = made(&mut tx, Some(rule.clone()), fitting.clone(), now).await?;
                self.keep_rule(tx, by, made, rule, &fitting, now).await
            }
        }
    }

    async fn keep_rule(
        &self,
        mut tx: Tx,
        by: &Cause,
        mut made: MadeRule,
        rule: SkuRule,
        fitting: &[KeptItem],
        now: Timestamp,
    ) -> Result<MadeRule, CatalogueError> {
        sku_rules::insert(&mut tx, &rule, now).await?;
        for items in fitting.chunks(ITEMS) {
            let items: Vec<StoreItemId> = items.iter().map(|item| item.id).collect();
            store_items::map_many(&mut tx, &items, rule.product, now).await?;
        }
        if !fitting.is_empty() {
            let job = Job::ReconcileProduct(rule.product);
            made.job = Some(self.begin_job(&mut tx, &job, now).await?);
        }
        let mut events = vec![Event {
            after: Some(said(&rule)),
            ..Event::of("sku_rule.created", rule.id)
        }];
        events.extend(fitting.iter().map(|kept| mapped_by(&rule, kept)));
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Lists rules by age, those behind `after`, at most `limit`: all, or those that speak for a store.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_sku_rules(
        &self,
        store: Option<StoreId>,
        after: Option<SkuRuleId>,
        limit: i64,
    ) -> Result<Vec<KeptRule>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        sku_rules::list(&mut reader, store, after, limit).await
    }

    /// Deletes a rule. What it has mapped stays as it is.
    ///
    /// # Errors
    /// See [`CatalogueError`].
    pub async fn delete_sku_rule(&self, by: &Cause, id: SkuRuleId) -> Result<(), CatalogueError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = sku_rules::find(&mut tx, id).await?;
        let kept = found.ok_or(CatalogueError::NoSuchRule)?;
        sku_rules::delete(&mut tx, id).await?;
        let deleted = Event {
            before: Some(said(&kept.rule)),
            ..Event::of("sku_rule.deleted", id)
        };
        self.record(&mut tx, now, by, vec![deleted]).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Lists the items that the rule maps when it is made.
async fn list_mapped_by(
    access: &mut impl Access,
    rule: &SkuRule,
) -> Result<Vec<KeptItem>, CatalogueError> {
    if let Some(store) = rule.store
        && stores::find(access, store).await?.is_none()
    {
        return Err(CatalogueError::NoSuchStore);
    }
    if products::find(access, rule.product).await?.is_none() {
        return Err(CatalogueError::NoProductToMapTo);
    }
    let known = sku_rules::list(access, None, None, ALL_RULES).await?;
    let is_same =
        |known: &KeptRule| (known.rule.store, &known.rule.pattern) == (rule.store, &rule.pattern);
    if known.iter().any(is_same) {
        return Err(CatalogueError::RuleExists);
    }
    let in_force = known.into_iter().filter(|known| !known.is_passed_over);
    let rules: SkuRules = in_force
        .map(|known| known.rule)
        .chain([rule.clone()])
        .collect();
    let (mut fitting, mut after) = (Vec::new(), None);
    loop {
        let page =
            store_items::list_fitting(access, rule.store, &rule.pattern, after, page()).await?;
        let Some(last) = page.last() else {
            return Ok(fitting);
        };
        after = Some(last.id);
        fitting.extend(page.into_iter().filter(|kept| {
            let sku = kept.item.sku.as_ref();
            let chosen = sku.and_then(|sku| rules.choose(kept.store, sku));
            chosen.is_some_and(|chosen| chosen.id == rule.id)
        }));
    }
}

async fn made(
    access: &mut impl Access,
    rule: Option<SkuRule>,
    fitting: Vec<KeptItem>,
    now: Timestamp,
) -> Result<MadeRule, CatalogueError> {
    let mapped = fitting.len();
    let shown = fitting.into_iter().take(ITEMS).collect();
    let rule = rule.map(|rule| KeptRule {
        rule,
        created_at: now,
        is_passed_over: false,
    });
    Ok(MadeRule {
        rule,
        mapped,
        items: items::tell(access, shown, now).await?,
        job: None,
    })
}

fn page() -> i64 {
    i64::try_from(ITEMS).unwrap_or(i64::MAX)
}

fn said(rule: &SkuRule) -> Value {
    json!({
        "store_id": rule.store, "pattern": rule.pattern.to_string(), "product_id": rule.product,
    })
}
