//! The parts, put together.

use std::sync::Arc;

use anyhow::Context;
use app::clock::{Clock, SystemClock};
use app::links::Links;
use app::mail::smtp::Smtp;
use app::mail::{Mailer, Post};
use app::random::SystemRandom;
use app::{App, Parts, Shop};
use connectors::api::{HttpClient, Limits};
use edge::Edge;
use objects::Folder;
use storage::Db;

use crate::config::Configuration;
use crate::keys;

/// Opens the database, and brings its schema up to date.
pub(crate) async fn open_database(config: &Configuration) -> anyhow::Result<Db> {
    keys::make_private_folder(&config.data)?;
    Db::open(&config.database)
        .await
        .context("the database cannot be opened")
}

/// Opens the folder with the objects.
pub(crate) fn open_objects(config: &Configuration) -> anyhow::Result<Folder> {
    let folder = config.data.join("objects");
    Folder::open(&folder).with_context(|| format!("cannot open {}", folder.display()))
}

/// Puts the use cases together.
pub(crate) async fn open_app(config: &Configuration) -> anyhow::Result<App> {
    open_app_sending(config, mailer(config)?).await
}

/// Puts the use cases together, with what sends their mail.
pub(crate) async fn open_app_sending(
    config: &Configuration,
    mailer: Option<Box<dyn Mailer>>,
) -> anyhow::Result<App> {
    let parts = Parts {
        db: open_database(config).await?,
        clock: Box::new(SystemClock),
        random: Box::new(SystemRandom),
        objects: open_objects(config)?,
        links: Links::new(&config.media_public_url, keys::signing_key(config)?)?,
        sealing: keys::sealing_key(config, &SystemRandom)?,
        shop: Shop {
            name: config.shop_name.clone(),
            url: config.shop_url.clone(),
        },
        http: HttpClient::new(Limits::default())
            .context("the certificates of this machine cannot be read")?,
        post: Post {
            mailer,
            colour: config.mail.colour,
            language: config.mail.language,
            templates: config.mail.templates.clone(),
        },
        sessions: config.sessions,
        playing: config.playing,
        retention: config.retention,
        public_url: config.web_public_url.clone(),
    };
    Ok(App::new(parts))
}

/// Makes ready what sends mail; nothing is connected yet.
fn mailer(config: &Configuration) -> anyhow::Result<Option<Box<dyn Mailer>>> {
    let Some(server) = &config.mail.server else {
        return Ok(None);
    };
    let described = server.server(&config.web_public_url);
    let smtp = Smtp::new(&described, &server.sender(&config.shop_name));
    Ok(Some(Box::new(smtp.context("mail cannot be sent")?)))
}

/// Puts the local CDN together; of the keys it sees the public one alone.
pub(crate) fn open_edge(config: &Configuration) -> anyhow::Result<Edge> {
    let clock = || u64::try_from(SystemClock.now().as_seconds()).unwrap_or(0);
    let settings = edge::Settings {
        public_base: config.media_public_url.clone(),
        allowed_origins: std::iter::once(config.web_public_url.clone())
            .chain(config.edge_origins.iter().cloned())
            .collect(),
    };
    let verifier = Arc::new(keys::verifier(config)?);
    Ok(Edge::new(
        open_objects(config)?,
        verifier,
        Arc::new(clock),
        &settings,
    )?)
}
