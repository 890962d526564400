//! The commands about stores.

use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::catalogue::{Changed, ItemFilter, ItemState, KeptItem, ListedItem};
use app::random::{Random, SystemRandom};
use app::stores::{ConnectedStore, StoreChange};
use connectors::{StoreKind, StoreSecret, custom};
use domain::order::StoreItem;
use domain::payment::{OnAmountRefund, OnDispute, StorePolicy};
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
        StoreCommand::Add {
            name,
            kind,
            secret_file,
            accept_test_orders,
        } => {
            let policy = StorePolicy {
                accept_test_orders,
                ..StorePolicy::default()
            };
            add(&app, &config, name, &kind, secret_file.as_deref(), policy).await
        }
        StoreCommand::List => list(&app, &config).await,
        StoreCommand::Set { name, policy } => set(&app, &name, policy).await,
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
        StoreCommand::Unmapped { name } => items(&app, &name, Some(ItemState::Unmapped)).await,
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

async fn add(
    app: &App,
    config: &Configuration,
    name: StoreName,
    kind: &str,
    secret_file: Option<&Path>,
    policy: StorePolicy,
) -> anyhow::Result<()> {
    let Some(kind) = StoreKind::from_name(kind) else {
        let known: Vec<_> = StoreKind::ALL.iter().map(|kind| kind.name()).collect();
        bail!(
            "{kind:?} is none of the known platforms: {}",
            known.join(", ")
        );
    };
    let (secret, shown) = read_or_make(secret_file)?;
    let webhook_secret = secret.expose().to_owned();
    let id = app
        .add_store(&COMMAND_LINE, name.clone(), kind, policy, &[secret])
        .await?;
    println!(
        "Webhooks of this store go to {}/webhooks/{name}",
        config.web_public_url
    );
    print_secret(shown);
    hand_off::connect(app, config, id, &name, &webhook_secret).await
}

/// Reads the secret, or makes one that is to be shown.
fn read_or_make(file: Option<&Path>) -> anyhow::Result<(StoreSecret, Option<String>)> {
    let Some(file) = file else {
        let secret = new_secret();
        let shown = secret.expose().to_owned();
        return Ok((secret, Some(shown)));
    };
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok((StoreSecret::new(text.trim().to_owned()), None))
}

fn print_secret(shown: Option<String>) {
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
    let (secret, shown) = read_or_make(secret_file)?;
    app.add_store_secret(&COMMAND_LINE, store.id, secret)
        .await?;
    print_secret(shown);
    eprintln!("Both secrets count until: stoa store rotate-secret {name} --finish");
    Ok(())
}

fn new_secret() -> StoreSecret {
    let mut bytes = [0; 32];
    SystemRandom.fill(&mut bytes);
    custom::new_secret(&bytes)
}

async fn list(app: &App, config: &Configuration) -> anyhow::Result<()> {
    for store in app.list_stores().await? {
        let (name, kind) = (&store.name, store.kind.name());
        println!("{name}  {kind}  {}/webhooks/{name}", config.web_public_url);
    }
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
        item, title, state, ..
    } = &listed.item;
    let text = |id: &Option<ExternalId>| id.as_ref().map_or("-", ExternalId::as_str).to_owned();
    let (product, variant, sku) = (text(&item.product), text(&item.variant), text(&item.sku));
    let stands = listed
        .product
        .map_or_else(|| state.name().to_owned(), |product| product.to_string());
    let waiting = match listed.waiting_lines {
        0 => String::new(),
        lines => format!("  ({lines} paid and waiting)"),
    };
    println!("product {product}  variant {variant}  sku {sku}  {stands}  {title}{waiting}");
}

async fn find(app: &App, name: &StoreName) -> anyhow::Result<ConnectedStore> {
    app.find_store(name)
        .await?
        .with_context(|| format!("there is no store named {name}"))
}
