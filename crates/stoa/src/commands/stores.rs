//! The commands about stores.

mod adding;
mod health;
mod mapping;
mod syncing;

use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::catalogue::{Changed, ItemFilter, ItemState, KeptItem, ListedItem, Waiting};
use app::stores::{ConnectedStore, StoreChange};
use connectors::StoreSecret;
use domain::order::StoreItem;
use domain::origin::Origin;
use domain::payment::{OnAmountRefund, OnDispute};
use domain::{ExternalId, StoreItemId, StoreName};

use crate::cli::{Common, ItemPattern, PolicyFlags, StoreCommand};
use crate::commands::{COMMAND_LINE, hand_off};
use crate::config::Configuration;
use crate::wiring;

/// How many items are read at once.
const PAGE: i64 = 500;

pub(crate) async fn run(common: &Common, command: StoreCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        StoreCommand::Add(args) => adding::add(&app, &config, args).await,
        StoreCommand::Api(args) => adding::set_api(&app, &config, args).await,
        StoreCommand::Test { name, repair } => health::test(&app, &name, repair).await,
        StoreCommand::Sync {
            name,
            since,
            dry_run,
        } => syncing::sync(&app, &name, since, dry_run).await,
        StoreCommand::List => health::list(&app).await,
        StoreCommand::Set { name, policy } => set(&app, &name, policy).await,
        StoreCommand::Origins { name, add, remove } => origins(&app, &name, add, &remove).await,
        StoreCommand::RotateSecret {
            name,
            secret_file,
            finish,
        } => rotate(&app, &name, secret_file.as_deref(), finish).await,
        StoreCommand::HandOff(args) => {
            let store = find(&app, &args.name).await?;
            hand_off::run(&app, store.id, args).await
        }
        StoreCommand::Items { name, state } => {
            let state = state.and_then(|name| ItemState::from_name(&name));
            items(&app, &name, state).await
        }
        StoreCommand::Unmapped { name, all } => mapping::unmapped(&app, &name, all).await,
        StoreCommand::Confirm { name, all, item } => mapping::confirm(&app, &name, all, item).await,
        StoreCommand::Rule(command) => mapping::rule(&app, command).await,
        StoreCommand::Map {
            name,
            product,
            item,
        } => {
            let store = find(&app, &name).await?;
            let changed = app
                .map_item(&COMMAND_LINE, store.id, &pattern(item), product)
                .await?;
            tell(changed);
            Ok(())
        }
        StoreCommand::Unmap { name, item } => {
            let item = find_item(&app, &name, item).await?;
            tell(app.unmap_store_item(&COMMAND_LINE, item).await?);
            Ok(())
        }
        StoreCommand::Ignore { name, item } => {
            let item = find_item(&app, &name, item).await?;
            tell(app.ignore_store_item(&COMMAND_LINE, item).await?);
            Ok(())
        }
        StoreCommand::Heed { name, item } => {
            let item = find_item(&app, &name, item).await?;
            tell(app.heed_store_item(&COMMAND_LINE, item).await?);
            Ok(())
        }
    }
}

fn tell(changed: Changed) {
    if changed.job.is_some() {
        eprintln!("Orders that are known already are looked at again within moments.");
    }
}

fn pattern(item: ItemPattern) -> StoreItem {
    StoreItem {
        product: item.product_id,
        variant: item.variant_id,
        sku: item.sku,
    }
}

/// Finds the item of a pattern; one of which nothing was known is noted.
async fn find_item(app: &App, store: &StoreName, item: ItemPattern) -> anyhow::Result<StoreItemId> {
    let store = find(app, store).await?;
    let item = pattern(item);
    Ok(app
        .add_store_item(&COMMAND_LINE, store.id, &item, "")
        .await?)
}

/// Reads the secret, or makes one that is to be shown.
fn read_or_make(app: &App, file: Option<&Path>) -> anyhow::Result<(StoreSecret, Option<String>)> {
    if let Some(file) = file {
        return Ok((adding::read_secret(file)?, None));
    }
    let secret = app.make_webhook_secret();
    let shown = secret.expose().to_owned();
    Ok((secret, Some(shown)))
}

fn print_secret(shown: Option<&str>) {
    if let Some(secret) = shown {
        println!("Sign them with {secret}");
        eprintln!("The secret is shown once.");
    }
}

