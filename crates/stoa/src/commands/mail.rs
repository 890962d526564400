//! `stoa mail`: trying the mail server, and what became of mails. Addresses are never shown.

use app::mail::{KeptMail, MailFilter};

use crate::cli::{Common, MailCommand};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

pub(super) async fn run(common: &Common, command: MailCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        MailCommand::Test { address } => {
            app.try_mail(&address).await?;
            eprintln!("The mail server has taken the mail.");
        }
        MailCommand::List { customer, limit } => {
            for mail in app
                .list_mails(
                    MailFilter {
                        customer,
                        state: None,
                    },
                    None,
                    limit,
                )
                .await?
                .items
            {
                println!("{}", line(&mail));
            }
        }
        MailCommand::Resend { id } => {
            app.resend_mail(&COMMAND_LINE, id).await?;
            eprintln!("It is queued again.");
        }
    }
    Ok(())
}

fn line(mail: &KeptMail) -> String {
    let parts = [
        Some(mail.id.to_string()),
        Some(mail.queued_at.to_string()),
        Some(mail.kind.name().to_owned()),
        Some(mail.state.name().to_owned()),
        mail.concerns.customer.map(|id| id.to_string()),
        mail.concerns.admin.map(|id| id.to_string()),
        mail.error.clone(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}
