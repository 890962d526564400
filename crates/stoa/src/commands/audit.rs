//! The audit log on the command line.

use std::io::{ErrorKind, Write};

use anyhow::bail;
use app::App;
use app::audit::{AuditFilter, LONGEST_PAGE};
use domain::audit::chain::Entry;
use domain::audit::verify::Mark;

use crate::cli::{AuditArgs, AuditCommand, Common};
use crate::config::Configuration;
use crate::{progress, wiring};

/// Does what `stoa audit` says.
pub(super) async fn run(common: &Common, command: AuditCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        AuditCommand::Verify { head } => verify(&app, head).await,
        AuditCommand::List { filter, limit } => list(&app, &filter.try_into()?, limit).await,
        AuditCommand::Export { filter } => export(&app, filter.try_into()?).await,
    }
}

async fn verify(app: &App, noted: Option<Mark>) -> anyhow::Result<()> {
    let bar = progress::bar();
    let mut show = |done, total| progress::show_verified(&bar, done, total);
    let verdict = app.verify_audit(noted, &mut show).await;
    bar.finish_and_clear();
    let verdict = verdict?;
    if let Some(flaw) = verdict.flaw {
        eprintln!(
            "Entries that are as they were written, from the first on: {}",
            verdict.verified.seq
        );
        bail!("the audit log was changed: {flaw}");
    }
    println!("{}", verdict.verified);
    eprintln!(
        "All {} entries are as they were written. Note this head elsewhere; next time, compare with --head.",
        verdict.verified.seq
    );
    Ok(())
}

async fn list(app: &App, filter: &AuditFilter, limit: usize) -> anyhow::Result<()> {
    let (mut left, mut before) = (limit, None);
    while left > 0 {
        let length = u32::try_from(left).unwrap_or(LONGEST_PAGE);
        let page = app.list_audit(filter, before, length).await?;
        let lines: String = page.items.iter().map(line).collect();
        if !print(lines.as_bytes())? {
            break;
        }
        left = left.saturating_sub(page.items.len());
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    Ok(())
}

fn line(entry: &Entry) -> String {
    let about = [
        ("from", &entry.origin),
        ("delivery", &entry.delivery),
        ("customer", &entry.customer),
        ("content", &entry.content),
        ("order", &entry.order),
        ("before", &entry.before),
        ("after", &entry.after),
    ];
    let about: String = about
        .into_iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("  {name} {value}")))
        .collect();
    format!(
        "{}  {}  {}  {}  {}{about}\n",
        entry.seq, entry.at, entry.actor, entry.action, entry.subject
    )
}

async fn export(app: &App, filter: AuditFilter) -> anyhow::Result<()> {
    let mut export = app.export_audit(filter);
    while let Some(rows) = export.next().await? {
        if !print(&rows)? {
            break;
        }
    }
    Ok(())
}

/// Prints; false when nobody reads on, such as `head` after its lines.
fn print(bytes: &[u8]) -> anyhow::Result<bool> {
    match std::io::stdout().write_all(bytes) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}

impl TryFrom<AuditArgs> for AuditFilter {
    type Error = anyhow::Error;
    fn try_from(args: AuditArgs) -> anyhow::Result<Self> {
        if let (Some(from), Some(until)) = (args.from, args.until)
            && from >= until
        {
            bail!("--until is not after --from");
        }
        Ok(Self {
            subject: args.subject,
            customer: args.customer.map(|id| id.to_string()),
            content: args.content.map(|id| id.to_string()),
            order: args.order.map(|id| id.to_string()),
            actor: args.actor,
            action: args.action,
            from: args.from,
            until: args.until,
        })
    }
}
