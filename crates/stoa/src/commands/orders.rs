//! The commands about orders and jobs.

use anyhow::Context;
use app::App;
use app::orders::{RefundPreview, WhichOrders};
use app::overview::JobRow;
use app::stores::WhichStore;
use domain::explain::Source;
use domain::{ExternalId, OrderId, StoreName};

use crate::cli::{Common, JobsArgs, OrderCommand};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

/// How many orders are listed.
const MOST_ORDERS: u32 = 200;

pub(crate) async fn run(common: &Common, command: OrderCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        OrderCommand::List { customer } => {
            let customer = app.find_whom(&customer.into()).await?;
            let which = WhichOrders::OfCustomer(customer);
            for order in app.list_orders(&which, None, MOST_ORDERS).await?.items {
                // Most shops number their orders by their ids.
                let number = order
                    .number
                    .filter(|number| number.as_str() != order.external.as_str())
                    .map(|number| format!("  #{number}"));
                println!(
                    "{}  {}  {}  {}{}",
                    order.id,
                    order.store,
                    order.external,
                    order.status,
                    number.unwrap_or_default()
                );
            }
            Ok(())
        }
        OrderCommand::Email {
            store,
            external_id,
            email,
        } => {
            let order = find(&app, store, external_id).await?;
            let owner = app.correct_order_email(&COMMAND_LINE, order, &email);
            println!("{}", owner.await?);
            Ok(())
        }
        OrderCommand::RefundPreview {
            store,
            external_id,
            lines,
        } => preview(&app, store, external_id, &lines).await,
    }
}

async fn preview(
    app: &App,
    store: StoreName,
    order: ExternalId,
    lines: &[String],
) -> anyhow::Result<()> {
    let order = find(app, store, order).await?;
    tell(&app.preview_refund(order, lines).await?);
    Ok(())
}

async fn find(app: &App, store: StoreName, order: ExternalId) -> anyhow::Result<OrderId> {
    let which = WhichOrders::Named(WhichStore::Named(store), order);
    let found = app.list_orders(&which, None, 1).await?;
    let order = found.items.first().context("no such order is known")?;
    Ok(order.id)
}

fn tell(preview: &RefundPreview) {
    for lost in &preview.loses {
        println!("loses  {}  {}", lost.content, lost.title);
    }
    for kept in &preview.keeps {
        let by = kept.by.iter().map(|(_, source)| match source {
            Source::Line(line) => format!("order {}", line.order.external),
            Source::ByHand { .. } => "a grant by hand".to_owned(),
        });
        let by = by.collect::<Vec<_>>().join(", ");
        let until = kept.until.map(|at| format!(" until {at}"));
        println!(
            "keeps  {}  {}, by {by}{}",
            kept.content,
            kept.title,
            until.unwrap_or_default()
        );
    }
    if let Some(reason) = preview.unaffected {
        println!("{}", reason.words());
    }
}

pub(crate) async fn jobs(common: &Common, args: JobsArgs) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    if let Some(id) = args.retry {
        app.retry_job(&COMMAND_LINE, id).await?;
        eprintln!("It is queued.");
        return Ok(());
    }
    for job in app.list_jobs().await? {
        println!("{}", line(&job));
    }
    Ok(())
}

fn line(job: &JobRow) -> String {
    let progress = match (job.percent(), job.total) {
        (Some(percent), Some(total)) => format!("  {}/{total} ({percent} %)", job.done),
        _ => String::new(),
    };
    let error = job.error.as_deref().map(|error| format!("  {error}"));
    format!(
        "{}  {}  {} {}{progress}{}",
        job.id,
        job.state,
        job.kind,
        job.subject,
        error.unwrap_or_default()
    )
}
