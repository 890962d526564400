//! The commands about what the stores have sent.

use std::io::{ErrorKind, Write};

use anyhow::{Context, bail};
use app::App;
use app::deliveries::{DeliveryFilter, DeliveryRow, KeptDelivery};
use domain::DeliveryId;

use crate::cli::{Common, DeliveryCommand, DeliveryFilterArgs};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

/// How many deliveries are read at once.
const PAGE: usize = 500;

pub(crate) async fn run(common: &Common, command: DeliveryCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        DeliveryCommand::List { filter, limit } => {
            list(&app, &read(&app, filter).await?, limit).await
        }
        DeliveryCommand::Show { id, body } => show(&app, id, body).await,
        DeliveryCommand::Replay {
            id: Some(id),
            filter: _,
            dry_run: _,
        } => {
            app.replay_delivery(&COMMAND_LINE, id).await?;
            eprintln!("It is queued.");
            Ok(())
        }
        DeliveryCommand::Replay {
            id: None,
            filter,
            dry_run,
        } => replay(&app, &read(&app, filter).await?, dry_run).await,
        DeliveryCommand::Dismiss { id } => {
            app.dismiss_delivery(&COMMAND_LINE, id).await?;
            eprintln!("It counts no more.");
            Ok(())
        }
    }
}

async fn read(app: &App, args: DeliveryFilterArgs) -> anyhow::Result<DeliveryFilter> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && since >= until
    {
        bail!("--until is not after --since");
    }
    let store = match &args.store {
        Some(which) => {
            let found = app.find_store_id(which).await?;
            Some(found.with_context(|| format!("there is no store {which}"))?)
        }
        None => None,
    };
    Ok(DeliveryFilter {
        store,
        state: args.state,
        topic: args.topic,
        order: args.order,
        since: args.since,
        until: args.until,
    })
}

async fn list(app: &App, filter: &DeliveryFilter, limit: usize) -> anyhow::Result<()> {
    let (mut left, mut before) = (limit, None);
    while left > 0 {
        let length = left.min(PAGE);
        let rows = i64::try_from(length)?;
        let found = app.list_deliveries(filter, before, rows).await?;
        let lines: String = found.iter().map(line).collect();
        let is_last = found.len() < length;
        if !print(lines.as_bytes())? || is_last {
            break;
        }
        left = left.saturating_sub(found.len());
        before = found.last().map(|row| row.id);
    }
    Ok(())
}

fn line(row: &DeliveryRow) -> String {
    let topic = row.topic.as_deref().unwrap_or("-");
    let error = row.error.as_deref().map(|error| format!("  {error}"));
    format!(
        "{}  {}  {}  {}  {topic}{}\n",
        row.id,
        row.received_at,
        row.store_name,
        row.state,
        error.unwrap_or_default()
    )
}

async fn show(app: &App, id: DeliveryId, only_body: bool) -> anyhow::Result<()> {
    let kept = app.find_delivery(id).await?;
    let kept = kept.context("there is no delivery of that id")?;
    if only_body {
        print(&kept.body)?;
        return Ok(());
    }
    print(describe(&kept).as_bytes())?;
    Ok(())
}

fn describe(kept: &KeptDelivery) -> String {
    let row = &kept.row;
    let mut lines = vec![
        format!("{}  {}  {}", row.id, row.store_name, row.state),
        format!("received {}", row.received_at),
        format!("attempts {}", row.attempts),
    ];
    let mut add = |name: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("{name} {value}")));
    };
    add("topic", row.topic.clone());
    add("event", row.event_id.clone());
    let waits = row.state == "queued";
    add("next attempt", waits.then(|| row.run_at.to_string()));
    add("finished", row.finished_at.map(|at| at.to_string()));
    add("error", row.error.clone());
    for order in &kept.orders {
        add("order", Some(order.to_string()));
    }
    for failure in &kept.failures {
        let (attempt, at, error) = (failure.attempt, failure.failed_at, &failure.error);
        add("failed", Some(format!("{at}  attempt {attempt}  {error}")));
    }
    for job in &kept.jobs {
        let error = job.error.as_deref().map(|error| format!("  {error}"));
        let error = error.unwrap_or_default();
        let job = format!(
            "{}  {}  {} {}{error}",
            job.id, job.state, job.kind, job.subject
        );
        add("job", Some(job));
    }
    // We wrote them ourselves.
    let headers: Vec<(String, String)> = serde_json::from_str(&kept.headers).unwrap_or_default();
    for (name, value) in headers {
        // Whatever a terminal would obey is written out.
        add(
            "header",
            Some(format!("{name}: {}", value.escape_default())),
        );
    }
    let text = match std::str::from_utf8(&kept.body) {
        Ok(_) => "text",
        Err(_) => "no text",
    };
    add("body", Some(format!("{} bytes, {text}", kept.body.len())));
    lines.join("\n") + "\n"
}

async fn replay(app: &App, filter: &DeliveryFilter, dry_run: bool) -> anyhow::Result<()> {
    if dry_run {
        println!("{}", app.count_replayable(filter).await?);
        eprintln!("So many would be queued.");
    } else {
        println!("{}", app.replay_deliveries(&COMMAND_LINE, filter).await?);
        eprintln!("So many are queued.");
    }
    Ok(())
}

/// Prints; false when nobody reads on, such as `head` after its lines.
fn print(bytes: &[u8]) -> anyhow::Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(error.into()),
    }
}
