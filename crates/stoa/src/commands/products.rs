//! The commands about products.

use anyhow::bail;
use app::App;
use app::catalogue::{Going, Lasting, ProductChange, ShownProduct};
use domain::ProductId;

use crate::cli::{Common, Consent, ProductCommand};
use crate::commands::COMMAND_LINE;
use crate::config::Configuration;
use crate::wiring;

/// How many products are read at once.
const PAGE: i64 = 500;

pub(crate) async fn run(common: &Common, command: ProductCommand) -> anyhow::Result<()> {
    let config = Configuration::load(common)?;
    let app = wiring::open_app(&config).await?;
    match command {
        ProductCommand::Add { title, access_days } => {
            let id = app
                .create_product(&COMMAND_LINE, &title, access_days)
                .await?;
            println!("{id}");
        }
        ProductCommand::List => list(&app).await?,
        ProductCommand::Show { product } => show(&app.show_product(product).await?),
        ProductCommand::Set {
            product,
            title,
            access_days,
            for_ever,
        } => {
            let for_ever = for_ever.then_some(Lasting::ForEver);
            let lasting = access_days.map(Lasting::Days).or(for_ever);
            let change = ProductChange { title, lasting };
            let changed = app.change_product(&COMMAND_LINE, product, change).await?;
            if changed.job.is_some() {
                eprintln!("Those who bought it before are looked at again within moments.");
            }
        }
        ProductCommand::Delete { product, consent } => {
            let seen = confirm(&app, Going::Product(product), consent).await?;
            app.delete_product(&COMMAND_LINE, product, Some(seen))
                .await?;
        }
        ProductCommand::Bundle { bundle, part } => {
            app.add_to_bundle(&COMMAND_LINE, bundle, part).await?;
            eprintln!("Those who bought the bundle get what is in it within moments.");
        }
        ProductCommand::Unbundle {
            bundle,
            part,
            consent,
        } => {
            let seen = confirm(&app, Going::Part { bundle, part }, consent).await?;
            app.take_out_of_bundle(&COMMAND_LINE, bundle, part, Some(seen))
                .await?;
        }
    }
    Ok(())
}

/// Says who loses access when this goes away, and goes on only with consent. What changes between the two is refused.
async fn confirm(app: &App, going: Going, consent: Consent) -> anyhow::Result<i64> {
    let losing = app.list_losing(going).await?;
    let customers = losing.customers_with_access;
    println!("Customers who can open something now and then can not: {customers}");
    println!("Courses that go: {}", losing.courses);
    println!("Files that go: {}", losing.files);
    if !consent.yes {
        bail!("nothing was changed; say --yes to go on");
    }
    Ok(customers)
}

async fn list(app: &App) -> anyhow::Result<()> {
    let mut after: Option<ProductId> = None;
    loop {
        let products = app.list_products(after, PAGE).await?;
        let Some(last) = products.last() else {
            return Ok(());
        };
        after = Some(last.id);
        for product in &products {
            let lasts = lasts(product.access_days);
            println!("{}  {lasts}  {}", product.id, product.title);
        }
    }
}

fn show(shown: &ShownProduct) {
    let product = &shown.product;
    println!("{}  {}", product.id, product.title);
    println!("access: {}", lasts(product.access_days));
    for course in &shown.courses {
        println!("course  {}  {}", course.id, course.title);
    }
    for file in &shown.files {
        println!("file  {}  {}", file.id, file.title);
    }
    for part in &shown.parts {
        println!("part  {}  {}", part.id, part.title);
    }
    for bundle in &shown.bundles {
        println!("in bundle  {}  {}", bundle.id, bundle.title);
    }
    for listed in &shown.items {
        println!("store item  {}  {}", listed.item.id, listed.item.title);
    }
}

fn lasts(access_days: Option<u32>) -> String {
    access_days.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"))
}
