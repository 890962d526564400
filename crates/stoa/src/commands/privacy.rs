//! The commands about what stores ask about their customers' data.

use app::privacy::{PrivacyRequest, RequestKind, WhichRequests};

use crate::cli::{Common, PrivacyCommand};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

pub(super) async fn run(common: &Common, command: PrivacyCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        PrivacyCommand::List { all, limit } => {
            let which = if all {
                WhichRequests::All
            } else {
                WhichRequests::Open
            };
            for request in app.list_privacy_requests(which, None, limit).await?.items {
                println!("{}", line(&request));
            }
        }
        PrivacyCommand::Done { request } => {
            app.answer_privacy_request(&COMMAND_LINE, request).await?;
            eprintln!("Written down as answered.");
        }
    }
    Ok(())
}

fn line(request: &PrivacyRequest) -> String {
    let state = match (request.done_at, request.kind, request.customer) {
        (Some(at), ..) => format!("answered {at}"),
        (None, RequestKind::Export, Some(customer)) => format!(
            "due {}: stoa customer export {customer}, then stoa privacy done {}",
            request.due_at, request.id
        ),
        (None, ..) => format!("due {}: the worker erases it", request.due_at),
    };
    let customer = request.customer.map(|id| id.to_string());
    let parts = [
        Some(request.id.to_string()),
        Some(request.kind.name().to_owned()),
        Some(request.store_name.to_string()),
        customer,
        Some(state),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}
