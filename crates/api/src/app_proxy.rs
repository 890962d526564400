//! The page *My Courses* inside a Shopify shop, which Shopify asks us for by its app proxy and shows in the shop's theme.

use app::App;
use app::hand_off::ProxyVisitor;
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain::StoreName;

use crate::html::escape;
use crate::id::Id;
use crate::problem::Problem;

/// A page that Shopify runs as Liquid inside the theme's layout.
pub(crate) const MEDIA_TYPE: &str = "application/liquid";
/// Fetches a fresh token at the moment of the click, however long the page has stood open. Without script the form
/// sends the one that it has.
const FRESH_TOKEN: &str = r##"<script>
(() => {
  const form = document.getElementById("stoa-my-courses");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      form.elements.token.value = page.querySelector("#stoa-my-courses [name=token]").value;
    } finally {
      form.submit();
    }
  });
})();
</script>"##;

/// Shows, inside a Shopify shop, the button that opens the customer's courses. Shopify asks for it: it adds to the query
/// who is signed in, and signs it.
#[utoipa::path(get, path = "/shopify/{store}/proxy", operation_id = "show_in_shopify", tag = "store",
    params(("store" = String, Path, description = "The name of the connected store")),
    responses(
        (status = 200, description = "A form that signs the customer in here, or the way to the shop's own sign-in",
            body = String, content_type = "application/liquid"),
        (status = 400, description = "Not by the app proxy of this store, or the store is not set up for it")))]
pub(crate) async fn show(
    State(app): State<App>,
    Id(store): Id<StoreName>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let inside = match app.receive_by_app_proxy(&store, &query).await? {
        ProxyVisitor::Customer(token) => form(&app.origin(), &store, &token),
        ProxyVisitor::Nobody => sign_in(),
    };
    let page = format!("<div class=\"page-width\"><h1>My Courses</h1>\n{inside}\n</div>\n");
    Ok(([(CONTENT_TYPE, MEDIA_TYPE)], page).into_response())
}

/// Writes the form. Address, name and token hold nothing that means anything to Liquid.
fn form(origin: &str, store: &StoreName, token: &str) -> String {
    let (origin, store, token) = (escape(origin), escape(store.as_str()), escape(token));
    format!(
        "<form id=\"stoa-my-courses\" method=\"post\" action=\"{origin}/sign-in/store\">\n\
         <input type=\"hidden\" name=\"store\" value=\"{store}\">\n\
         <input type=\"hidden\" name=\"token\" value=\"{token}\">\n\
         <button type=\"submit\" class=\"button\">Open my courses</button>\n\
         </form>\n{FRESH_TOKEN}"
    )
}

/// Leads to the shop's sign-in; where the theme's Liquid knows a way that comes back here, that one.
fn sign_in() -> String {
    "<p>Sign in to the shop, and your courses are here.</p>\n\
     <p><a class=\"button\" href=\"{{ routes.storefront_login_url | default: '/account/login' }}\">Sign in</a></p>"
        .to_owned()
}
