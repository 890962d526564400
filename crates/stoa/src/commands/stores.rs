//! The commands about stores.

use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::random::{Random, SystemRandom};
use app::stores::ConnectedStore;
use connectors::{StoreKind, StoreSecret, custom};
use domain::order::StoreItem;
use domain::payment::StorePolicy;
use domain::{ExternalId, StoreName};

use crate::cli::{Common, StoreCommand};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

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
        StoreCommand::Unmapped { name } => unmapped(&app, &name).await,
        StoreCommand::Map {
            name,
            product,
            product_id,
            variant_id,
            sku,
        } => {
            let id = |text: Option<String>| text.map(|text| text.parse::<ExternalId>()).transpose();
            let item = StoreItem {
                product: id(product_id)?,
                variant: id(variant_id)?,
                sku: id(sku)?,
            };
            let store = find(&app, &name).await?;
            app.map_item(store.id, &item, product).await?;
            eprintln!("Orders that are known already are looked at again within moments.");
            Ok(())
        }
    }
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
    let (secret, is_new) = match secret_file {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .with_context(|| format!("cannot read {}", file.display()))?;
            (StoreSecret::new(text.trim().to_owned()), false)
        }
        None => (new_secret(), true),
    };
    let shown = is_new.then(|| secret.expose().to_owned());
    app.add_store(&COMMAND_LINE, name.clone(), kind, policy, &[secret])
        .await?;
    println!(
        "Webhooks of this store go to {}/webhooks/{name}",
        config.web_public_url
    );
    if let Some(secret) = shown {
        println!("Sign them with {secret}");
        eprintln!("The secret is shown once.");
    }
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

async fn unmapped(app: &App, name: &StoreName) -> anyhow::Result<()> {
    let store = find(app, name).await?;
    for (item, title) in app.list_unmapped(store.id).await? {
        let text = |id: &Option<ExternalId>| id.as_ref().map_or("-", ExternalId::as_str).to_owned();
        let (product, variant, sku) = (text(&item.product), text(&item.variant), text(&item.sku));
        println!("product {product}  variant {variant}  sku {sku}  {title}");
    }
    Ok(())
}

async fn find(app: &App, name: &StoreName) -> anyhow::Result<ConnectedStore> {
    app.find_store(name)
        .await?
        .with_context(|| format!("there is no store named {name}"))
}
