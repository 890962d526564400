//! The commands about downloads.

use std::path::Path;

use anyhow::Context;
use app::App;
use app::contents::{FileChange, FileName, NewFile, Removable};
use domain::ContentId;

use crate::cli::FileCommand;
use crate::commands::COMMAND_LINE;
use crate::commands::contents::{confirm, file_name, open_upload, stem};

pub(super) async fn run(app: &App, command: FileCommand) -> anyhow::Result<()> {
    match command {
        FileCommand::Add {
            product,
            file,
            title,
            name,
        } => {
            let title = match title {
                Some(title) => title,
                None => stem(&file).parse().context("name it by --title")?,
            };
            let name = name_of(name, &file)?;
            let body = open_upload(&file).await?;
            let new = NewFile { title, name };
            let added = app.add_file(&COMMAND_LINE, product, new, body).await;
            println!("{}", added.with_context(|| file.display().to_string())?);
            eprintln!("It is a draft: publish it when it is ready.");
        }
        FileCommand::List { product } => {
            for file in app.list_shelved_files(product).await? {
                let state = if file.published_at.is_some() {
                    "published"
                } else {
                    "draft"
                };
                println!("{}  {state}  {}", file.id, file.title);
            }
        }
        FileCommand::Replace {
            download,
            file,
            name,
        } => {
            let name = name_of(name, &file)?;
            let body = open_upload(&file).await?;
            let replaced = app.replace_file(&COMMAND_LINE, download, &name, body).await;
            replaced.with_context(|| file.display().to_string())?;
        }
        FileCommand::Change {
            download,
            title,
            place,
        } => {
            let change = FileChange { title, place };
            app.change_file(&COMMAND_LINE, download, change).await?;
        }
        FileCommand::Order { product, downloads } => {
            app.order_files(&COMMAND_LINE, product, &downloads).await?;
        }
        FileCommand::Publish { download } => {
            app.publish(&COMMAND_LINE, ContentId::File(download))
                .await?;
        }
        FileCommand::Unpublish { download, consent } => {
            let seen = confirm(app, Removable::File(download), consent).await?;
            let content = ContentId::File(download);
            app.unpublish(&COMMAND_LINE, content, &seen).await?;
        }
        FileCommand::Delete { download, consent } => {
            let what = Removable::File(download);
            let seen = confirm(app, what, consent).await?;
            app.delete_content(&COMMAND_LINE, what, &seen).await?;
        }
    }
    Ok(())
}

fn name_of(name: Option<FileName>, file: &Path) -> anyhow::Result<FileName> {
    match name {
        Some(name) => Ok(name),
        None => file_name(file).parse().context("name it by --name"),
    }
}
