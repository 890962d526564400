//! Reading a store now, while somebody watches.

use app::App;
use app::sync::{SyncMode, SyncReport, Turn};
use domain::{StoreName, Timestamp};

use super::{find, health};
use crate::commands::COMMAND_LINE;
use crate::progress;

pub(super) async fn sync(
    app: &App,
    name: &StoreName,
    since: Option<Timestamp>,
    dry_run: bool,
) -> anyhow::Result<()> {
    let store = find(app, name).await?;
    let mode = if dry_run {
        SyncMode::DryRun
    } else {
        SyncMode::ForGood
    };
    let bar = progress::bar();
    let watch = |step| progress::show_sync(&bar, step);
    let report = app
        .sync_store(&COMMAND_LINE, store.id, since, mode, watch)
        .await;
    bar.finish_and_clear();
    tell(&report?, mode);
    Ok(())
}

fn tell(report: &SyncReport, mode: SyncMode) {
    let (gains, loses) = match mode {
        SyncMode::ForGood => ("gained", "lost"),
        SyncMode::DryRun => ("would gain", "would lose"),
    };
    for change in &report.changes {
        let turn = match change.change {
            Turn::Gained => gains,
            Turn::Lost => loses,
        };
        println!(
            "{}  {turn}  {}  {}, by order {}",
            change.customer,
            change.content,
            health::plain(&change.title),
            change.order
        );
    }
    println!(
        "Orders read: {}, with news: {}. Things for sale: {}. Changes of access: {}.",
        report.orders,
        report.news,
        report.items,
        report.changes.len()
    );
    if mode == SyncMode::DryRun {
        eprintln!("Nothing was changed.");
    }
}
