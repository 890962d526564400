//! The commands about modules.

use app::App;
use app::contents::{ModuleChange, Removable};

use crate::cli::ModuleCommand;
use crate::commands::COMMAND_LINE;
use crate::commands::contents::confirm;

pub(super) async fn run(app: &App, command: ModuleCommand) -> anyhow::Result<()> {
    match command {
        ModuleCommand::Add {
            course,
            title,
            place,
        } => {
            let created = app.create_module(&COMMAND_LINE, course, title, place);
            println!("{}", created.await?);
        }
        ModuleCommand::Change {
            module,
            title,
            place,
        } => {
            let change = ModuleChange { title, place };
            app.change_module(&COMMAND_LINE, module, change).await?;
        }
        ModuleCommand::Order { module, videos } => {
            app.order_videos(&COMMAND_LINE, module, &videos).await?;
        }
        ModuleCommand::MoveVideos { from, to } => app.move_videos(&COMMAND_LINE, from, to).await?,
        ModuleCommand::Delete { module, consent } => {
            let what = Removable::Module(module);
            let seen = confirm(app, what, consent).await?;
            app.delete_content(&COMMAND_LINE, what, &seen).await?;
        }
    }
    Ok(())
}
