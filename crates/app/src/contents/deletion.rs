//! Deleting: out of the catalogue, of every list, of playback and downloads. What customers have done stays.

use domain::audit::{Cause, Event};
use domain::{ContentId, CourseId, FileId, ModuleId, Timestamp, VideoId};
use serde_json::json;
use storage::{Tx, courses, files, modules, videos};

use crate::App;
use crate::contents::effects::{Confirmation, Effects, Removable, effects_of};
use crate::contents::{ContentsError, event};

impl App {
    /// Deletes a course, module, video or file, with all that is in it. Grants of a course or file end within moments,
    /// as content that was removed.
    ///
    /// # Errors
    /// See [`ContentsError`]; `ConfirmationNeeded` when `seen` is not what it does to people now.
    pub async fn delete_content(
        &self,
        by: &Cause,
        what: Removable,
        seen: &Confirmation,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let effects = effects_of(&mut tx, what, now).await?;
        effects.check(seen)?;
        let event = match what {
            Removable::Course(id) => self.delete_course(&mut tx, id, effects, now).await?,
            Removable::Module(id) => {
                // A module goes only together with its videos, and only when that was said.
                if seen.videos.unwrap_or(0) != effects.videos {
                    return Err(ContentsError::ConfirmationNeeded(effects));
                }
                delete_module(&mut tx, id, now).await?
            }
            Removable::Video(id) => delete_video(&mut tx, id, now).await?,
            Removable::File(id) => self.delete_file(&mut tx, id, effects, now).await?,
        };
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn delete_course(
        &self,
        tx: &mut Tx,
        id: CourseId,
        effects: Effects,
        now: Timestamp,
    ) -> Result<Event, ContentsError> {
        let found = courses::find(tx, id).await?;
        let course = found.ok_or(ContentsError::NotFound)?;
        courses::delete(tx, id, now).await?;
        self.product_changed(tx, course.product, now).await?;
        let before = json!({
            "product_id": course.product, "title": course.title, "slug": course.slug, "videos": effects.videos,
            "customers_with_access": effects.customers_with_access,
        });
        let content = ContentId::Course(id);
        Ok(event("course.deleted", id, content, Some(before), None))
    }

    async fn delete_file(
        &self,
        tx: &mut Tx,
        id: FileId,
        effects: Effects,
        now: Timestamp,
    ) -> Result<Event, ContentsError> {
        let found = files::find(tx, id).await?;
        let file = found.ok_or(ContentsError::NotFound)?;
        files::delete(tx, id, now).await?;
        let rest = files::list_of_product(tx, file.product).await?;
        let rest: Vec<FileId> = rest.iter().map(|file| file.id).collect();
        files::update_orders(tx, &rest).await?;
        courses::touch_of_product(tx, file.product, now).await?;
        self.product_changed(tx, file.product, now).await?;
        let before = json!({
            "product_id": file.product, "title": file.title, "customers_with_access": effects.customers_with_access,
        });
        let content = ContentId::File(id);
        Ok(event("file.deleted", id, content, Some(before), None))
    }
}

async fn delete_module(tx: &mut Tx, id: ModuleId, now: Timestamp) -> Result<Event, ContentsError> {
    let found = modules::find(tx, id).await?;
    let (module, course) = found.ok_or(ContentsError::NotFound)?;
    let videos = videos::list_in_module(tx, id).await?;
    modules::delete(tx, id, now).await?;
    let rest = modules::list(tx, course).await?;
    let rest: Vec<ModuleId> = rest.iter().map(|module| module.id).collect();
    modules::update_orders(tx, &rest).await?;
    courses::touch(tx, course, now).await?;
    let before = json!({ "title": module.title, "videos": videos });
    let content = ContentId::Course(course);
    Ok(event("module.deleted", id, content, Some(before), None))
}

async fn delete_video(tx: &mut Tx, id: VideoId, now: Timestamp) -> Result<Event, ContentsError> {
    let found = videos::find_on_shelf(tx, id).await?;
    let video = found.ok_or(ContentsError::NotFound)?;
    videos::delete(tx, id, now).await?;
    let rest = videos::list_in_module(tx, video.module).await?;
    videos::update_orders(tx, &rest).await?;
    courses::touch(tx, video.course, now).await?;
    let before = json!({ "module_id": video.module, "title": video.title });
    let content = ContentId::Course(video.course);
    Ok(event("video.deleted", id, content, Some(before), None))
}
