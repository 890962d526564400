//! Files of products: uploaded, replaced, renamed, put in order.

use domain::audit::Cause;
use domain::{ContentId, FileId, ProductId};
use objects::{Metadata, Received};
use serde_json::json;
use storage::files::{self, File, StoredFile};
use storage::{Tx, courses, products};
use tokio::io::AsyncRead;

use crate::App;
use crate::contents::uploading::{NewObject, to_its_end};
use crate::contents::{ContentsError, FileName, Title, event, media_type, places};

/// A file to add.
#[derive(Clone, Debug)]
pub struct NewFile {
    /// What it is called.
    pub title: Title,
    /// The name under which it is saved; it says what kind of file it is.
    pub name: FileName,
}

/// What to change of a file; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct FileChange {
    /// What it is called.
    pub title: Option<Title>,
    /// Its place among the product's files, from 1.
    pub place: Option<u32>,
}

impl App {
    /// Adds a draft of a file to a product, from its bytes. It is at once in the product for all who bought it, and
    /// opens once it is published. What breaks off leaves nothing.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn add_file(
        &self,
        by: &Cause,
        product: ProductId,
        new: NewFile,
        body: impl AsyncRead + Unpin,
    ) -> Result<FileId, ContentsError> {
        let mut reader = self.parts.db.reader().await?;
        let found = products::find(&mut reader, product).await?;
        drop(reader);
        found.ok_or(ContentsError::NotFound)?;
        let received = self.receive_file(&new.name, body).await?;
        let (app, by) = (self.clone(), by.clone());
        to_its_end(async move {
            let (object, stored) = app.publish_file(received, &new.name).await?;
            let written = app.insert_file(&by, product, new.title, stored).await;
            app.remove_refused(&object.key, &written).await;
            written
        })
        .await
    }

    /// Gives a file another content, as a new object.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn replace_file(
        &self,
        by: &Cause,
        id: FileId,
        name: &FileName,
        body: impl AsyncRead + Unpin,
    ) -> Result<(), ContentsError> {
        self.find_shelved_file(id).await?;
        let received = self.receive_file(name, body).await?;
        let (app, by, name) = (self.clone(), by.clone(), name.clone());
        to_its_end(async move {
            let (object, stored) = app.publish_file(received, &name).await?;
            let written = app.write_stored_file(&by, id, &stored).await;
            app.remove_refused(&object.key, &written).await;
            written
        })
        .await
    }

    /// Finds a file, published or not.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn find_shelved_file(&self, id: FileId) -> Result<File, ContentsError> {
        let mut reader = self.parts.db.reader().await?;
        let found = files::find(&mut reader, id).await?;
        found.ok_or(ContentsError::NotFound)
    }

    /// Lists all files of a product in their order.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn list_shelved_files(&self, product: ProductId) -> Result<Vec<File>, ContentsError> {
        let mut reader = self.parts.db.reader().await?;
        let found = products::find(&mut reader, product).await?;
        found.ok_or(ContentsError::NotFound)?;
        Ok(files::list_of_product(&mut reader, product).await?)
    }

    /// Renames a file, or moves it to another place.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn change_file(
        &self,
        by: &Cause,
        id: FileId,
        change: FileChange,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = files::find(&mut tx, id).await?;
        let file = found.ok_or(ContentsError::NotFound)?;
        let there = ids(&files::list_of_product(&mut tx, file.product).await?);
        let order = match change.place {
            Some(place) => places::put(&there, id, Some(place))?,
            None => there.clone(),
        };
        let title = change
            .title
            .map_or_else(|| file.title.clone(), String::from);
        if order == there && title == file.title {
            return Ok(());
        }
        files::update_title(&mut tx, id, &title, now).await?;
        files::update_orders(&mut tx, &order).await?;
        courses::touch_of_product(&mut tx, file.product, now).await?;
        let before = json!({ "title": file.title, "order": there });
        let after = json!({ "title": title, "order": order });
        let content = ContentId::File(id);
        let event = event("file.updated", id, content, Some(before), Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Puts all files of a product in order. The list must name exactly those that are there.
    ///
    /// # Errors
    /// See [`ContentsError`].
    pub async fn order_files(
        &self,
        by: &Cause,
        product: ProductId,
        order: &[FileId],
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        must_exist(&mut tx, product).await?;
        let there = ids(&files::list_of_product(&mut tx, product).await?);
        places::check(&there, order)?;
        if there == order {
            return Ok(());
        }
        files::update_orders(&mut tx, order).await?;
        courses::touch_of_product(&mut tx, product, now).await?;
        let event = domain::audit::Event {
            before: Some(json!(there)),
            after: Some(json!(order)),
            ..domain::audit::Event::of("product.files_ordered", product)
        };
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn publish_file(
        &self,
        received: Received,
        name: &FileName,
    ) -> Result<(NewObject, StoredFile), ContentsError> {
        let media_type = media_type(name.as_str().as_ref());
        let metadata = Metadata {
            content_type: media_type.clone(),
            download_name: Some(name.to_string()),
        };
        let published = self.publish_object(received, "files", "file", metadata);
        let object = published.await?;
        let stored = StoredFile {
            s3_key: object.key.to_string(),
            media_type,
            size_bytes: object.size_bytes(),
            checksum: object.stored.sha256.to_vec(),
        };
        Ok((object, stored))
    }

    async fn insert_file(
        &self,
        by: &Cause,
        product: ProductId,
        title: Title,
        stored: StoredFile,
    ) -> Result<FileId, ContentsError> {
        let now = self.now();
        let id = self.new_id(now, FileId::from_parts);
        let mut tx = self.begin_change().await?;
        must_exist(&mut tx, product).await?;
        let there = ids(&files::list_of_product(&mut tx, product).await?);
        let order = places::put(&there, id, None)?;
        let after = json!({
            "product_id": product, "title": title, "media_type": stored.media_type, "size_bytes": stored.size_bytes,
            "sha256": hex::encode(&stored.checksum),
        });
        let file = File {
            id,
            product,
            product_title: String::new(),
            title: title.into(),
            stored,
            published_at: None,
        };
        files::insert(&mut tx, &file, 0, now).await?;
        files::update_orders(&mut tx, &order).await?;
        courses::touch_of_product(&mut tx, product, now).await?;
        self.product_changed(&mut tx, product, now).await?;
        let content = ContentId::File(id);
        let event = event("file.added", id, content, None, Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(id)
    }

    async fn write_stored_file(
        &self,
        by: &Cause,
        id: FileId,
        stored: &StoredFile,
    ) -> Result<(), ContentsError> {
        let now = self.now();
        let mut tx = self.begin_change().await?;
        let found = files::find(&mut tx, id).await?;
        let file = found.ok_or(ContentsError::NotFound)?;
        files::update_stored(&mut tx, id, stored, now).await?;
        courses::touch_of_product(&mut tx, file.product, now).await?;
        let told = |stored: &StoredFile| {
            json!({
                "media_type": stored.media_type, "size_bytes": stored.size_bytes,
                "sha256": hex::encode(&stored.checksum),
            })
        };
        let (before, after) = (told(&file.stored), told(stored));
        let content = ContentId::File(id);
        let event = event("file.replaced", id, content, Some(before), Some(after));
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn must_exist(tx: &mut Tx, id: ProductId) -> Result<(), ContentsError> {
    let found = products::find(tx, id).await?;
    found.map(drop).ok_or(ContentsError::NotFound)
}

fn ids(files: &[File]) -> Vec<FileId> {
    files.iter().map(|file| file.id).collect()
}
