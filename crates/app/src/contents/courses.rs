//! Courses: made, listed, shown and changed.

use domain::audit::Cause;
use domain::{ContentId, CourseId, ProductId};
use serde_json::{Map, Value, json};
use storage::courses::{self, Course};
use storage::modules::{self, Module};
use storage::videos::{self, ShelvedVideo};
use storage::{StorageError, Tx, products};

use crate::App;
use crate::contents::effects::{Confirmation, Removable, effects_of};
use crate::contents::{ContentsError, Description, Slug, Title, event};

/// A course to make: a draft without modules.
#[derive(Clone, Debug)]
pub struct NewCourse {
    /// The product that it belongs to.
    pub product: ProductId,
    /// What it is called.
    pub title: Title,
    /// What it is about.
    pub description: Option<Description>,
    /// Its name in addresses; made of the title when absent.
    pub slug: Option<Slug>,
}

/// What to change of a course; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct CourseChange {
    /// What it is called.
    pub title: Option<Title>,
    /// What it is about.
    pub description: Option<Description>,
    /// Its name in addresses.
    pub slug: Option<Slug>,
    /// The product that it belongs to. Another one changes who has it.
    pub product: Option<ProductId>,
}

/// A course as those who fill the shelves see it.
#[derive(Clone, Debug)]
pub struct ShelvedCourse {
    /// The course.
    pub course: Course,
    /// Its modules in their order.
    pub modules: Vec<ShelvedModule>,
}

/// A module with all of its videos.
#[derive(Clone, Debug)]
pub struct ShelvedModule {
    /// The module.
    pub module: Module,
    /// Its videos in their order.
    pub videos: Vec<ShelvedVideo>,
}

impl App {
    /// Makes a draft of a course. It is at once in the product for all who bought it, and opens once it is published.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn create_course(
        &self,
        by: &Cause,
        new: NewCourse,
    ) -> Result<CourseId, ContentsError> {
        let now = self.now();
        let id = self.new_id(now, CourseId::from_parts);
        let mut tx = self.begin_change().await?;
        must_have(&mut tx, new.product).await?;
        let slug = match new.slug {
            Some(slug) => slug,
            None => free_slug(&mut tx, &new.title).await?,
        };
        let after = json!({ "product_id": new.product, "title": new.title, "slug": slug });
        let course = Course {
            id,
            product: new.product,
            title: new.title.into(),
            description: new.description.map(String::from).unwrap_or_default(),
            slug: slug.into(),
            cover_key: None,
            published_at: None,
            revision: 1,
            created_at: now,
        };
        courses::insert(&mut tx, &course)
            .await
            .map_err(slug_taken)?;
        self.product_changed(&mut tx, course.product, now).await?;
        let content = ContentId::Course(id);
        let event = event("course.created", id, content, None, Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Lists courses by age, drafts too, those after `after` first; of one product when it is named.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_shelved_courses(
        &self,
        product: Option<ProductId>,
        after: Option<CourseId>,
        limit: i64,
    ) -> Result<Vec<Course>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        courses::list(&mut reader, product, after, limit).await
    }

    /// Finds a course with its modules and videos, whatever their state.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn find_shelved_course(&self, id: CourseId) -> Result<ShelvedCourse, ContentsError> {
        let mut reader = self.parts.db.reader().await?;
        let found = courses::find(&mut reader, id).await?;
        let course = found.ok_or(ContentsError::NotFound)?;
        let mut videos = videos::list_on_shelf(&mut reader, id).await?;
        let modules = modules::list(&mut reader, id).await?;
        let modules = modules.into_iter().map(|module| ShelvedModule {
            videos: videos
                .extract_if(.., |video| video.module == module.id)
                .collect(),
            module,
        });
        let modules = modules.collect();
        Ok(ShelvedCourse { course, modules })
    }

    /// Changes a course. When it moves to another product, those who bought that one get it and the others lose it
    /// within moments, and `seen` must say whom it touches.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn change_course(
        &self,
        by: &Cause,
        id: CourseId,
        change: CourseChange,
        seen: &Confirmation,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = courses::find(&mut tx, id).await?;
        let before = found.ok_or(ContentsError::NotFound)?;
        let after = changed(&before, change);
        if after.product != before.product {
            must_have(&mut tx, after.product).await?;
            let effects = effects_of(&mut tx, Removable::Course(id), now).await?;
            effects.check(seen)?;
        }
        let (was, is) = differences(&before, &after);
        if is.is_empty() {
            return Ok(());
        }
        let written = courses::update(&mut tx, &after, now).await;
        written.map_err(slug_taken)?;
        if after.product != before.product {
            self.product_changed(&mut tx, before.product, now).await?;
            self.product_changed(&mut tx, after.product, now).await?;
        }
        let content = ContentId::Course(id);
        let (was, is) = (Some(Value::Object(was)), Some(Value::Object(is)));
        let event = event("course.updated", id, content, was, is);
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn changed(before: &Course, change: CourseChange) -> Course {
    Course {
        product: change.product.unwrap_or(before.product),
        title: change
            .title
            .map_or_else(|| before.title.clone(), String::from),
        description: change
            .description
            .map_or_else(|| before.description.clone(), String::from),
        slug: change
            .slug
            .map_or_else(|| before.slug.clone(), String::from),
        ..before.clone()
    }
}

/// Returns what differs, before and after.
fn differences(before: &Course, after: &Course) -> (Map<String, Value>, Map<String, Value>) {
    let fields = |course: &Course| {
        [
            ("product_id", json!(course.product)),
            ("title", json!(course.title)),
            ("description", json!(course.description)),
            ("slug", json!(course.slug)),
        ]
    };
    let pairs = fields(before).into_iter().zip(fields(after));
    let changed = pairs.filter(|((_, was), (_, is))| was != is);
    changed
        .map(|((name, was), (_, is))| ((name.to_owned(), was), (name.to_owned(), is)))
        .unzip()
}

/// Finds a slug of the title that no course has.
async fn free_slug(tx: &mut Tx, title: &Title) -> Result<Slug, StorageError> {
    let plain = Slug::from_title(title.as_str());
    let (mut slug, mut number) = (plain.clone(), 1_u32);
    while courses::find_by_slug(tx, slug.as_str()).await?.is_some() {
        number = number.saturating_add(1);
        slug = plain.with_number(number);
    }
    Ok(slug)
}

fn slug_taken(error: StorageError) -> ContentsError {
    match error {
        StorageError::AlreadyExists => ContentsError::SlugTaken,
        other => other.into(),
    }
}

async fn must_have(tx: &mut Tx, product: ProductId) -> Result<(), ContentsError> {
    let found = products::find(tx, product).await?;
    found.map(drop).ok_or(ContentsError::NoSuchProduct)
}
