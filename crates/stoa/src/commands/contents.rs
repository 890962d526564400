//! The commands about what stands on the shelves.

mod courses;
mod files;
mod modules;
mod videos;

use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::contents::{Confirmation, Removable};
use tokio::io::AsyncRead;

use crate::cli::{Common, Consent, CourseCommand, FileCommand, ModuleCommand, VideoCommand};
use crate::config::Configuration;
use crate::{progress, wiring};

pub(crate) async fn course(common: &Common, command: CourseCommand) -> anyhow::Result<()> {
    courses::run(&open(common).await?, command).await
}

pub(crate) async fn module(common: &Common, command: ModuleCommand) -> anyhow::Result<()> {
    modules::run(&open(common).await?, command).await
}

pub(crate) async fn video(common: &Common, command: VideoCommand) -> anyhow::Result<()> {
    videos::run(&open(common).await?, command).await
}

pub(crate) async fn file(common: &Common, command: FileCommand) -> anyhow::Result<()> {
    files::run(&open(common).await?, command).await
}

async fn open(common: &Common) -> anyhow::Result<App> {
    let config = Configuration::load(common)?;
    wiring::open_app(&config).await
}

/// Says whom it touches when this is taken away, and goes on only with consent. What changes between the two is refused.
async fn confirm(app: &App, what: Removable, consent: Consent) -> anyhow::Result<Confirmation> {
    let effects = app.list_effects(what).await?;
    println!(
        "Customers who can open it now: {}",
        effects.customers_with_access
    );
    println!(
        "Customers who have watched of it (this is kept): {}",
        effects.customers_with_progress
    );
    println!("Videos that go with it: {}", effects.videos);
    if !consent.yes {
        bail!("nothing was changed; say --yes to go on");
    }
    Ok(effects.into())
}

/// Opens a file to send in, and shows how far it is.
async fn open_upload(path: &Path) -> anyhow::Result<impl AsyncRead + Unpin + use<>> {
    let cannot_read = || format!("cannot read {}", path.display());
    let file = tokio::fs::File::open(path)
        .await
        .with_context(cannot_read)?;
    let size = file.metadata().await.with_context(cannot_read)?.len();
    let bar = progress::bar();
    bar.set_message(file_name(path));
    bar.set_length(size);
    Ok(bar.wrap_async_read(file))
}

/// Returns the name of a file without its folders.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// Returns the name of a file without folders and extension.
fn stem(path: &Path) -> String {
    let name = path.file_stem().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
