//! The body of a request as a file that comes in, however long that takes.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use app::contents::LONGEST_UPLOAD;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures_util::{StreamExt, stream};
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

use crate::envelope::TimeLimit;
use crate::problem::Problem;
use crate::state::ApiState;

/// How long nothing may arrive.
const PATIENCE: Duration = Duration::from_secs(60);

/// The bytes as they arrive.
pub(crate) type Bytes = Pin<Box<dyn AsyncRead + Send>>;

/// A body that is declared as `video/mp4`.
pub(crate) struct VideoUpload(pub(crate) Bytes);

/// A body that is declared as anything but a form, whose parts would be taken for the file.
pub(crate) struct FileUpload(pub(crate) Bytes);

impl FromRequest<ApiState> for VideoUpload {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &ApiState) -> Result<Self, Problem> {
        match media_type(request.headers()).as_deref() {
            Some("video/mp4") => accept(request).map(Self),
            _ => Err(Problem::not_mp4()),
        }
    }
}

impl FromRequest<ApiState> for FileUpload {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &ApiState) -> Result<Self, Problem> {
        match media_type(request.headers()).as_deref() {
            Some("multipart/form-data" | "application/x-www-form-urlencoded") => {
                Err(Problem::is_form())
            }
            _ => accept(request).map(Self),
        }
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let declared = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let media_type = declared.split(';').next()?;
    Some(media_type.trim().to_ascii_lowercase())
}

/// Takes the body of a request that may take its time.
fn accept(request: Request) -> Result<Bytes, Problem> {
    let declared = request.headers().get(CONTENT_LENGTH);
    let declared = declared.and_then(|value| value.to_str().ok()?.parse().ok());
    if declared.is_some_and(|length: u64| length > LONGEST_UPLOAD) {
        return Err(Problem::body_too_large());
    }
    if let Some(limit) = request.extensions().get::<TimeLimit>() {
        limit.lift();
    }
    Ok(read(request.into_body()))
}

/// Reads a body as it arrives; when nothing does for a while, it breaks off.
fn read(body: Body) -> Bytes {
    let chunks =
        stream::try_unfold(
            body.into_data_stream(),
            async |mut chunks| match tokio::time::timeout(PATIENCE, chunks.next()).await {
                Ok(Some(Ok(chunk))) => Ok(Some((chunk, chunks))),
                Ok(Some(Err(error))) => Err(io::Error::other(error)),
                Ok(None) => Ok(None),
                Err(_) => Err(io::ErrorKind::TimedOut.into()),
            },
        );
    Box::pin(StreamReader::new(Box::pin(chunks)))
}
