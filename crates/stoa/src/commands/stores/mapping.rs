//! The commands that say what store items stand for: what waits for it, what titles suggest, and SKU rules.

use anyhow::bail;
use app::App;
use app::bulk::Run;
use app::catalogue::{ItemFilter, ItemState, KeptRule, ListedItem, NewSkuRule};
use domain::sku_rule::SkuPattern;
use domain::{ProductId, StoreItemId, StoreName};

use super::{PAGE, find, items, print_item, tell};
use crate::cli::RuleCommand;
use crate::commands::COMMAND_LINE;

/// Lists what a store sells that nobody has mapped: what was paid for, or all of it.
pub(super) async fn unmapped(app: &App, name: &StoreName, all: bool) -> anyhow::Result<()> {
    if all {
        return items(app, name, Some(ItemState::Unmapped)).await;
    }
    let filter = ItemFilter {
        store: Some(find(app, name).await?.id),
        state: Some(ItemState::Unmapped),
        product: None,
    };
    let (mut after, mut count) = (None, 0);
    loop {
        let page = app.list_paid_items(filter, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = Some(last.paid_place());
        count += page.len();
        page.iter().for_each(print_item);
    }
    eprintln!(
        "Unmapped items that were paid for: {count}. The rest: stoa store unmapped {name} --all"
    );
    Ok(())
}

/// Maps what is suggested: all of it, or one item; or lists it.
pub(super) async fn confirm(
    app: &App,
    name: &StoreName,
    all: bool,
    only: Option<StoreItemId>,
) -> anyhow::Result<()> {
    let suggested = suggested(app, name).await?;
    if !all && only.is_none() {
        for (listed, _) in &suggested {
            print_item(listed);
        }
        if !suggested.is_empty() {
            eprintln!("Map one with --item ID, or all of them with --all.");
        }
        return Ok(());
    }
    let mut confirmed = 0;
    for (listed, product) in suggested {
        let item = listed.item.id;
        if only.is_none_or(|only| only == item) {
            app.confirm_suggestion(&COMMAND_LINE, item, product).await?;
            println!("{item}  {product}  {}", listed.item.title);
            confirmed += 1;
        }
    }
    if let (0, Some(item)) = (confirmed, only) {
        bail!("nothing is suggested for {item}");
    }
    eprintln!(
        "Items mapped: {confirmed}. Orders that are known already are looked at again within moments."
    );
    Ok(())
}

async fn suggested(app: &App, name: &StoreName) -> anyhow::Result<Vec<(ListedItem, ProductId)>> {
    let filter = ItemFilter {
        store: Some(find(app, name).await?.id),
        state: Some(ItemState::Unmapped),
        product: None,
    };
    let (mut suggested, mut after) = (Vec::new(), None);
    loop {
        let page = app.list_store_items(filter, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(suggested);
        };
        after = Some(last.item.id);
        let page = page.into_iter();
        suggested.extend(page.filter_map(|listed| {
            let product = listed.suggestion?;
            Some((listed, product))
        }));
    }
}

/// Does what the command about rules says.
pub(super) async fn rule(app: &App, command: RuleCommand) -> anyhow::Result<()> {
    match command {
        RuleCommand::Add {
            pattern,
            product,
            store,
            dry_run,
        } => {
            let run = if dry_run { Run::Dry } else { Run::Real };
            add_rule(app, pattern, product, store.as_ref(), run).await
        }
        RuleCommand::List { store } => list_rules(app, store.as_ref()).await,
        RuleCommand::Remove { id } => {
            app.delete_sku_rule(&COMMAND_LINE, id).await?;
            eprintln!("What the rule has mapped stays mapped.");
            Ok(())
        }
    }
}

async fn add_rule(
    app: &App,
    pattern: SkuPattern,
    product: ProductId,
    store: Option<&StoreName>,
    run: Run,
) -> anyhow::Result<()> {
    let store = match store {
        Some(name) => Some(find(app, name).await?.id),
        None => None,
    };
    let new = NewSkuRule {
        store,
        pattern,
        product,
    };
    let made = app.create_sku_rule(&COMMAND_LINE, new, run).await?;
    if let Some(kept) = &made.rule {
        println!("{}", kept.rule.id);
    }
    made.items.iter().for_each(print_item);
    let shown = made.items.len();
    if shown < made.mapped {
        println!("… and {} more", made.mapped.saturating_sub(shown));
    }
    match run {
        Run::Dry => eprintln!("Items that it would map now: {}.", made.mapped),
        Run::Real => eprintln!("Items mapped now: {}.", made.mapped),
    }
    tell(app::catalogue::Changed { job: made.job });
    Ok(())
}

async fn list_rules(app: &App, store: Option<&StoreName>) -> anyhow::Result<()> {
    let names = app.list_stores().await?;
    let store = match store {
        Some(name) => Some(find(app, name).await?.id),
        None => None,
    };
    let mut after = None;
    loop {
        let page = app.list_sku_rules(store, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.rule.id);
        for KeptRule {
            rule,
            is_passed_over,
            ..
        } in &page
        {
            let of = names.iter().find(|store| Some(store.id) == rule.store);
            let of = of.map_or("every store", |store| store.name.as_str());
            let note = if *is_passed_over {
                "  (passed over: its product is deleted)"
            } else {
                ""
            };
            let (id, pattern, product) = (rule.id, &rule.pattern, rule.product);
            println!("{id}  {of}  {pattern}  {product}{note}");
        }
    }
}
