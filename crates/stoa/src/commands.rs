//! What each command does: read the configuration, call the use case, say what came of it.

mod access;
mod admin;
mod audit;
mod by_hand;
mod contents;
mod customers;
mod deliveries;
mod demo;
mod hand_off;
mod mail;
mod orders;
mod privacy;
mod products;
mod secrets;
mod stores;

use axum::Router;
use domain::audit::{Actor, Cause};

use crate::cli::{Cli, Command, Common, ServeArgs};
use crate::config::{Configuration, Problem, Problems, Role};
use crate::{logging, serve, wiring};

/// Who acts here: whoever may run commands on the server.
pub(crate) static COMMAND_LINE: Cause = Cause::by(Actor::CommandLine);

/// Does what the command line says.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<()> {
    let common = cli.common;
    match cli.command {
        Command::Serve(args) => serve(&common, args).await,
        Command::Demo(args) => demo::run(&common, &args).await,
        Command::Openapi => {
            print!("{}", api::openapi_json());
            Ok(())
        }
        Command::CheckConfig => check_config(&common),
        Command::Migrate => migrate(&common).await,
        Command::Admin(command) => admin::run(&common, command).await,
        Command::Customer(command) => customers::run(&common, command).await,
        Command::Privacy(command) => privacy::run(&common, command).await,
        Command::Store(command) => stores::run(&common, command).await,
        Command::Product(command) => products::run(&common, command).await,
        Command::Access(command) => access::run(&common, command).await,
        Command::Order(command) => orders::run(&common, command).await,
        Command::Delivery(command) => deliveries::run(&common, command).await,
        Command::Jobs(args) => orders::jobs(&common, args).await,
        Command::Course(command) => contents::course(&common, command).await,
        Command::Module(command) => contents::module(&common, command).await,
        Command::Video(command) => contents::video(&common, command).await,
        Command::File(command) => contents::file(&common, command).await,
        Command::Audit(command) => audit::run(&common, command).await,
        Command::Mail(command) => mail::run(&common, command).await,
        Command::Secrets(command) => secrets::run(&common, command).await,
    }
}

async fn serve(common: &Common, args: ServeArgs) -> anyhow::Result<()> {
    let mut config = Configuration::load(common)?;
    if let Some(roles) = args.roles {
        config.roles = roles
            .iter()
            .map(|name| parse_role(name))
            .collect::<Result<_, _>>()?;
    }
    logging::start(&config);
    let is_edge_alone = !config.has(Role::Web) && !config.has(Role::Worker);
    let app = if is_edge_alone {
        None
    } else {
        Some(wiring::open_app(&config).await?)
    };
    serve::run(&config, app, Router::new(), || {}).await
}

fn parse_role(name: &str) -> Result<Role, Problems> {
    Role::from_name(name).map_err(|message| {
        let (key, source) = ("--roles".to_owned(), "command line".to_owned());
        Problems(vec![Problem {
            key,
            source,
            message,
        }])
    })
}

fn check_config(common: &Common) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    println!("The configuration is fine.");
    if config.mail.server.is_none() {
        println!("No mail server is configured: mails wait until mail.server is set.");
    }
    Ok(())
}

async fn migrate(common: &Common) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    wiring::open_database(&config).await?.close().await;
    println!("The database is up to date.");
    Ok(())
}
