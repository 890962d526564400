//! Videos of modules: uploaded, replaced, renamed, moved, put in order.

use domain::audit::Cause;
use domain::{ContentId, ModuleId, VideoId};
use media::Probe;
use objects::Received;
use serde_json::json;
use storage::videos::{self, ShelvedVideo, VideoFile};
use storage::{courses, modules};
use tokio::io::AsyncRead;

use crate::App;
use crate::contents::uploading::{NewObject, to_its_end};
use crate::contents::{ContentsError, Title, event, milliseconds, places, video_metadata};

/// A video to add.
#[derive(Clone, Debug)]
pub struct NewVideo {
    /// What it is called.
    pub title: Title,
    /// Its place in the module, from 1; at the end when absent.
    pub place: Option<u32>,
}

/// What to change of a video; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct VideoChange {
    /// What it is called.
    pub title: Option<Title>,
    /// The module that it is in, of the same course.
    pub module: Option<ModuleId>,
    /// Its place in the module, from 1; in another module at the end when absent.
    pub place: Option<u32>,
}

impl App {
    /// Adds a video to a module, from its bytes. What is no MP4 that every browser can play is refused before anything
    /// is visible; what breaks off leaves nothing.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn add_video(
        &self,
        by: &Cause,
        module: ModuleId,
        new: NewVideo,
        body: impl AsyncRead + Unpin,
    ) -> Result<VideoId, ContentsError> {
        self.check_place(module, new.place).await?;
        let (received, probe) = self.receive_video(body).await?;
        let (app, by) = (self.clone(), by.clone());
        to_its_end(async move {
            let (object, file) = app.publish_video(received, &probe).await?;
            let written = app.insert_video(&by, module, new, &file).await;
            app.remove_refused(&object.key, &written).await;
            written
        })
        .await
    }

    /// Gives a video other bytes, as a new object; its place and what customers have watched of it stay.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn replace_video(
        &self,
        by: &Cause,
        id: VideoId,
        body: impl AsyncRead + Unpin,
    ) -> Result<(), ContentsError> {
        self.find_shelved_video(id).await?;
        let (received, probe) = self.receive_video(body).await?;
        let (app, by) = (self.clone(), by.clone());
        to_its_end(async move {
            let (object, file) = app.publish_video(received, &probe).await?;
            let written = app.write_video_file(&by, id, &file).await;
            app.remove_refused(&object.key, &written).await;
            written
        })
        .await
    }

    /// Finds a video, whatever its state.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn find_shelved_video(&self, id: VideoId) -> Result<ShelvedVideo, ContentsError> {
        let mut reader = self.parts.db.reader().await?;
        let found = videos::find_on_shelf(&mut reader, id).await?;
        found.ok_or(ContentsError::NotFound)
    }

    /// Renames a video, or moves it to another place or module.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn change_video(
        &self,
        by: &Cause,
        id: VideoId,
        change: VideoChange,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = videos::find_on_shelf(&mut tx, id).await?;
        let video = found.ok_or(ContentsError::NotFound)?;
        let module = change.module.unwrap_or(video.module);
        let target = modules::find(&mut tx, module).await?;
        if target.is_none_or(|(_, course)| course != video.course) {
            return Err(ContentsError::NoSuchModule);
        }
        let there = videos::list_in_module(&mut tx, module).await?;
        let order = match change.place {
            None if module == video.module => there.clone(),
            place => places::put(&there, id, place)?,
        };
        let title = change
            .title
            .map_or_else(|| video.title.clone(), String::from);
        if order == there && title == video.title {
            return Ok(());
        }
        if title != video.title {
            videos::update_title(&mut tx, id, &title, now).await?;
        }
        if module != video.module {
            videos::update_module(&mut tx, id, module, 0, now).await?;
            let left = videos::list_in_module(&mut tx, video.module).await?;
            videos::update_orders(&mut tx, &left).await?;
        }
        videos::update_orders(&mut tx, &order).await?;
        courses::touch(&mut tx, video.course, now).await?;
        let before =
            json!({ "title": video.title, "module_id": video.module, "place": video.order });
        let after = json!({ "title": title, "module_id": module, "order": order });
        let content = ContentId::Course(video.course);
        let event = event("video.updated", id, content, Some(before), Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts all videos of a module in order. The list must name exactly those that are there.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn order_videos(
        &self,
        by: &Cause,
        module: ModuleId,
        order: &[VideoId],
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = modules::find(&mut tx, module).await?;
        let (_, course) = found.ok_or(ContentsError::NotFound)?;
        let there = videos::list_in_module(&mut tx, module).await?;
        places::check(&there, order)?;
        if there == order {
            return Ok(());
        }
        videos::update_orders(&mut tx, order).await?;
        courses::touch(&mut tx, course, now).await?;
        let (before, after) = (Some(json!(there)), Some(json!(order)));
        let content = ContentId::Course(course);
        let event = event("module.ordered", module, content, before, after);
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Refuses a module or place that is not there before the bytes are sent.
    async fn check_place(&self, module: ModuleId, place: Option<u32>) -> Result<(), ContentsError> {
        let mut reader = self.parts.db.reader().await?;
        let found = modules::find(&mut reader, module).await?;
        found.ok_or(ContentsError::NotFound)?;
        let there = videos::list_in_module(&mut reader, module).await?;
        // Any id stands for the one to come: none of those that are there is as old as this.
        let any = VideoId::from_parts(domain::Timestamp::default(), 0);
        places::put(&there, any, place).map(drop)
    }

    async fn publish_video(
        &self,
        received: Received,
        probe: &Probe,
    ) -> Result<(NewObject, VideoFile), ContentsError> {
        let published = self.publish_object(received, "videos", "v.mp4", video_metadata());
        let object = published.await?;
        let file = VideoFile {
            s3_key: object.key.to_string(),
            duration_ms: milliseconds(probe.duration_seconds),
            size_bytes: object.size_bytes(),
            checksum: object.stored.sha256.to_vec(),
        };
        Ok((object, file))
    }

    async fn insert_video(
        &self,
        by: &Cause,
        module: ModuleId,
        new: NewVideo,
        file: &VideoFile,
    ) -> Result<VideoId, ContentsError> {
        let now = self.now();
        let id = self.new_id(now, VideoId::from_parts);
        let mut tx = self.begin_change().await?;
        let found = modules::find(&mut tx, module).await?;
        let (_, course) = found.ok_or(ContentsError::NotFound)?;
        let there = videos::list_in_module(&mut tx, module).await?;
        let order = places::put(&there, id, new.place)?;
        videos::insert(&mut tx, id, module, new.title.as_str(), 0, file, now).await?;
        videos::update_orders(&mut tx, &order).await?;
        courses::touch(&mut tx, course, now).await?;
        let after = json!({
            "module_id": module, "title": new.title, "order": order, "size_bytes": file.size_bytes,
            "sha256": hex::encode(&file.checksum),
        });
        let content = ContentId::Course(course);
        let event = event("video.added", id, content, None, Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn write_video_file(
        &self,
        by: &Cause,
        id: VideoId,
        file: &VideoFile,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = videos::find_on_shelf(&mut tx, id).await?;
        let video = found.ok_or(ContentsError::NotFound)?;
        videos::update_file(&mut tx, id, file, now).await?;
        courses::touch(&mut tx, video.course, now).await?;
        let before = json!({ "size_bytes": video.size_bytes });
        let after = json!({ "size_bytes": file.size_bytes, "sha256": hex::encode(&file.checksum) });
        let content = ContentId::Course(video.course);
        let event = event("video.replaced", id, content, Some(before), Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }
}
