//! The commands about customers: a way in, all that is kept about one, and an end of it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use app::App;
use app::administration::Whom;
use app::privacy::Erasure;

use crate::cli::{Common, CustomerCommand};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

pub(crate) async fn run(common: &Common, command: CustomerCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        CustomerCommand::Link { email } => {
            let token = app.create_sign_in_link(&COMMAND_LINE, &email).await?;
            println!("{}/sign-in#token={token}", config.web_public_url);
            eprintln!("Whoever has this link can sign in, once, within ten minutes.");
        }
        CustomerCommand::Export { customer, to } => {
            export(&app, &customer.into(), to.as_deref()).await?;
        }
        CustomerCommand::Erase { customer, yes } => erase(&app, &customer.into(), yes).await?,
    }
    Ok(())
}

async fn export(app: &App, whom: &Whom, to: Option<&Path>) -> anyhow::Result<()> {
    // Opened first: nobody's data is gathered for a file that cannot be written.
    let file = to.map(new_file).transpose()?;
    let export = app.export_customer(&COMMAND_LINE, whom).await?;
    let text = format!("{:#}\n", export.to_json());
    match file {
        Some(mut file) => {
            file.write_all(text.as_bytes())?;
            eprintln!("Written. Hand it to nobody but the customer, and delete it then.");
        }
        None => print!("{text}"),
    }
    Ok(())
}

/// Makes a file that nobody else may read; one that is there already is left alone.
fn new_file(path: &Path) -> anyhow::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let cannot_make = || format!("cannot make {}", path.display());
    options.open(path).with_context(cannot_make)
}

async fn erase(app: &App, whom: &Whom, yes: bool) -> anyhow::Result<()> {
    if !yes {
        describe(&app.preview_erasure(whom).await?);
        bail!("nothing was erased, and it cannot be undone; say --yes to go on");
    }
    describe(&app.erase_customer(&COMMAND_LINE, whom).await?);
    eprintln!(
        "Erased. The worker still looks through what the stores have sent; backups keep what they hold until they are replaced."
    );
    Ok(())
}

fn describe(erasure: &Erasure) {
    let count = |name: &str| erasure.counts.get(name).copied().unwrap_or(0);
    println!("Customer: {}", erasure.customer);
    for merged in &erasure.merged {
        println!("Merged into her: {merged}");
    }
    println!("Addresses: {}", erasure.addresses);
    println!(
        "Orders whose names and lines go (ids, states and sums stay): {}",
        count("orders")
    );
    println!("Access that ends: {}", count("grants"));
    println!(
        "Blocks that do not hold against a new customer of her address: {}",
        count("blocks")
    );
    println!("Videos whose progress is lost: {}", count("videos"));
    println!("Sessions that end: {}", count("sessions"));
    println!("Mails: {}", count("mails"));
    println!(
        "Deliveries that lose their content and cannot be replayed: {}",
        count("deliveries")
    );
}
