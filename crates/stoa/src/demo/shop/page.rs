//! The shop's page, written out as HTML.

mod access;
mod mails;
mod orders;
mod refund;
mod staff;
mod webhooks;
mod words;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use app::mail::Letter;
use app::orders::ShownOrder;

use super::markup::text;
use super::wares::{WARES, Ware, price};
use super::{DemoShop, Ledger, SHOP_NAME, ShopError};

/// Orders and webhooks that are shown, newest first.
const SHOWN: usize = 20;
/// Who buys when nobody says otherwise.
const USUAL_BUYER: &str = "ada@example.com";

/// Writes the whole page.
pub(super) async fn shop_page(shop: &DemoShop) -> Result<String, ShopError> {
    let address = shop.webhook_url();
    let ledger = shop.0.ledger.read(Ledger::clone).await;
    let titles = shop.course_titles().await?;
    let told = told_orders(shop, &ledger).await?;
    let staff = staff::section(&shop.desk().await?, &ledger, &titles);
    let orders = orders::section(&ledger, &told, &titles, SHOWN);
    let webhooks = webhooks::section(&ledger, &address, SHOWN);
    let content = format!(
        "{}{staff}<div class=\"books\">{orders}{webhooks}</div>",
        front()
    );
    Ok(document(SHOP_NAME, &content))
}

/// Writes the page about what refunds of an order would take away.
pub(super) async fn refund_page(shop: &DemoShop, number: u64) -> Result<String, ShopError> {
    let find = |ledger: &Ledger| ledger.find_order(number).cloned();
    let order = shop.0.ledger.read(find).await;
    let order = order.ok_or(ShopError::NoSuchOrder)?;
    let foretold = shop.foretell(number).await?;
    let title = format!("Refund of order {number} · {SHOP_NAME}");
    Ok(document(&title, &refund::content(&order, &foretold)))
}

/// Writes the page about what the buyer of an order may open, and why.
pub(super) async fn access_page(shop: &DemoShop, number: u64) -> Result<String, ShopError> {
    let buyer = shop.buyer(number).await?;
    let title = format!("Access, and why · {SHOP_NAME}");
    Ok(document(&title, &access::content(number, &buyer)))
}

/// Writes the page with the mails that would have been sent.
pub(super) fn mails_page(letters: &[Letter]) -> String {
    document(&format!("Mails · {SHOP_NAME}"), &mails::content(letters))
}

async fn told_orders(
    shop: &DemoShop,
    ledger: &Ledger,
) -> Result<BTreeMap<u64, ShownOrder>, ShopError> {
    let mut told = BTreeMap::new();
    for order in ledger.orders.iter().rev().take(SHOWN) {
        if let Some(known) = shop.told_order(order.number).await? {
            told.insert(order.number, known);
        }
    }
    Ok(told)
}

/// Writes a page that says one sentence, and leads to the shop's page at `address`.
pub(super) fn message_page(sentence: &str, address: &str) -> String {
    let content = format!(
        "<section class=\"message\"><h1>{}</h1><p><a class=\"button\" href=\"{}\">To the shop</a></p></section>",
        text(sentence),
        text(address)
    );
    document(SHOP_NAME, &content)
}

fn document(title: &str, content: &str) -> String {
    let name = text(SHOP_NAME);
    let title = text(title);
    format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="icon" href="/shop/files/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/shop/files/style.css">
<script src="/shop/files/script.js" defer></script>
</head>
<body>
<header class="top">
<a class="brand" href="/shop"><img src="/shop/files/mark.svg" alt="" width="36" height="36"><span>{name}</span></a>
<nav aria-label="Shop"><a href="/shop#orders">Orders</a><a href="/shop#webhooks">Webhooks</a><a href="/shop/mails">Mails</a><a href="/shop#staff">Staff</a><a href="/">My Courses</a></nav>
</header>
<main>
{content}
</main>
<footer>
<p><strong>{name}</strong> is made up: it comes with <code>stoa demo</code> to show how a shop and Stoa work together. No money
moves, and nothing is sent by post.</p>
<p>The films are made of <em>Big Buck Bunny</em>, © Blender Foundation, licensed under
<a href="https://creativecommons.org/licenses/by/3.0/">CC BY 3.0</a>: cropped, graded, slowed and captioned.</p>
</footer>
</body>
</html>
"#
    )
}

/// The welcome, and everything for sale in one form.
fn front() -> String {
    let mut cards = String::new();
    for ware in &WARES {
        card(&mut cards, ware);
    }
    format!(
        r#"<section class="welcome">
<h1>Make something with your hands this week.</h1>
<p>Small video courses for evenings and Sundays. Buy one, and it waits in My Courses before the kettle boils.</p>
<ol class="steps">
<li><strong>Buy</strong> below. The order counts as paid at once.</li>
<li><strong>Look</strong> how this shop tells Stoa: one signed webhook.</li>
<li><strong>Open My Courses</strong>, and press play.</li>
<li><strong>Take it back</strong>: refund, dispute, close. Stoa says why.</li>
</ol>
</section>
<form class="shelf" id="shelf" method="post" action="/shop/orders" aria-label="For sale">
<button type="submit" disabled hidden></button>
<p class="buyer"><label for="email">Buyer’s e-mail</label>
<input id="email" name="email" type="email" required maxlength="254" autocomplete="off" spellcheck="false" value="{USUAL_BUYER}">
<span class="hint">Any address will do: its mails are kept here, under Mails.</span></p>
<ul class="wares">
{cards}</ul>
<div class="basket" aria-live="polite"><p><strong>Basket</strong> <span data-basket-sum>One order, a line for each</span></p>
<button class="button primary" name="buy" value="basket">Buy the basket</button></div>
</form>
"#
    )
}

fn card(out: &mut String, ware: &Ware) {
    let Ware {
        sku,
        picture,
        price: cents,
        ..
    } = ware;
    let (title, blurb, facts) = (text(ware.title), text(ware.blurb), text(ware.facts));
    let price = price(*cents);
    let _ = write!(
        out,
        r#"<li class="ware">
<img src="/shop/files/{picture}" alt="" width="640" height="400">
<div class="words"><h2>{title}</h2><p>{blurb}</p><p class="facts">{facts}</p></div>
<div class="till"><span class="price">{price}</span>
<label class="tick"><input type="checkbox" name="basket" value="{sku}" data-cents="{cents}"><span>Basket<span class="unseen"> {title}</span></span></label>
<button class="button primary" name="buy" value="{sku}">Buy<span class="unseen"> {title}</span></button></div>
</li>
"#
    );
}
