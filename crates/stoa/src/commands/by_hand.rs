//! What an administrator does about access by hand, beyond granting and revoking one.

use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::administration::Longer;
use app::bulk::{BulkError, Run};
use domain::ContentId;

use crate::cli::{ByHandCommand, CustomerArg, ExtendArgs};
use crate::commands::COMMAND_LINE;

/// Does what such a command says.
pub(crate) async fn run(app: &App, command: ByHandCommand) -> anyhow::Result<()> {
    match command {
        ByHandCommand::Lift { customer, content } => lift(app, customer, content).await,
        ByHandCommand::Extend(args) => extend(app, args).await,
        ByHandCommand::Bulk { file, dry_run } => {
            let run = if dry_run { Run::Dry } else { Run::Real };
            bulk(app, &file, run).await
        }
    }
}

async fn lift(app: &App, customer: CustomerArg, content: ContentId) -> anyhow::Result<()> {
    let lifted = app
        .lift_block(&COMMAND_LINE, customer.into(), content)
        .await?;
    for block in &lifted.blocks {
        println!("{block}");
    }
    eprintln!("Grants that are live again: {}.", lifted.grants);
    Ok(())
}

async fn extend(app: &App, args: ExtendArgs) -> anyhow::Result<()> {
    let longer = match (args.grant, args.customer, args.content) {
        (Some(grant), _, _) => Longer::Grant(grant),
        (None, Some(customer), Some(content)) => Longer::Content(customer.into(), content),
        (None, _, _) => bail!("name a customer and a content, or a grant"),
    };
    let extended = app
        .extend_access(&COMMAND_LINE, longer, args.until, args.note)
        .await?;
    for grant in &extended.grants {
        let ends_at = grant.ends_at.map(|end| end.to_string());
        let ends_at = ends_at.as_deref().unwrap_or("never");
        println!("{}  ends {ends_at}", grant.grant);
        if let Some(reason) = grant.revoked {
            eprintln!(
                "It stays closed, because it is revoked ({}): an extension revives nothing.",
                reason.name()
            );
        }
    }
    Ok(())
}

/// Says what each line did, or names everything that is wrong with the list.
async fn bulk(app: &App, file: &Path, run: Run) -> anyhow::Result<()> {
    let list = std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let lines = match app.change_access_by_list(&COMMAND_LINE, &list, run).await {
        Ok(lines) => lines,
        Err(BulkError::Lines(errors)) => {
            for error in &errors {
                println!("{error}");
            }
            bail!("{}", BulkError::Lines(errors));
        }
        Err(error) => return Err(error.into()),
    };
    println!("{:>6}  effect", "line");
    for line in &lines {
        println!("{:>6}  {}", line.line, line.effect);
    }
    let changed = lines.iter().filter(|line| line.effect.is_change()).count();
    eprintln!(
        "Lines: {}, of which {changed} change something.",
        lines.len()
    );
    if run == Run::Dry {
        eprintln!("This was a dry run: nothing was done.");
    }
    Ok(())
}
