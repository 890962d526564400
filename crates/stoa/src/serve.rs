//! The roles, running until the process is told to stop.

mod listening;

use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use api::Api;
use app::App;
use app::random::{SystemRandom, new_token};
use axum::Router;
use edge::ShopOrigins;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::commands::COMMAND_LINE;
use crate::config::{Configuration, Role};
use crate::wiring;
use listening::{is_stopped, listen};

/// How long requests under way may take once the process was told to stop.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long to wait before listening to the database again after it went away.
const RECONNECT: Duration = Duration::from_secs(2);

/// How often the local CDN learns the origins of the shops' pages.
const LOOK_AROUND: Duration = Duration::from_secs(10);

/// Runs the configured roles until SIGINT or SIGTERM. `more` is served beside the pages; `on_ready` is called when every
/// port listens. A process that is the local CDN alone has no `app`: it sees neither database nor private key.
pub(crate) async fn run(
    config: &Configuration,
    app: Option<App>,
    more: Router,
    on_ready: impl FnOnce() + Send,
) -> anyhow::Result<()> {
    if let Some(app) = &app {
        app.note_signing_key(&COMMAND_LINE).await?;
    }
    let (stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    if config.has(Role::Edge) {
        let media = wiring::open_edge(config)?;
        if let Some(app) = &app {
            let known = keep_origins(app.clone(), media.shop_origins());
            tasks.spawn(until_stopped(stopping.clone(), known));
        }
        let media = edge::router(media);
        let listener = bind(config.edge_listen).await?;
        tasks.spawn(listen(listener, media, stopping.clone()));
    }
    if let Some(app) = app.as_ref().filter(|_| config.has(Role::Web)) {
        let token = new_token(&SystemRandom);
        let instance = token
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(8)
            .collect();
        let settings = api::Settings {
            public_url: config.web_public_url.clone(),
            instance,
            trusted_proxies: config.web_trusted_proxies.clone(),
        };
        let pages = api::router(Api {
            app: app.clone(),
            settings,
        })
        .merge(more);
        let listener = bind(config.web_listen).await?;
        warn_of_unnamed_proxy(config);
        tasks.spawn(listen(listener, pages, stopping.clone()));
    }
    if let Some(app) = app.as_ref().filter(|_| config.has(Role::Worker)) {
        let (worker, listener) = (app.clone(), app.clone());
        tasks.spawn(until_stopped(stopping.clone(), async move {
            worker.work().await;
        }));
        tasks.spawn(until_stopped(stopping.clone(), hear_of_work(listener)));
    }
    tracing::info!(roles = ?config.roles, web = %config.web_public_url, "ready");
    on_ready();
    told_to_stop().await?;
    tracing::info!("stopping");
    stop.send_replace(true);
    let farewell = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
        tracing::warn!("some requests did not end in time");
    }
    if let Some(app) = app {
        app.db().close().await;
    }
    Ok(())
}

async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// Says so when TLS ends on another machine that is not named: then all customers seem to come from there.
fn warn_of_unnamed_proxy(config: &Configuration) {
    let is_https = config.web_public_url.starts_with("https://");
    let is_reached = !config.web_listen.ip().is_loopback();
    let here = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
    let proxies = config.web_trusted_proxies.iter();
    let names_another = proxies.filter(|network| !here.iter().any(|ip| network.contains(*ip)));
    if is_https && is_reached && names_another.count() == 0 {
        tracing::warn!(
            "web.trusted_proxies names no machine but this one: behind a proxy on another, all customers count as one network"
        );
    }
}

async fn until_stopped(stopping: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = is_stopped(stopping) => {}
        () = work => {}
    }
}

/// Tells the local CDN, again and again, from which pages of the shops its answers may be read.
async fn keep_origins(app: App, known: ShopOrigins) {
    loop {
        match app.list_origins().await {
            Ok(origins) => known.replace(origins.iter().map(ToString::to_string).collect()),
            Err(error) => tracing::warn!(%error, "the origins of the shops cannot be read"),
        }
        tokio::time::sleep(LOOK_AROUND).await;
    }
}

/// Hears of work that other processes commit. On SQLite there are none, and it ends.
async fn hear_of_work(app: App) {
    while let Err(error) = app.db().listen_for_work().await {
        tracing::warn!(%error, "the database does not tell of new work; asking every second meanwhile");
        tokio::time::sleep(RECONNECT).await;
    }
}

async fn told_to_stop() -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
