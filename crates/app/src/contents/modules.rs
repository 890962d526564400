//! Modules of courses: made, renamed, put in order.

use domain::audit::Cause;
use domain::{ContentId, CourseId, ModuleId};
use serde_json::json;
use storage::courses;
use storage::modules::{self, Module};
use storage::videos;

use crate::App;
use crate::contents::{ContentsError, ShelvedModule, Title, event, places};

/// What to change of a module; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ModuleChange {
    /// What it is called.
    pub title: Option<Title>,
    /// Its place in the course, from 1.
    pub place: Option<u32>,
}

impl App {
    /// Makes a module, at a place or at the end.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn create_module(
        &self,
        by: &Cause,
        course: CourseId,
        title: Title,
        place: Option<u32>,
    ) -> Result<ModuleId, ContentsError> {
        let now = self.now();
        let id = self.new_id(now, ModuleId::from_parts);
        let mut tx = self.begin_change().await?;
        let found = courses::find(&mut tx, course).await?;
        found.ok_or(ContentsError::NotFound)?;
        let there = ids(&modules::list(&mut tx, course).await?);
        let order = places::put(&there, id, place)?;
        let after = json!({ "title": title, "order": order });
        let module = Module {
            id,
            title: title.into(),
            order: 0,
        };
        modules::insert(&mut tx, course, &module).await?;
        modules::update_orders(&mut tx, &order).await?;
        courses::touch(&mut tx, course, now).await?;
        let content = ContentId::Course(course);
        let event = event("module.created", id, content, None, Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Finds a module with its videos, whatever their state, and its course.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn find_shelved_module(
        &self,
        id: ModuleId,
    ) -> Result<(CourseId, ShelvedModule), ContentsError> {
        let mut reader = self.parts.db.reader().await?;
        let found = modules::find(&mut reader, id).await?;
        let (module, course) = found.ok_or(ContentsError::NotFound)?;
        let mut videos = videos::list_on_shelf(&mut reader, course).await?;
        videos.retain(|video| video.module == id);
        Ok((course, ShelvedModule { module, videos }))
    }

    /// Renames a module, or moves it to another place.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn change_module(
        &self,
        by: &Cause,
        id: ModuleId,
        change: ModuleChange,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = modules::find(&mut tx, id).await?;
        let (module, course) = found.ok_or(ContentsError::NotFound)?;
        let there = ids(&modules::list(&mut tx, course).await?);
        let order = match change.place {
            Some(place) => places::put(&there, id, Some(place))?,
            None => there.clone(),
        };
        let title = change
            .title
            .map_or_else(|| module.title.clone(), String::from);
        if order == there && title == module.title {
            return Ok(());
        }
        modules::update_title(&mut tx, id, &title).await?;
        modules::update_orders(&mut tx, &order).await?;
        courses::touch(&mut tx, course, now).await?;
        let before = json!({ "title": module.title, "order": there });
        let after = json!({ "title": title, "order": order });
        let content = ContentId::Course(course);
        let event = event("module.updated", id, content, Some(before), Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts all modules of a course in order. The list must name exactly those that are there.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn order_modules(
        &self,
        by: &Cause,
        course: CourseId,
        order: &[ModuleId],
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = courses::find(&mut tx, course).await?;
        found.ok_or(ContentsError::NotFound)?;
        let there = ids(&modules::list(&mut tx, course).await?);
        places::check(&there, order)?;
        if there == order {
            return Ok(());
        }
        modules::update_orders(&mut tx, order).await?;
        courses::touch(&mut tx, course, now).await?;
        let (before, after) = (Some(json!(there)), Some(json!(order)));
        let content = ContentId::Course(course);
        let event = event("course.ordered", course, content, before, after);
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Moves all videos of a module behind those of another module of the same course.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn move_videos(
        &self,
        by: &Cause,
        from: ModuleId,
        to: ModuleId,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = modules::find(&mut tx, from).await?;
        let (_, course) = found.ok_or(ContentsError::NotFound)?;
        let target = modules::find(&mut tx, to).await?;
        if from == to || target.is_none_or(|(_, other)| other != course) {
            return Err(ContentsError::NoSuchModule);
        }
        let moving = videos::list_in_module(&mut tx, from).await?;
        if moving.is_empty() {
            return Ok(());
        }
        let mut order = videos::list_in_module(&mut tx, to).await?;
        for video in &moving {
            videos::update_module(&mut tx, *video, to, 0, now).await?;
        }
        order.extend(&moving);
        videos::update_orders(&mut tx, &order).await?;
        courses::touch(&mut tx, course, now).await?;
        let before = json!({ "module_id": from, "videos": moving });
        let after = json!({ "module_id": to, "order": order });
        let content = ContentId::Course(course);
        let event = event("module.emptied", from, content, Some(before), Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn ids(modules: &[Module]) -> Vec<ModuleId> {
    modules.iter().map(|module| module.id).collect()
}
