//! Writing an imported course into the catalogue, in one transaction.

use domain::audit::{Cause, Event};
use domain::{ContentId, CourseId, FileId, ModuleId, ProductId, Timestamp, VideoId};
use serde_json::json;
use storage::courses::{self, Course};
use storage::files::{self, File, StoredFile};
use storage::modules::{self, Module};
use storage::products::{self, ProductRow};
use storage::videos::{self, VideoFile};
use storage::{StorageError, Tx};

use crate::App;
use crate::import::storing::{Item, Stored, StoredModule};
use crate::import::{ImportError, Imported, find_target};
use crate::worker::Job;

/// What was written so far.
struct Shelved {
    now: Timestamp,
    imported: Imported,
    events: Vec<Event>,
}

impl App {
    /// Writes the catalogue in one transaction; those who bought the product get what is new. `known` is the course as it
    /// was when its files began to be stored, which may be hours ago.
    pub(super) async fn shelve(
        &self,
        by: &Cause,
        product: Option<ProductId>,
        known: Option<&Course>,
        stored: Stored,
    ) -> Result<Imported, ImportError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let present = find_target(&mut tx, &stored.slug, product).await?;
        let place = |course: &Course| (course.id, course.product);
        if present.as_ref().map(place) != known.map(place) {
            return Err(ImportError::Overtaken);
        }
        let mut events = Vec::new();
        let course = match present {
            Some(course) => course,
            None => {
                self.insert_course(&mut tx, product, &stored, &mut events, now)
                    .await?
            }
        };
        let imported = Imported {
            course: course.id,
            product: course.product,
            added: 0,
            replaced: 0,
            unchanged: 0,
        };
        let mut shelved = Shelved {
            now,
            imported,
            events,
        };
        self.shelve_modules(&mut tx, stored.modules, &mut shelved)
            .await?;
        self.shelve_files(&mut tx, stored.files, &mut shelved)
            .await?;
        if let Some(cover) = &stored.cover_key {
            courses::update_cover(&mut tx, course.id, cover).await?;
            shelved.events.push(Event {
                content: Some(ContentId::Course(course.id)),
                before: Some(json!({ "has_cover": course.cover_key.is_some() })),
                after: Some(json!({ "has_cover": true })),
                ..Event::of("course.updated", course.id)
            });
        }
        // Each course of the product shows its files.
        courses::touch_of_product(&mut tx, course.product, now).await?;
        products::refresh_video_course(&mut tx, course.product).await?;
        self.enqueue(&mut tx, &Job::ReconcileProduct(course.product), now)
            .await?;
        let Shelved {
            imported,
            mut events,
            ..
        } = shelved;
        events.push(imported.event());
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(imported)
    }

    async fn insert_course(
        &self,
        tx: &mut Tx,
        product: Option<ProductId>,
        stored: &Stored,
        events: &mut Vec<Event>,
        now: Timestamp,
    ) -> Result<Course, StorageError> {
        let product = match product {
            Some(product) => product,
            None => self.insert_product(tx, &stored.title, events, now).await?,
        };
        let course = Course {
            id: self.new_id(now, CourseId::from_parts),
            product,
            title: stored.title.clone(),
            description: stored.description.clone(),
            slug: stored.slug.clone(),
            cover_key: None,
            published_at: Some(now),
            revision: 1,
            created_at: now,
        };
        courses::insert(tx, &course).await?;
        events.push(Event {
            content: Some(ContentId::Course(course.id)),
            after: Some(json!({ "product_id": product, "title": course.title, "slug": course.slug, "published_at": now.to_string() })),
            ..Event::of("course.created", course.id)
        });
        Ok(course)
    }

    async fn insert_product(
        &self,
        tx: &mut Tx,
        title: &str,
        events: &mut Vec<Event>,
        now: Timestamp,
    ) -> Result<ProductId, StorageError> {
        let id = self.new_id(now, ProductId::from_parts);
        let product = ProductRow {
            id,
            title: title.to_owned(),
            access_days: None,
        };
        products::insert(tx, &product, now).await?;
        events.push(Event {
            after: Some(json!({ "title": title, "access_days": null })),
            ..Event::of("product.created", id)
        });
        Ok(id)
    }

    async fn shelve_modules(
        &self,
        tx: &mut Tx,
        modules: Vec<StoredModule>,
        shelved: &mut Shelved,
    ) -> Result<(), StorageError> {
        let course = shelved.imported.course;
        let known = modules::list(tx, course).await?;
        for (place, StoredModule { title, videos }) in (1_i64..).zip(modules) {
            let twin = known
                .iter()
                .find(|module| module.title == title)
                .map(|module| module.id);
            let id = twin.unwrap_or_else(|| self.new_id(shelved.now, ModuleId::from_parts));
            if twin.is_some() {
                modules::update_order(tx, id, place).await?;
            } else {
                let order = place;
                let module = Module { id, title, order };
                modules::insert(tx, course, &module).await?;
                shelved.events.push(Event {
                    content: Some(ContentId::Course(course)),
                    after: Some(
                        json!({ "course_id": course, "title": module.title, "order": order }),
                    ),
                    ..Event::of("module.created", id)
                });
            }
            for (place, (title, video)) in (1_i64..).zip(videos) {
                shelved.imported.count(&video);
                self.shelve_video(tx, id, (place, &title), video, shelved)
                    .await?;
            }
        }
        Ok(())
    }

    async fn shelve_video(
        &self,
        tx: &mut Tx,
        module: ModuleId,
        (place, title): (i64, &str),
        video: Item<VideoId, VideoFile>,
        shelved: &mut Shelved,
    ) -> Result<(), StorageError> {
        let now = shelved.now;
        let course = Some(ContentId::Course(shelved.imported.course));
        match video {
            Item::New(content) => {
                let id = self.new_id(now, VideoId::from_parts);
                shelved.events.push(Event {
                    content: course,
                    after: Some(json!({ "module_id": module, "title": title, "order": place, "sha256": hex::encode(&content.checksum) })),
                    ..Event::of("video.created", id)
                });
                videos::insert(tx, id, module, title, place, &content, now).await
            }
            Item::Changed(id, content) => {
                shelved.events.push(Event {
                    content: course,
                    after: Some(json!({ "sha256": hex::encode(&content.checksum) })),
                    ..Event::of("video.updated", id)
                });
                videos::update_file(tx, id, &content, now).await?;
                videos::update_order(tx, id, place).await
            }
            Item::Same(id) => videos::update_order(tx, id, place).await,
        }
    }

    async fn shelve_files(
        &self,
        tx: &mut Tx,
        files: Vec<(String, Item<FileId, StoredFile>)>,
        shelved: &mut Shelved,
    ) -> Result<(), StorageError> {
        let (product, now) = (shelved.imported.product, shelved.now);
        for (place, (title, file)) in (1_i64..).zip(files) {
            shelved.imported.count(&file);
            match file {
                Item::New(stored) => {
                    let id = self.new_id(now, FileId::from_parts);
                    let product_title = String::new();
                    let published_at = Some(now);
                    let file = File {
                        id,
                        product,
                        product_title,
                        title,
                        stored,
                        published_at,
                    };
                    files::insert(tx, &file, place, now).await?;
                    shelved.events.push(Event {
                        content: Some(ContentId::File(id)),
                        after: Some(json!({ "product_id": product, "title": file.title, "order": place, "sha256": hex::encode(&file.stored.checksum) })),
                        ..Event::of("file.created", id)
                    });
                }
                Item::Changed(id, stored) => {
                    files::update_stored(tx, id, &stored, now).await?;
                    shelved.events.push(Event {
                        content: Some(ContentId::File(id)),
                        after: Some(json!({ "sha256": hex::encode(&stored.checksum) })),
                        ..Event::of("file.updated", id)
                    });
                }
                Item::Same(_) => {}
            }
        }
        Ok(())
    }
}

impl Imported {
    /// Says that an import came to its end: what it set in another order has no event of its own.
    fn event(&self) -> Event {
        let after =
            json!({ "added": self.added, "replaced": self.replaced, "unchanged": self.unchanged });
        Event {
            content: Some(ContentId::Course(self.course)),
            after: Some(after),
            ..Event::of("course.imported", self.course)
        }
    }

    fn count<Id, Content>(&mut self, item: &Item<Id, Content>) {
        match item {
            Item::New(_) => self.added += 1,
            Item::Changed(..) => self.replaced += 1,
            Item::Same(_) => self.unchanged += 1,
        }
    }
}
