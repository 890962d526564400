//! Connecting a store: its secrets are read from files, or asked for on a terminal without being shown.

use std::io::IsTerminal;
use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::stores::{ConnectedStore, NewStore};
use app::sync::WebhookRepair;
use connectors::api::ApiCredentials;
use connectors::{StoreKind, StoreSecret};
use domain::StoreName;
use domain::payment::StorePolicy;

use super::{find, health, print_secret};
use crate::cli::{AddArgs, ApiArgs};
use crate::commands::{COMMAND_LINE, hand_off};
use crate::config::Configuration;

pub(super) async fn add(app: &App, config: &Configuration, args: AddArgs) -> anyhow::Result<()> {
    let kind = read_kind(&args.kind)?;
    let api = match args.address {
        Some(address) => Some(ApiCredentials {
            address,
            key: args.api_key,
            secret: read_api_secret(args.api_secret_file.as_deref())?,
        }),
        None => None,
    };
    let has_api = api.is_some();
    let name = args.name;
    let store = NewStore {
        name: name.clone(),
        kind,
        policy: StorePolicy {
            accept_test_orders: args.accept_test_orders,
            ..StorePolicy::default()
        },
        secret: read_webhook_secret(args.webhook_secret_file.as_deref(), kind)?,
        api,
        origins: args.origin.into_iter().collect(),
    };
    let added = app.connect_store(&COMMAND_LINE, store).await?;
    let store = app.show_store(added.id).await?;
    println!(
        "Webhooks of this store go to {}",
        app.webhook_address(&store)
    );
    let made = added.made_secret.as_ref();
    print_secret(made.map(StoreSecret::expose));
    if let Some(key) = &added.hand_off_secret {
        let secret = store.secrets.first().map_or("", StoreSecret::expose);
        hand_off::print_code(config, &store.name, secret, key)?;
    }
    // Last, because it asks the shop, which may take its time: what was printed above is shown this once.
    if has_api {
        set_up(app, config, &store).await?;
    }
    tell_next_steps(&name, kind, has_api);
    Ok(())
}

pub(super) async fn set_api(
    app: &App,
    config: &Configuration,
    args: ApiArgs,
) -> anyhow::Result<()> {
    let store = find(app, &args.name).await?;
    let Some(address) = args.address else {
        app.forget_store_api(&COMMAND_LINE, store.id).await?;
        eprintln!("The store's API is not read any more; its webhooks are believed alone.");
        return Ok(());
    };
    let credentials = ApiCredentials {
        address,
        key: args.api_key,
        secret: read_api_secret(args.api_secret_file.as_deref())?,
    };
    app.set_store_api(&COMMAND_LINE, store.id, &credentials)
        .await?;
    let store = find(app, &args.name).await?;
    set_up(app, config, &store).await
}

/// Tries the credentials, and has the shop send its webhooks.
async fn set_up(app: &App, config: &Configuration, store: &ConnectedStore) -> anyhow::Result<()> {
    let mut test = app.test_store(store.id).await?;
    let is_open = !test.findings.iter().any(health::is_closed);
    if is_open && !is_reachable(config, store) {
        println!(
            "No webhooks were made: the shop cannot reach Stoa at {}. Say in stoa.toml where it can, as public_url below [web].",
            config.web_public_url
        );
    } else if is_open {
        match app.repair_webhooks(&COMMAND_LINE, store.id).await {
            Ok(WebhookRepair::NotNeeded) => {}
            Ok(WebhookRepair::Restored(topics)) => {
                println!("The shop sends webhooks now: {}", topics.join(", "));
                test.findings
                    .retain(|finding| !health::is_mended_by_repair(finding));
            }
            Err(error) => println!("The webhooks could not be set up: {error}."),
        }
    }
    if let Some(shop) = &test.shop {
        println!("Connected with {}", health::plain(shop));
    }
    for finding in &test.findings {
        println!("{finding}");
    }
    Ok(())
}

/// Tells whether the shop can reach us: on a loopback address only a shop on this machine can.
fn is_reachable(config: &Configuration, store: &ConnectedStore) -> bool {
    let shop = store.api.as_ref().map_or("", |api| api.address.as_str());
    is_loopback(shop) || !is_loopback(&config.web_public_url)
}

fn is_loopback(address: &str) -> bool {
    let host = address
        .split_once("://")
        .map_or(address, |(_, rest)| rest)
        .split(['/', ':'])
        .next()
        .unwrap_or_default();
    host == "localhost" || host.starts_with("127.") || address.contains("://[::1]")
}

fn tell_next_steps(name: &StoreName, kind: StoreKind, has_api: bool) {
    if has_api {
        eprintln!(
            "Next: stoa store sync {name} reads what is for sale and what was sold (a running server does so by itself)."
        );
        eprintln!("Then say which product each item stands for: stoa store unmapped {name}");
        return;
    }
    eprintln!("Next: have your shop send its orders there.");
    if kind != StoreKind::Custom {
        eprintln!(
            "With a key to the shop's API, Stoa sees to that itself, and reads what webhooks miss:"
        );
        eprintln!("stoa store api {name} --address https://… --api-key …");
    }
    eprintln!("After a test order, say which product it stands for: stoa store unmapped {name}");
}

fn read_kind(name: &str) -> anyhow::Result<StoreKind> {
    let Some(kind) = StoreKind::from_name(name) else {
        let known = StoreKind::ALL.map(StoreKind::name);
        bail!(
            "{name:?} is none of the known platforms: {}",
            known.join(", ")
        );
    };
    Ok(kind)
}

fn read_api_secret(file: Option<&Path>) -> anyhow::Result<StoreSecret> {
    if let Some(file) = file {
        return read_secret(file);
    }
    if !std::io::stdin().is_terminal() {
        bail!("there is no terminal to ask for the API secret: give --api-secret-file");
    }
    let text = ask("API key, or its secret half: ")?;
    Ok(StoreSecret::new(text))
}

/// Reads or asks for the webhook secret; `None` when one is to be made. A shop that we define ourselves takes ours.
fn read_webhook_secret(
    file: Option<&Path>,
    kind: StoreKind,
) -> anyhow::Result<Option<StoreSecret>> {
    if let Some(file) = file {
        return read_secret(file).map(Some);
    }
    if kind == StoreKind::Custom || kind == StoreKind::Medusa || !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let text = ask("Webhook secret, as the shop shows it (empty: Stoa sees to one itself): ")?;
    Ok(Some(text)
        .filter(|text| !text.is_empty())
        .map(StoreSecret::new))
}

/// Asks on the terminal; what is typed is not shown.
fn ask(question: &str) -> anyhow::Result<String> {
    let text = rpassword::prompt_password(question).context("the terminal cannot be asked")?;
    Ok(text.trim().to_owned())
}

pub(super) fn read_secret(file: &Path) -> anyhow::Result<StoreSecret> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(StoreSecret::new(text.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn only_addresses_of_this_machine_are_loopback() {
        for ours in [
            "http://127.0.0.1:8080",
            "http://localhost/shop",
            "http://[::1]:8080",
        ] {
            assert!(is_loopback(ours), "{ours}");
        }
        for other in [
            "https://courses.example.com",
            "https://localhost.example.com",
            "",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