async fn set(app: &App, name: &StoreName, flags: PolicyFlags) -> anyhow::Result<()> {
    let store = find(app, name).await?;
    let change = StoreChange {
        accept_test_orders: flags.accept_test_orders,
        on_dispute: flags.on_dispute.map(|text| match text.as_str() {
            "keep" => OnDispute::Keep,
            _ => OnDispute::Suspend,
        }),
        on_amount_refund: flags.on_amount_refund.map(|text| match text.as_str() {
            "revoke" => OnAmountRefund::Revoke,
            _ => OnAmountRefund::Keep,
        }),
        grace_days: flags.grace_days,
        trusts_emails: flags.trust_emails,
        origins: None,
    };
    tell(app.change_store(&COMMAND_LINE, store.id, change).await?);
    let policy = find(app, name).await?.policy;
    let on_dispute = match policy.on_dispute {
        OnDispute::Suspend => "suspend",
        OnDispute::Keep => "keep",
    };
    let on_amount_refund = match policy.on_amount_refund {
        OnAmountRefund::Keep => "keep",
        OnAmountRefund::Revoke => "revoke",
    };
    println!("on-dispute {on_dispute}");
    println!("on-amount-refund {on_amount_refund}");
    println!("accept-test-orders {}", policy.accept_test_orders);
    println!("grace-days {}", policy.grace_days);
    println!("trust-emails {}", policy.trusts_emails);
    Ok(())
}

/// Changes which of a shop's pages may hold our elements, when that is wished, and prints them.
async fn origins(
    app: &App,
    name: &StoreName,
    add: Vec<Origin>,
    remove: &[Origin],
) -> anyhow::Result<()> {
    let store = find(app, name).await?;
    let mut origins = app.list_store_origins(store.id).await?;
    origins.extend(add);
    origins.retain(|origin| !remove.contains(origin));
    app.set_store_origins(&COMMAND_LINE, store.id, &origins)
        .await?;
    for origin in origins {
        println!("{origin}");
    }
    Ok(())
}

async fn rotate(
    app: &App,
    name: &StoreName,
    secret_file: Option<&Path>,
    finish: bool,
) -> anyhow::Result<()> {
    let store = find(app, name).await?;
    if finish {
        let dropped = app.drop_old_store_secrets(&COMMAND_LINE, store.id).await?;
        eprintln!("Secrets dropped: {dropped}. Only the newest counts.");
        return Ok(());
    }
    if secret_file.is_none() && store.kind.makes_secrets() {
        bail!(
            "{} makes this secret itself: copy it from there, and give it with --secret-file",
            store.kind.name()
        );
    }
    let (secret, shown) = read_or_make(app, secret_file)?;
    app.add_store_secret(&COMMAND_LINE, store.id, secret)
        .await?;
    print_secret(shown.as_deref());
    eprintln!("Both secrets count until: stoa store rotate-secret {name} --finish");
    Ok(())
}

async fn items(app: &App, name: &StoreName, state: Option<ItemState>) -> anyhow::Result<()> {
    let filter = ItemFilter {
        store: Some(find(app, name).await?.id),
        state,
        ..ItemFilter::default()
    };
    let mut after = None;
    loop {
        let page = app.list_store_items(filter, after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(last.item.id);
        page.iter().for_each(print_item);
    }
}

fn print_item(listed: &ListedItem) {
    let KeptItem {
        id,
        item,
        title,
        state,
        ..
    } = &listed.item;
    let text = |id: &Option<ExternalId>| id.as_ref().map_or("-", ExternalId::as_str).to_owned();
    let (product, variant, sku) = (text(&item.product), text(&item.variant), text(&item.sku));
    let stands = listed
        .product
        .map_or_else(|| state.name().to_owned(), |product| product.to_string());
    let suggested = listed
        .suggestion
        .map(|product| format!("  (suggested: {product})"));
    let suggested = suggested.unwrap_or_default();
    let waiting = match &listed.waiting {
        Waiting {
            lines,
            customers,
            since: Some(since),
        } => format!("  ({lines} paid and waiting, customers: {customers}, since {since})"),
        Waiting { since: None, .. } => String::new(),
    };
    println!(
        "{id}  product {product}  variant {variant}  sku {sku}  {stands}  {title}{suggested}{waiting}"
    );
}

async fn find(app: &App, name: &StoreName) -> anyhow::Result<ConnectedStore> {
    app.find_store(name)
        .await?
        .with_context(|| format!("there is no store named {name}"))
}
