//! The page for a customer whose way from the shop did not work. It says no more than the problem does.

use app::Shop;

use crate::html::escape;
use crate::problem::Kind;

/// Writes the page, with the way back to the shop when it is known.
pub(crate) fn write(kind: &Kind, shop: &Shop) -> String {
    let (title, name) = (escape(kind.title), escape(&shop.name));
    let back = match &shop.url {
        Some(url) => format!("<a href=\"{}\">{name}</a>", escape(url)),
        None => name,
    };
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body><main><h1>{title}</h1>\
         <p>Nothing is lost. Go back to {back} and open your courses from there once more: each time makes a new way in, \
         which is good for a minute.</p>\
         <p>If this happens again, please tell the shop.</p></main></body></html>\n"
    )
}
