//! Publishing and unpublishing. Grants stay as they are: access comes back with publication.

use domain::audit::Cause;
use domain::{ContentId, Timestamp};
use serde_json::json;
use storage::{Tx, courses, files};

use crate::App;
use crate::contents::effects::{Confirmation, effects_of};
use crate::contents::{ContentsError, event};

impl App {
    /// Publishes a course or file: it opens to those who have it. What is published already stays as it is.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn publish(&self, by: &Cause, content: ContentId) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let before = find_publication(&mut tx, content).await?;
        if before.is_some_and(|at| at <= now) {
            return Ok(());
        }
        self.write_publication(tx, by, content, before, Some(now), now)
            .await
    }

    /// Takes a course or file back: it is closed to everybody until it is published again.
    ///
    /// # Errors
    /// See [`ContentsError`]; `ConfirmationNeeded` when `seen` is not what it does to people now.
    pub async fn unpublish(
        &self,
        by: &Cause,
        content: ContentId,
        seen: &Confirmation,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        effects_of(&mut tx, content.into(), now)
            .await?
            .check(seen)?;
        let before = find_publication(&mut tx, content).await?;
        if before.is_none() {
            return Ok(());
        }
        self.write_publication(tx, by, content, before, None, now)
            .await
    }

    async fn write_publication(
        &self,
        mut tx: Tx,
        by: &Cause,
        content: ContentId,
        before: Option<Timestamp>,
        after: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), ContentsError> {
        match content {
            ContentId::Course(id) => courses::update_publication(&mut tx, id, after, now).await?,
            ContentId::File(id) => {
                files::update_publication(&mut tx, id, after, now).await?;
                // Each course of the product shows its files.
                if let Some(file) = files::find(&mut tx, id).await? {
                    courses::touch_of_product(&mut tx, file.product, now).await?;
                }
            }
        }
        let action = match (content, after) {
            (ContentId::Course(_), Some(_)) => "course.published",
            (ContentId::Course(_), None) => "course.unpublished",
            (ContentId::File(_), Some(_)) => "file.published",
            (ContentId::File(_), None) => "file.unpublished",
        };
        let told = |at: Option<Timestamp>| at.map(|at| json!({ "published_at": at.to_string() }));
        let event = event(action, content, content, told(before), told(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn find_publication(
    tx: &mut Tx,
    content: ContentId,
) -> Result<Option<Timestamp>, ContentsError> {
    let found = match content {
        ContentId::Course(id) => courses::find(tx, id)
            .await?
            .map(|course| course.published_at),
        ContentId::File(id) => files::find(tx, id).await?.map(|file| file.published_at),
    };
    found.ok_or(ContentsError::NotFound)
}
