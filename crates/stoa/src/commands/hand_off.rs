//! The key of a store's hand-off tokens: made or read, set, rotated.

use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::hand_off::HandOffKeysError;
use connectors::hand_off::{HandOffAlgorithm, HandOffKey};
use domain::{StoreId, StoreName};

use crate::cli::HandOffArgs;
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::connection_code::connection_code;

pub(super) async fn run(app: &App, store: StoreId, args: HandOffArgs) -> anyhow::Result<()> {
    let HandOffArgs {
        name,
        key_file,
        algorithm,
        rotate,
        finish,
    } = args;
    if finish {
        let dropped = app.drop_old_hand_off_keys(&COMMAND_LINE, store).await?;
        eprintln!("Keys dropped: {dropped}. Only the newest counts.");
        return Ok(());
    }
    let (key, shown) = if let Some(file) = key_file {
        (read_key(&file, &algorithm)?, None)
    } else {
        let key = app.new_hand_off_secret();
        let shown = key.expose().to_owned();
        (key, Some(shown))
    };
    if rotate {
        app.add_hand_off_key(&COMMAND_LINE, store, key).await?;
    } else {
        match app.set_hand_off_key(&COMMAND_LINE, store, key).await {
            Err(HandOffKeysError::HasKey) => {
                bail!(
                    "the store has a hand-off key already; to change it: stoa store hand-off {name} --rotate"
                )
            }
            outcome => outcome?,
        }
    }
    if let Some(secret) = shown {
        println!("{secret}");
        eprintln!("The secret is shown once. Hand-off tokens are signed with it (HS256).");
    }
    if rotate {
        eprintln!("Both keys count until: stoa store hand-off {name} --finish");
    }
    Ok(())
}

/// Prints the code that connects a shop whose key was just made.
pub(super) fn print_code(
    config: &Configuration,
    name: &StoreName,
    webhook_secret: &str,
    key: &HandOffKey,
) -> anyhow::Result<()> {
    let address = config.web_public_url.as_str();
    let code = connection_code(address, name, webhook_secret, key.expose())?;
    println!("Connection code: {code}");
    eprintln!(
        "Paste the code into the shop's Stoa settings. It holds the secrets and is shown once."
    );
    Ok(())
}

fn read_key(file: &Path, algorithm: &str) -> anyhow::Result<HandOffKey> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let algorithm = HandOffAlgorithm::from_name(algorithm)
        .with_context(|| format!("{algorithm:?} is none of hs256, es256"))?;
    HandOffKey::read(algorithm, &text).with_context(|| format!("in {}", file.display()))
}
