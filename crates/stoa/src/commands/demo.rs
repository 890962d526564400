//! `stoa demo`: a shop, three courses and everything that serves them, in one process on loopback.

use std::sync::Arc;

use app::clock::SystemClock;
use app::random::SystemRandom;
use axum::Router;
use axum::response::Redirect;
use axum::routing::get;

use crate::cli::{Common, DemoArgs};
use crate::config::Configuration;
use crate::demo::{DemoMails, DemoShop, SHOP_NAME, fill, router};
use crate::{logging, progress, serve, wiring};

/// The film that the lessons are made from.
const CLIP: &[u8] = include_bytes!("../../../../testdata/media/big-buck-bunny-720p-5s.mp4");

/// Fills an empty data folder with courses, then serves pages, media and shop until told to stop. A second start keeps
/// what is there.
pub(crate) async fn run(common: &Common, args: &DemoArgs) -> anyhow::Result<()> {
    let config = Configuration::for_demo(common, args.port, SHOP_NAME)?;
    logging::start(&config);
    let letters = DemoMails::default();
    let app = wiring::open_app_sending(&config, Some(Box::new(letters.clone()))).await?;
    let state = config.data.join("shop.json");
    let (clock, random) = (Arc::new(SystemClock), Arc::new(SystemRandom));
    let url = config.web_public_url.clone();
    let shop = DemoShop::open(state, app.clone(), url, clock, random).await?;
    let bar = progress::bar();
    fill(&app, &shop, &config.data, CLIP, &mut |step| {
        progress::show_fill(&bar, &step);
    })
    .await?;
    bar.finish_and_clear();
    let slash = get(async || Redirect::permanent("/shop"));
    let pages = Router::new()
        .nest("/shop", router(shop, letters))
        .route("/shop/", slash);
    serve::run(&config, Some(app), pages, || print_links(&config)).await
}

fn print_links(config: &Configuration) {
    let url = &config.web_public_url;
    println!("The demo is ready.");
    println!("  Buy a course:      {url}/shop");
    println!("  Read its mails:    {url}/shop/mails");
    println!("  Watch it:          {url}/");
    println!("  Read the API:      {url}/docs");
    println!("  Data is kept in:   {}", config.data.display());
    println!("Stop it with Ctrl-C; the next start goes on with the same data.");
}
