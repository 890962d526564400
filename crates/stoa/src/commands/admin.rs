//! What the commands about administrators do.

use anyhow::bail;
use app::App;
use app::api_tokens::TokenLimits;
use domain::scope::Scopes;

use crate::cli::{AdminCommand, Common, TokenArgs};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

pub(crate) async fn run(common: &Common, command: AdminCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
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
