//! The commands about videos.

use anyhow::Context;
use app::App;
use app::contents::{NewVideo, Removable, VideoChange};

use crate::cli::VideoCommand;
use crate::commands::COMMAND_LINE;
use crate::commands::contents::{confirm, open_upload, stem};

pub(super) async fn run(app: &App, command: VideoCommand) -> anyhow::Result<()> {
    match command {
        VideoCommand::Add {
            module,
            file,
            title,
            place,
        } => {
            let title = match title {
                Some(title) => title,
                None => stem(&file).parse().context("name it by --title")?,
            };
            let new = NewVideo { title, place };
            let body = open_upload(&file).await?;
            let added = app.add_video(&COMMAND_LINE, module, new, body).await;
            println!("{}", added.with_context(|| file.display().to_string())?);
        }
        VideoCommand::Replace { video, file } => {
            let body = open_upload(&file).await?;
            let replaced = app.replace_video(&COMMAND_LINE, video, body).await;
            replaced.with_context(|| file.display().to_string())?;
        }
        VideoCommand::Change {
            video,
            title,
            module,
            place,
        } => {
            let change = VideoChange {
                title,
                module,
                place,
            };
            app.change_video(&COMMAND_LINE, video, change).await?;
        }
        VideoCommand::Delete { video, consent } => {
            let what = Removable::Video(video);
            let seen = confirm(app, what, consent).await?;
            app.delete_content(&COMMAND_LINE, what, &seen).await?;
        }
    }
    Ok(())
}
