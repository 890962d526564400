//! Replacing the key that secrets are kept under.
//!
//! Whatever interrupts it, everything opens and the command can be given again: the new key is first put before the old ones in
//! the key file, in one step, and only then seals what they sealed, in one transaction.

use std::path::Path;

use anyhow::{Context, bail};
use app::random::SystemRandom;

use crate::cli::{Common, SecretsCommand};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::keys::sealing;
use crate::wiring;

pub(crate) async fn run(common: &Common, command: SecretsCommand) -> anyhow::Result<()> {
    let SecretsCommand::Rotate { new_key_file } = command;
    let config = Configuration::load(common)?;
    rotate(&config, new_key_file.as_deref()).await
}

async fn rotate(config: &Configuration, new_key_file: Option<&Path>) -> anyhow::Result<()> {
    let app = wiring::open_app(config).await?;
    // Two at once would each put a key into the file, and one of the keys would be lost.
    let _lock = sealing::lock(&config.sealing_key_file)?;
    let is_unfinished = app.count_outdated_secrets().await? > 0;
    if is_unfinished && new_key_file.is_none() {
        eprintln!(
            "The key file holds a newer key than what is kept: that rotation is finished now."
        );
    } else {
        add_key(config, new_key_file)?;
    }
    // With the keys as they are now.
    let app = wiring::open_app(config).await?;
    let renewed = app.renew_secrets(&COMMAND_LINE).await?;
    println!("Secrets sealed under the new key: {renewed}");
    eprintln!("Keep the older keys in the file: backups may need them, and so does the audit log.");
    Ok(())
}

fn add_key(config: &Configuration, new_key_file: Option<&Path>) -> anyhow::Result<()> {
    let file = &config.sealing_key_file;
    let key = match new_key_file {
        Some(new) => {
            let keys = sealing::read(new)?;
            let [key] = keys.as_slice() else {
                bail!("{}: must hold one key", new.display());
            };
            *key
        }
        None if file.starts_with(&config.data) => sealing::make(&SystemRandom),
        None => bail!(
            "the key file is not in the data folder: make a key of 64 hexadecimal digits and give its file as --new-key-file"
        ),
    };
    sealing::add(file, &key).with_context(|| {
        format!(
            "cannot write {}: put the new key before its first line yourself, then give this command again without --new-key-file",
            file.display()
        )
    })
}
