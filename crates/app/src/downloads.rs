//! Files to download.

use domain::access::Decision;
use domain::link::LinkTerm;
use domain::viewer::Viewer;
use domain::{ContentId, FileId, Timestamp};
use storage::files::{self, File};
use storage::standing;

use crate::library::ShowError;
use crate::{App, decide_on};

/// A link to download one file.
#[derive(Debug)]
pub struct DownloadLink {
    /// The signed link.
    pub url: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl App {
    /// Lists the files that are open to the viewer now, by product.
    ///
    /// # Errors
    /// See [`ShowError`].
    pub async fn list_downloads(&self, viewer: impl Into<Viewer>) -> Result<Vec<File>, ShowError> {
        let (viewer, now) = (viewer.into(), self.now());
        let mut reader = self.parts.db.reader().await?;
        let by_content = standing::list_of_viewer(&mut reader, &viewer).await?;
        let ids: Vec<FileId> = by_content.keys().filter_map(|id| id.file()).collect();
        let mut files = files::list_by_id(&mut reader, &ids).await?;
        files.retain(|file| {
            let on = by_content.get(&ContentId::File(file.id));
            matches!(
                decide_on(on, file.published_at, now),
                Decision::Allowed { .. }
            )
        });
        Ok(files)
    }

    /// Gives a link to download one file, good for a minute.
    ///
    /// # Errors
    /// See [`ShowError`].
    pub async fn link_download(
        &self,
        viewer: impl Into<Viewer>,
        id: FileId,
    ) -> Result<DownloadLink, ShowError> {
        let (viewer, now) = (viewer.into(), self.now());
        let mut reader = self.parts.db.reader().await?;
        let file = files::find(&mut reader, id)
            .await?
            .ok_or(ShowError::NotFound)?;
        let on = standing::list_on_content(&mut reader, &viewer, ContentId::File(id)).await?;
        drop(reader);
        let Decision::Allowed { until, .. } = decide_on(Some(&on), file.published_at, now) else {
            return Err(ShowError::NotFound);
        };
        let expires = LinkTerm::DOWNLOAD.expiry(now, until);
        let url = self.parts.links.sign(&file.stored.s3_key, expires)?;
        Ok(DownloadLink {
            url,
            expires_at: Timestamp::from_seconds(expires),
        })
    }
}
