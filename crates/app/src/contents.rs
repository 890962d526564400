//! What stands on the shelves: courses with their modules and videos, and files. Made, changed, ordered, published and
//! deleted here, each change with the recomputation that brings it to those who bought.
//!
//! - [`courses`](self), `modules`, `videos` and `files` hold the use cases of each; [`publication`](self) and
//!   [`deletion`](self) take things away, with what that does to people said first ([`effects`](Effects)).
//! - `uploading` takes bytes in and looks into them before anything is visible; `active_document` knows what a browser
//!   would run; `media_files` names and measures what is stored, also for an import.
//! - `names` are the words that people give to things; `places` puts things in order.
//!
//! Whoever changes a course that a learner can see gives it a new revision, and whoever changes what a product holds
//! has its orders recomputed, in the same transaction.

mod active_document;
mod courses;
mod deletion;
mod effects;
mod files;
mod media_files;
mod modules;
mod names;
mod places;
mod publication;
mod uploading;
mod videos;

use domain::audit::Event;
use domain::{ContentId, ProductId, Timestamp};
use media::ProbeError;
use objects::PutError;
use serde_json::Value;
pub use storage::courses::Course;
pub use storage::files::File;
pub use storage::videos::ShelvedVideo;
use storage::{StorageError, Tx, catalogue, products};

pub use self::courses::{CourseChange, NewCourse, ShelvedCourse, ShelvedModule};
pub use self::effects::{Confirmation, Effects, Removable};
pub use self::files::{FileChange, NewFile};
pub(crate) use self::media_files::{media_type, milliseconds, video_metadata};
pub use self::modules::ModuleChange;
pub use self::names::{Description, FileName, NameError, Slug, Title};
pub use self::uploading::LONGEST_UPLOAD;
pub use self::videos::{NewVideo, VideoChange};
use crate::App;
use crate::worker::Job;

/// Why the shelves are as they were.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// There is no such course, module, video or file.
    #[error("there is no such thing on the shelves")]
    NotFound,
    /// There is no product of that id.
    #[error("there is no product of that id")]
    NoSuchProduct,
    /// The module is not in the same course.
    #[error("there is no module of that id in the same course")]
    NoSuchModule,
    /// Another course has that slug.
    #[error("another course has that slug")]
    SlugTaken,
    /// The list is not the things that are there, each once.
    #[error("the list must name exactly what is there, each once")]
    NotWhatIsThere,
    /// The place is not between the first and the one behind the last.
    #[error("there is no such place: places begin at 1 and have no gaps")]
    NoSuchPlace,
    /// It was not said, or not truly, whom the change touches.
    #[error("say first whom it touches")]
    ConfirmationNeeded(Effects),
    /// The upload is no video that every browser can play.
    #[error("{0}")]
    NotPlayable(ProbeError),
    /// The upload is a page or a drawing that a browser would run.
    #[error("pages and drawings that a browser would run (HTML, SVG) cannot be downloads")]
    ActiveDocument,
    /// The upload has no bytes.
    #[error("the upload is empty")]
    Empty,
    /// The upload is longer than is taken in.
    #[error("the upload is too large")]
    TooLarge,
    /// The upload did not arrive whole.
    #[error("the upload broke off")]
    BrokeOff(#[source] std::io::Error),
    /// The upload could not be stored.
    #[error("the upload could not be stored")]
    NotStored(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<PutError> for ContentsError {
    fn from(error: PutError) -> Self {
        match error {
            PutError::TooLarge => Self::TooLarge,
            PutError::Source(error) => Self::BrokeOff(error),
            PutError::AlreadyExists | PutError::Store(_) => Self::NotStored(error.into()),
        }
    }
}

impl App {
    /// Begins a change of the catalogue: reconciliations before it are committed, those after it see it.
    async fn begin_change(&self) -> Result<Tx, StorageError> {
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_for_change(&mut tx).await?;
        Ok(tx)
    }

    /// Notes that a product holds something else than before: those who bought it get or lose it.
    async fn product_changed(
        &self,
        tx: &mut Tx,
        product: ProductId,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        products::refresh_video_course(tx, product).await?;
        self.enqueue(tx, &Job::ReconcileProduct(product), now).await
    }
}

/// Describes one change of a content, or of something inside it.
fn event(
    action: &'static str,
    subject: impl std::fmt::Display,
    content: ContentId,
    before: Option<Value>,
    after: Option<Value>,
) -> Event {
    Event {
        content: Some(content),
        before,
        after,
        ..Event::of(action, subject)
    }
}
