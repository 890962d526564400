//! Files to download.

use app::App;
use axum::extract::State;
use axum::response::Response;
use domain::FileId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::customer::CustomerAnywhere;
use crate::id::Id;
use crate::json::{self, JsonBody, Nothing};
use crate::problem::Problem;
use crate::wire::{Text, Time};

/// The files that are open to the customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct DownloadList {
    items: Vec<Download>,
    /// The cursor of the next page. Null: there is none; one customer's files fit on one page.
    #[schema(required = true)]
    next: Option<String>,
}

/// A file that is open to the customer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Download {
    #[schema(value_type = String, example = "fil_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<FileId>,
    title: String,
    size_bytes: i64,
    media_type: String,
    /// What the product is called that it belongs to.
    product_title: String,
}

/// A link to one file.
#[derive(Serialize, ToSchema)]
pub(crate) struct DownloadLink {
    /// The signed link.
    url: String,
    /// When it expires: about a minute from now.
    expires_at: Time,
}

/// Lists the files that are open to the customer, by product.
#[utoipa::path(get, path = "/api/downloads", operation_id = "list_downloads", tag = "customer",
    security(("session" = []), ("embed" = [])),
    responses((status = 200, body = DownloadList), (status = 401, description = "Nobody is signed in")))]
pub(crate) async fn list(
    State(app): State<App>,
    customer: CustomerAnywhere,
) -> Result<Response, Problem> {
    let files = app.list_downloads(customer.viewer).await?;
    let items = files.into_iter().map(|file| Download {
        id: Text(file.id),
        title: file.title,
        size_bytes: file.stored.size_bytes,
        media_type: file.stored.media_type,
        product_title: file.product_title,
    });
    Ok(json::ok(&DownloadList {
        items: items.collect(),
        next: None,
    }))
}

/// Gives a link to download one file.
#[utoipa::path(post, path = "/api/downloads/{file_id}/link", operation_id = "link_download", tag = "customer",
    security(("session" = []), ("embed" = [])),
    params(("file_id" = String, Path, description = "The file")),
    request_body = Nothing,
    responses(
        (status = 200, body = DownloadLink),
        (status = 401, description = "Nobody is signed in"),
        (status = 404, description = "There is no such file in the customer's library")))]
pub(crate) async fn link(
    State(app): State<App>,
    customer: CustomerAnywhere,
    Id(file): Id<FileId>,
    _: JsonBody<Nothing>,
) -> Result<Response, Problem> {
    let link = app.link_download(customer.viewer, file).await?;
    Ok(json::ok(&DownloadLink {
        url: link.url,
        expires_at: Time(link.expires_at),
    }))
}
