//! The commands about access.

use app::App;
use app::administration::{Telling, Whom};
use app::gaps::{AccessGap, Cause};
use app::why::Why;
use domain::ContentId;
use domain::access::GrantStanding;
use domain::explain::Source;
use domain::mending::Mending;

use crate::cli::{AccessCommand, Common, CustomerArg};
use crate::commands::{COMMAND_LINE, by_hand};
use crate::config::Configuration;
use crate::wiring;

/// How many gaps are read at a time.
const PAGE: u32 = 200;

pub(crate) async fn run(common: &Common, command: AccessCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        AccessCommand::Grant {
            customer,
            content,
            until,
            note,
            silent,
        } => {
            let whom = customer.into();
            let telling = telling(silent);
            let granted = app
                .grant_access(&COMMAND_LINE, whom, content, until, note, telling)
                .await?;
            println!("{}", granted.id);
        }
        AccessCommand::Revoke {
            customer,
            content,
            reason,
            silent,
        } => {
            let whom = customer.into();
            let telling = telling(silent);
            let revoked = app
                .revoke_access(&COMMAND_LINE, whom, content, reason, telling)
                .await?;
            println!("{}", revoked.block);
            eprintln!(
                "Grants ended: {}. No later order brings them back.",
                revoked.grants
            );
        }
        AccessCommand::Why { customer, content } => why(&app, customer, content).await?,
        AccessCommand::Gaps { cause } => gaps(&app, cause).await?,
        AccessCommand::ByHand(command) => by_hand::run(&app, command).await?,
    }
    Ok(())
}

fn telling(silent: bool) -> Telling {
    if silent {
        Telling::Nobody
    } else {
        Telling::Customer
    }
}

impl From<CustomerArg> for Whom {
    fn from(customer: CustomerArg) -> Self {
        match customer {
            CustomerArg::Id(id) => Self::Customer(id),
            CustomerArg::Email(email) => Self::Email(email),
        }
    }
}

async fn why(app: &App, customer: CustomerArg, content: ContentId) -> anyhow::Result<()> {
    let why = app.explain_access(&customer.into(), content).await?;
    println!("{}", why.explanation.sentence);
    tell_facts(&why);
    if !why.explanation.mending.is_empty() {
        println!("\nWhat would mend it:");
    }
    for (number, mending) in (1..).zip(&why.explanation.mending) {
        println!("{number}. {}", mending.words());
    }
    Ok(())
}

fn tell_facts(why: &Why) {
    for explained in &why.grants {
        let grant = &explained.told.sourced.grant;
        let source = match &explained.told.sourced.source {
            Source::Line(line) => {
                let order = &line.order;
                format!(
                    "order {} of {}, line {}",
                    order.external, order.store, line.line
                )
            }
            Source::ByHand { by, .. } => format!("by hand, by {by}"),
        };
        println!("  {}  {}  {source}", grant.id, standing(explained.standing));
        if let Some(rule) = explained.rule {
            println!("      {} (rule {})", rule.words, rule.section);
        }
        for (what, trace) in [("made", &explained.caused), ("ended", &explained.ended)] {
            if let Some(trace) = trace {
                let delivery = trace.delivery.as_deref().unwrap_or("no delivery");
                println!(
                    "      {what} on {} by {} ({delivery})",
                    trace.at, trace.actor
                );
            }
        }
    }
    for block in &why.known.blocks {
        let lifted = match &block.lifted {
            Some((at, by)) => format!("lifted on {at} by {by}"),
            None => "stands".to_owned(),
        };
        println!(
            "  {}  placed on {} by {}, {lifted}",
            block.id, block.at, block.by
        );
    }
    for closed in &why.known.lines {
        let (order, line) = (&closed.line.order, &closed.line.line);
        println!(
            "  order {} of {}, line {line}: {}",
            order.external,
            order.store,
            closed.why.name()
        );
    }
    for failed in &why.known.failed {
        println!("  {}  failed: {}", failed.id, failed.error);
    }
}

fn standing(standing: GrantStanding) -> String {
    match standing {
        GrantStanding::Live { until: None } => "live".to_owned(),
        GrantStanding::Live { until: Some(at) } => format!("live until {at}"),
        GrantStanding::Future { at } => format!("begins on {at}"),
        GrantStanding::Expired { at } => format!("expired on {at}"),
        GrantStanding::Revoked { at, reason } => format!("{} on {at}", reason.name()),
    }
}

async fn gaps(app: &App, cause: Option<Cause>) -> anyhow::Result<()> {
    let overview = app.overview().await?;
    let mut next = None;
    loop {
        let page = app.list_gaps(cause, next.as_ref(), PAGE).await?;
        for gap in &page.items {
            println!("{}", gap_line(gap));
        }
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let figure = overview.paying_customers_without_access;
    eprintln!("Paying customers without access: {figure}. The goal is 0.");
    Ok(())
}

/// Says who is locked out, of what and why: by ids and the numbers of the store, never by an address.
fn gap_line(gap: &AccessGap) -> String {
    let order = gap.order.as_ref().map(|order| {
        let line = gap.line.as_ref().map(|(line, _)| format!(", line {line}"));
        let line = line.unwrap_or_default();
        format!("order {} of {}{line}", order.external, order.store)
    });
    let parts = [
        Some(gap.cause.name().to_owned()),
        Some(gap.since.to_string()),
        gap.customer.map(|id| id.to_string()),
        order,
        gap.content.map(|id| id.to_string()),
        gap.delivery.map(|id| id.to_string()),
        gap.job.map(|id| id.to_string()),
        gap.error.clone(),
        gap.mending.as_ref().map(Mending::words),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}
