//! How the stores are: a list, and one store tried out.

use anyhow::bail;
use app::App;
use app::stores::{ConnectedStore, Finding, StoreSync, StoreTest};
use app::sync::WebhookRepair;
use domain::StoreName;

use super::find;
use crate::commands::COMMAND_LINE;

/// Prints name, platform, address, how far it is read, and how its webhooks were found.
pub(super) async fn list(app: &App) -> anyhow::Result<()> {
    let mut syncs = app.list_syncs().await?;
    for store in app.list_stores().await? {
        let sync = syncs.remove(&store.id);
        println!(
            "{}",
            line(&store, &app.webhook_address(&store), sync.as_ref())
        );
    }
    Ok(())
}

fn line(store: &ConnectedStore, address: &str, sync: Option<&StoreSync>) -> String {
    let (name, kind) = (&store.name, store.kind.name());
    let (read, webhooks) = match sync {
        None => ("api: none".to_owned(), "not looked at"),
        Some(sync) => {
            let read = match (&sync.sync_error, sync.synced_at) {
                (Some(error), _) => format!("api: {error}"),
                (None, Some(at)) => format!("api: read {at}"),
                (None, None) => "api: not read yet".to_owned(),
            };
            let webhooks = sync.webhooks.as_deref();
            (read, webhooks.unwrap_or("not looked at yet"))
        }
    };
    format!("{name}  {kind}  {address}  {read}  webhooks: {webhooks}")
}

/// Tries a store, and fails when anything is wrong with it.
pub(super) async fn test(app: &App, name: &StoreName, repair: bool) -> anyhow::Result<()> {
    let store = find(app, name).await?;
    let mut test = app.test_store(store.id).await?;
    if repair && test.findings.iter().any(is_mended_by_repair) {
        match app.repair_webhooks(&COMMAND_LINE, store.id).await? {
            WebhookRepair::NotNeeded => {}
            WebhookRepair::Restored(topics) => {
                eprintln!("Webhooks made or switched on: {}", topics.join(", "));
            }
        }
        test = app.test_store(store.id).await?;
    }
    if store.kind.has_api() {
        print_table(&test);
    }
    print_last_webhook(&test);
    for finding in &test.findings {
        println!("{finding}");
    }
    if test.findings.is_empty() {
        println!("All is well.");
        return Ok(());
    }
    bail!("things that are wrong with {name}: {}", test.findings.len());
}

fn print_table(test: &StoreTest) {
    println!(
        "shop             {}",
        or_unknown(test.shop.as_deref().map(plain))
    );
    let is_free_of = |kind: fn(&Finding) -> bool| {
        if test.findings.iter().any(kind) {
            "no"
        } else {
            "yes"
        }
    };
    println!("api answers      {}", is_free_of(is_closed));
    println!(
        "permissions      {}",
        unless_closed(test, is_free_of(is_about_scopes))
    );
    let skew = test
        .skew_seconds
        .map(|seconds| format!("{seconds} s ahead"));
    println!("clock            {}", or_unknown(skew));
    println!(
        "webhooks         {}",
        unless_closed(test, is_free_of(is_about_webhooks))
    );
}

fn print_last_webhook(test: &StoreTest) {
    let last = test.last_delivery_at.map(|at| at.to_string());
    println!("last webhook     {}", or_unknown(last));
}

fn or_unknown(value: Option<String>) -> String {
    value.unwrap_or_else(|| "-".to_owned())
}

/// What nobody could look at is not known.
fn unless_closed<'a>(test: &StoreTest, answer: &'a str) -> &'a str {
    if test.findings.iter().any(is_closed) {
        "-"
    } else {
        answer
    }
}

/// Tells whether nothing could be asked of the store.
pub(super) fn is_closed(finding: &Finding) -> bool {
    match finding {
        Finding::NoCredentials | Finding::Credentials(_) | Finding::Api(_) => true,
        Finding::MissingScopes(_)
        | Finding::ClockSkew(_)
        | Finding::WebhooksMissing(_)
        | Finding::WebhooksDisabled(_)
        | Finding::Webhooks(_)
        | Finding::SecretUnknown => false,
    }
}

/// Tells whether making or switching on webhooks mends it.
pub(super) fn is_mended_by_repair(finding: &Finding) -> bool {
    match finding {
        Finding::WebhooksMissing(_) | Finding::WebhooksDisabled(_) => true,
        Finding::NoCredentials
        | Finding::Credentials(_)
        | Finding::Api(_)
        | Finding::MissingScopes(_)
        | Finding::ClockSkew(_)
        | Finding::Webhooks(_)
        | Finding::SecretUnknown => false,
    }
}

fn is_about_webhooks(finding: &Finding) -> bool {
    is_mended_by_repair(finding) || matches!(finding, Finding::Webhooks(_) | Finding::SecretUnknown)
}

fn is_about_scopes(finding: &Finding) -> bool {
    matches!(finding, Finding::MissingScopes(_))
}

/// Takes out what a terminal would obey: the shop has written it.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .collect()
}
