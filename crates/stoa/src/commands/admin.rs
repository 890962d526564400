//! What the commands about administrators do.

use anyhow::{Context, bail};
use app::App;
use app::admins::team::{AdminChange, NewAdmin, SetupLink, TeamMember};
use app::api_tokens::TokenLimits;
use domain::scope::Scopes;
use domain::{AdminId, EmailAddress};

use crate::cli::{AdminCommand, Common, TokenArgs};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

pub(crate) async fn run(common: &Common, command: AdminCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        AdminCommand::Create { email, name, role } => {
            let new = NewAdmin { email, name, role };
            let link = app.create_admin(&COMMAND_LINE, &new).await?;
            print_link(&config, &link);
        }
        AdminCommand::List => list(&app).await?,
        AdminCommand::Link { email } => {
            let id = find(&app, &email).await?;
            let link = app.create_admin_link(&COMMAND_LINE, id).await?;
            print_link(&config, &link);
        }
        AdminCommand::Role { email, role } => {
            let role = Some(role);
            change(
                &app,
                &email,
                AdminChange {
                    role,
                    ..AdminChange::default()
                },
            )
            .await?;
        }
        AdminCommand::Disable { email } => {
            let is_disabled = Some(true);
            change(
                &app,
                &email,
                AdminChange {
                    is_disabled,
                    ..AdminChange::default()
                },
            )
            .await?;
        }
        AdminCommand::Enable { email } => {
            let is_disabled = Some(false);
            change(
                &app,
                &email,
                AdminChange {
                    is_disabled,
                    ..AdminChange::default()
                },
            )
            .await?;
        }
        AdminCommand::Token(args) => make_token(&app, &args).await?,
        AdminCommand::Tokens => list_tokens(&app).await?,
        AdminCommand::RevokeToken { id } => {
            if !app.revoke_api_token(&COMMAND_LINE, id).await? {
                bail!("no token of that id works");
            }
            eprintln!("The token is refused from now on.");
        }
    }
    Ok(())
}

fn print_link(config: &Configuration, link: &SetupLink) {
    println!("{}/admin/link#token={}", config.web_public_url, link.token);
    eprintln!(
        "Whoever has this link can sign in as her, once, until {}.",
        link.expires_at
    );
    if config.mail.server.is_some() {
        eprintln!("The running server sends it to her by mail as well.");
    }
}

async fn find(app: &App, email: &EmailAddress) -> anyhow::Result<AdminId> {
    let found = app.find_admin_by_email(email).await?;
    found.context("there is no administrator of that address")
}

async fn change(app: &App, email: &EmailAddress, change: AdminChange) -> anyhow::Result<()> {
    let id = find(app, email).await?;
    let changed = app.change_admin(&COMMAND_LINE, id, &change).await?;
    println!("{}", line(&changed));
    Ok(())
}

async fn list(app: &App) -> anyhow::Result<()> {
    for member in app.list_admins().await? {
        println!("{}", line(&member));
    }
    Ok(())
}

fn line(member: &TeamMember) -> String {
    let state = match member.disabled_at {
        Some(at) => format!("  disabled {at}"),
        None if !member.is_set_up => "  not set up".to_owned(),
        None => String::new(),
    };
    let (id, role, email) = (member.id, member.role, member.email.as_str());
    format!("{id}  {role}  {email}  {}{state}", member.name)
}

async fn make_token(app: &App, args: &TokenArgs) -> anyhow::Result<()> {
    let limits = TokenLimits {
        scopes: args.allowed(),
        expires_at: args.expires,
    };
    let made = app
        .create_limited_token(&COMMAND_LINE, Scopes::ALL, &args.name, limits)
        .await?;
    println!("{}", made.token);
    eprintln!("This token is shown once. Send it as: Authorization: Bearer TOKEN");
    Ok(())
}

async fn list_tokens(app: &App) -> anyhow::Result<()> {
    for token in app.list_api_tokens().await? {
        let dated = [
            ("expires", token.expires_at),
            ("last used", token.last_used_at),
            ("revoked", token.revoked_at),
        ];
        let dated = dated.into_iter();
        let dated = dated.filter_map(|(what, at)| Some(format!("  {what} {}", at?)));
        let (id, made, name, scopes) = (token.id, token.created_at, token.name, token.scopes);
        println!(
            "{id}  {made}  [{scopes}]  {name}{}",
            dated.collect::<String>()
        );
    }
    Ok(())
}
