//! A range of an object as a stream.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::task::spawn_blocking;

/// The most bytes that a [`Body`] holds at a time.
pub const CHUNK_BYTES: usize = 256 * 1024;

/// Streams a range of an object in chunks of at most [`CHUNK_BYTES`].
///
/// It reads only when polled, so a slow viewer costs one chunk of memory. It ends with an error
/// when the file turns out to be shorter than it was.
pub struct Body {
    length: u64,
    chunks: Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>,
}

impl Body {
    pub(crate) fn new(file: File, range: Range<u64>) -> Self {
        let length = range.end.saturating_sub(range.start);
        let file = Arc::new(file);
        let chunks = stream::try_unfold(range, move |rest| read_chunk(Arc::clone(&file), rest));
        Self {
            length,
            chunks: Box::pin(chunks),
        }
    }

    /// Returns how many bytes the whole stream has.
    #[must_use]
    pub fn length(&self) -> u64 {
        self.length
    }
}

impl Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Bytes>>> {
        self.chunks.as_mut().poll_next(context)
    }
}

/// Reads the next chunk of `rest` off the async threads.
async fn read_chunk(file: Arc<File>, rest: Range<u64>) -> io::Result<Option<(Bytes, Range<u64>)>> {
    let wanted = rest.end.saturating_sub(rest.start);
    if wanted == 0 {
        return Ok(None);
    }
    let size = usize::try_from(wanted).map_or(CHUNK_BYTES, |wanted| wanted.min(CHUNK_BYTES));
    let chunk = spawn_blocking(move || {
        let mut chunk = vec![0; size];
        file.read_exact_at(&mut chunk, rest.start)
            .map(|()| Bytes::from(chunk))
    })
    .await
    .map_err(io::Error::other)??;
    let next = rest.start + u64::try_from(chunk.len()).map_err(io::Error::other)?;
    Ok(Some((chunk, next..rest.end)))
}
