//! What is on the shelves before a history begins, written straight into the database.

use domain::{
    ContentId, CourseId, FileId, ModuleId, ProductId, StoreId, StoreItemId, Timestamp, VideoId,
};
use storage::courses::Course;
use storage::files::{File, StoredFile};
use storage::modules::Module;
use storage::products::ProductRow;
use storage::videos::VideoFile;
use storage::{Tx, bundles, courses, files, modules, products, store_items, videos};

use crate::doors::store_item;
use crate::facts::{ITEMS, World};

/// The products and contents of a history, by their numbers.
pub(crate) struct Shelves {
    pub(crate) products: Vec<ProductId>,
    pub(crate) contents: Vec<ContentId>,
}

/// Fills the shelves of the history of that number in the database.
pub(crate) async fn fill(
    tx: &mut Tx,
    history: u64,
    world: &World,
    stores: &[StoreId],
    now: Timestamp,
) -> Shelves {
    let numbered = |number: usize| u128::from(history) * 1_000 + u128::try_from(number).unwrap();
    let mut shelves = Shelves {
        products: Vec::new(),
        contents: Vec::new(),
    };
    for (number, days) in world.access_days.iter().enumerate() {
        let product = ProductRow {
            id: ProductId::from_parts(now, numbered(number)),
            title: format!("Product {number}"),
            access_days: *days,
        };
        products::insert(tx, &product, now).await.unwrap();
        shelves.products.push(product.id);
    }
    for (number, home) in world.homes.iter().enumerate() {
        let home = shelves.products[*home];
        let published_at = world.is_published[number].then_some(now);
        let content = insert_content(tx, number, numbered(number), home, published_at, now);
        shelves.contents.push(content.await);
    }
    for (bundle, part) in &world.bundled {
        let (bundle, part) = (shelves.products[*bundle], shelves.products[*part]);
        bundles::insert(tx, bundle, part).await.unwrap();
    }
    for (place, (store, item, product)) in world.mapped.iter().enumerate() {
        let id = StoreItemId::from_parts(now, numbered(place));
        let item = store_item(ITEMS[*item].mapped_by);
        let id = store_items::insert(tx, id, stores[*store], &item, "", now).await;
        let product = shelves.products[*product];
        store_items::map(tx, id.unwrap(), product, now)
            .await
            .unwrap();
    }
    shelves
}

/// Courses have even numbers, files odd ones.
async fn insert_content(
    tx: &mut Tx,
    number: usize,
    unique: u128,
    product: ProductId,
    published_at: Option<Timestamp>,
    now: Timestamp,
) -> ContentId {
    if number % 2 == 1 {
        let id = FileId::from_parts(now, unique);
        let file = File {
            id,
            product,
            product_title: String::new(),
            title: format!("File {number}"),
            stored: StoredFile {
                s3_key: format!("files/{unique}/notes.pdf"),
                media_type: "application/pdf".into(),
                size_bytes: 48_213,
                checksum: vec![8; 32],
            },
            published_at,
        };
        files::insert(tx, &file, 1, now).await.unwrap();
        return ContentId::File(id);
    }
    let id = CourseId::from_parts(now, unique);
    let course = Course {
        id,
        product,
        title: format!("Course {number}"),
        description: String::new(),
        slug: format!("course-{unique}"),
        cover_key: None,
        published_at,
        revision: 1,
        created_at: now,
    };
    courses::insert(tx, &course).await.unwrap();
    let module = Module {
        id: ModuleId::from_parts(now, unique),
        title: "Welcome".into(),
        order: 1,
    };
    modules::insert(tx, id, &module).await.unwrap();
    let video = VideoId::from_parts(now, unique);
    let stored = VideoFile {
        s3_key: format!("videos/{unique}/v.mp4"),
        duration_ms: 60_000,
        size_bytes: 1_000,
        checksum: vec![7; 32],
    };
    videos::insert(tx, video, module.id, "Lesson", 1, &stored, now)
        .await
        .unwrap();
    ContentId::Course(id)
}
