//! Files to download.

use domain::access::Decision;
use domain::link::LinkTerm;
use domain::{ContentId, CustomerId, FileId, Timestamp};
use storage::access;
use storage::files::{self, File};

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
    /// Lists the files that are open to the customer now, by product.
    ///
    /// # Errors
    /// See [`ShowError`].
    pub async fn list_downloads(&self, customer: CustomerId) -> Result<Vec<File>, ShowError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let by_content = access::list_of_customer(&mut reader, customer).await?;
        let mut files = files::list_granted(&mut reader, customer).await?;
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
        customer: CustomerId,
        id: FileId,
    ) -> Result<DownloadLink, ShowError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let file = files::find(&mut reader, id)
            .await?
            .ok_or(ShowError::NotFound)?;
        let on = access::list_on_content(&mut reader, customer, ContentId::File(id)).await?;
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
