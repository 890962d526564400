//! Writing an imported course into the catalogue, in one transaction.

use domain::{CourseId, FileId, ModuleId, ProductId, Timestamp, VideoId};
use storage::courses::{self, Course};
use storage::files::{self, File, StoredFile};
use storage::modules::{self, Module};
use storage::products::{self, ProductRow};
use storage::videos::{self, VideoFile};
use storage::{StorageError, Tx};

use crate::App;
use crate::import::Imported;
use crate::import::storing::{Item, Stored, StoredModule};
use crate::worker::Job;

impl App {
    /// Writes the catalogue in one transaction; those who bought the product get what is new.
    pub(super) async fn shelve(
        &self,
        product: Option<ProductId>,
        known: Option<Course>,
        stored: Stored,
    ) -> Result<Imported, StorageError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let course = match known {
            Some(course) => course,
            None => self.insert_course(&mut tx, product, &stored, now).await?,
        };
        let mut imported = Imported {
            course: course.id,
            product: course.product,
            added: 0,
            replaced: 0,
            unchanged: 0,
        };
        self.shelve_modules(&mut tx, course.id, stored.modules, &mut imported, now)
            .await?;
        self.shelve_files(&mut tx, course.product, stored.files, &mut imported, now)
            .await?;
        if let Some(cover) = &stored.cover_key {
            courses::update_cover(&mut tx, course.id, cover).await?;
        }
        courses::touch(&mut tx, course.id, now).await?;
        products::mark_video_course(&mut tx, course.product, now).await?;
        self.enqueue(&mut tx, &Job::ReconcileProduct(course.product), now)
            .await?;
        tx.commit().await?;
        Ok(imported)
    }

    async fn insert_course(
        &self,
        tx: &mut Tx,
        product: Option<ProductId>,
        stored: &Stored,
        now: Timestamp,
    ) -> Result<Course, StorageError> {
        let product = match product {
            Some(product) => product,
            None => self.insert_product(tx, &stored.title, now).await?,
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
        Ok(course)
    }

    async fn insert_product(
        &self,
        tx: &mut Tx,
        title: &str,
        now: Timestamp,
    ) -> Result<ProductId, StorageError> {
        let id = self.new_id(now, ProductId::from_parts);
        let product = ProductRow {
            id,
            title: title.to_owned(),
            access_days: None,
        };
        products::insert(tx, &product, now).await?;
        Ok(id)
    }

    async fn shelve_modules(
        &self,
        tx: &mut Tx,
        course: CourseId,
        modules: Vec<StoredModule>,
        imported: &mut Imported,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let known = modules::list(tx, course).await?;
        for (place, StoredModule { title, videos }) in (1_i64..).zip(modules) {
            let twin = known
                .iter()
                .find(|module| module.title == title)
                .map(|module| module.id);
            let id = twin.unwrap_or_else(|| self.new_id(now, ModuleId::from_parts));
            if twin.is_some() {
                modules::update_order(tx, id, place).await?;
            } else {
                modules::insert(
                    tx,
                    course,
                    &Module {
                        id,
                        title,
                        order: place,
                    },
                )
                .await?;
            }
            for (place, (title, video)) in (1_i64..).zip(videos) {
                imported.count(&video);
                self.shelve_video(tx, id, &title, place, video, now).await?;
            }
        }
        Ok(())
    }

    async fn shelve_video(
        &self,
        tx: &mut Tx,
        module: ModuleId,
        title: &str,
        place: i64,
        video: Item<VideoId, VideoFile>,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        match video {
            Item::New(content) => {
                let id = self.new_id(now, VideoId::from_parts);
                videos::insert(tx, id, module, title, place, &content, now).await
            }
            Item::Changed(id, content) => {
                videos::update_file(tx, id, &content, now).await?;
                videos::update_order(tx, id, place).await
            }
            Item::Same(id) => videos::update_order(tx, id, place).await,
        }
    }

    async fn shelve_files(
        &self,
        tx: &mut Tx,
        product: ProductId,
        files: Vec<(String, Item<FileId, StoredFile>)>,
        imported: &mut Imported,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        for (place, (title, file)) in (1_i64..).zip(files) {
            imported.count(&file);
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
                }
                Item::Changed(id, stored) => files::update_stored(tx, id, &stored, now).await?,
                Item::Same(_) => {}
            }
        }
        Ok(())
    }
}

impl Imported {
    fn count<Id, Content>(&mut self, item: &Item<Id, Content>) {
        match item {
            Item::New(_) => self.added += 1,
            Item::Changed(..) => self.replaced += 1,
            Item::Same(_) => self.unchanged += 1,
        }
    }
}
