//! What it does to people when something is taken away: said first, and named by whoever goes on.

use domain::{ContentId, CourseId, FileId, ModuleId, Timestamp, VideoId};
use storage::{Access, courses, effects, files, modules, videos};

use crate::App;
use crate::contents::ContentsError;

/// What can be deleted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Removable {
    /// A course with its modules and videos.
    Course(CourseId),
    /// A module with its videos.
    Module(ModuleId),
    /// A video.
    Video(VideoId),
    /// A file.
    File(FileId),
}

impl From<ContentId> for Removable {
    fn from(content: ContentId) -> Self {
        match content {
            ContentId::Course(id) => Self::Course(id),
            ContentId::File(id) => Self::File(id),
        }
    }
}

/// Whom it touches when something is taken away.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Effects {
    /// The customers who can open it now, and then can not.
    pub customers_with_access: i64,
    /// The customers who have watched something of it. What they have watched stays written down.
    pub customers_with_progress: i64,
    /// The videos that go with it.
    pub videos: i64,
}

/// What somebody says that she has seen of the effects. What has changed since is said again.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Confirmation {
    /// How many customers can open it; must be said.
    pub customers_with_access: Option<i64>,
    /// How many videos go with it; must be said of a module that has any.
    pub videos: Option<i64>,
}

impl From<Effects> for Confirmation {
    fn from(effects: Effects) -> Self {
        Self {
            customers_with_access: Some(effects.customers_with_access),
            videos: Some(effects.videos),
        }
    }
}

impl Effects {
    /// Lets through who has seen whom it touches.
    pub(super) fn check(self, seen: &Confirmation) -> Result<(), ContentsError> {
        if seen.customers_with_access == Some(self.customers_with_access)
            && seen.videos.is_none_or(|videos| videos == self.videos)
        {
            Ok(())
        } else {
            Err(ContentsError::ConfirmationNeeded(self))
        }
    }
}

impl App {
    /// Tells whom it touches when this is taken away: deleted, or unpublished.
    ///
    /// # Errors
    /// There is no such thing, or the database failed.
    pub async fn list_effects(&self, of: Removable) -> Result<Effects, ContentsError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        effects_of(&mut reader, of, now).await
    }
}

/// Counts whom it touches when this is taken away.
pub(super) async fn effects_of(
    access: &mut impl Access,
    of: Removable,
    now: Timestamp,
) -> Result<Effects, ContentsError> {
    match of {
        Removable::Course(id) => {
            must_exist(courses::find(access, id).await?)?;
            Ok(Effects {
                customers_with_access: effects::count_on_course(access, id, now).await?,
                customers_with_progress: effects::count_learners_of_course(access, id).await?,
                videos: count(&videos::list_on_shelf(access, id).await?),
            })
        }
        Removable::Module(id) => {
            let (_, course) = must_exist(modules::find(access, id).await?)?;
            Ok(Effects {
                customers_with_access: effects::count_on_course(access, course, now).await?,
                customers_with_progress: effects::count_learners_of_module(access, id).await?,
                videos: count(&videos::list_in_module(access, id).await?),
            })
        }
        Removable::Video(id) => {
            let video = must_exist(videos::find_on_shelf(access, id).await?)?;
            Ok(Effects {
                customers_with_access: effects::count_on_course(access, video.course, now).await?,
                customers_with_progress: effects::count_learners_of_video(access, id).await?,
                videos: 1,
            })
        }
        Removable::File(id) => {
            must_exist(files::find(access, id).await?)?;
            Ok(Effects {
                customers_with_access: effects::count_on_file(access, id, now).await?,
                customers_with_progress: 0,
                videos: 0,
            })
        }
    }
}

fn must_exist<T>(found: Option<T>) -> Result<T, ContentsError> {
    found.ok_or(ContentsError::NotFound)
}

fn count<T>(list: &[T]) -> i64 {
    i64::try_from(list.len()).unwrap_or(i64::MAX)
}
