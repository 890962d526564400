//! What is deleted is out of the catalogue, and what a product has follows from what is in it.

use domain::catalogue::Catalogue;
use domain::{ContentId, CourseId, ModuleId, ProductId};
use sqlx::Row;
use storage::connection::Connection;
use storage::courses::Course;
use storage::modules::Module;
use storage::products::ProductRow;
use storage::{Access, Db, Tx, bundles, courses, files, modules, products, videos};
use testkit::both_engines;

use crate::seed::{Seed, at, seed};

/// Puts a product into the database that contains nothing.
async fn product(tx: &mut Tx, number: u128) -> ProductId {
    let id = ProductId::from_parts(at(0), number);
    let row = ProductRow {
        id,
        title: number.to_string(),
        access_days: None,
    };
    products::insert(tx, &row, at(0)).await.unwrap();
    id
}

async fn course(tx: &mut Tx, product: ProductId, number: u128) -> CourseId {
    let id = CourseId::from_parts(at(0), number);
    let course = Course {
        id,
        product,
        title: number.to_string(),
        description: String::new(),
        slug: number.to_string(),
        cover_key: None,
        published_at: None,
        revision: 1,
        created_at: at(0),
    };
    courses::insert(tx, &course).await.unwrap();
    id
}

/// Which of the products are marked as video courses.
async fn marked(tx: &mut Tx, ids: &[ProductId]) -> Vec<bool> {
    const ASK: &str = "SELECT is_video_course FROM products WHERE id = $1";
    let mut marks = Vec::new();
    for id in ids {
        marks.push(match tx.connection() {
            Connection::Sqlite(c) => {
                let row = sqlx::query(ASK).bind(id.to_string()).fetch_one(c).await;
                row.unwrap().get(0)
            }
            Connection::Postgres(c) => {
                let row = sqlx::query(ASK).bind(id.to_string()).fetch_one(c).await;
                row.unwrap().get(0)
            }
        });
    }
    marks
}

async fn contents(tx: &mut Tx, product: ProductId) -> Vec<ContentId> {
    let mut catalogue = Catalogue::default();
    products::load_into(tx, &mut catalogue, product)
        .await
        .unwrap();
    catalogue.contents_of(product).into_iter().collect()
}

async fn delete_product(tx: &mut Tx, id: ProductId) {
    const DELETE: &str = "UPDATE products SET deleted_at = 1 WHERE id = $1";
    match tx.connection() {
        Connection::Sqlite(c) => drop(
            sqlx::query(DELETE)
                .bind(id.to_string())
                .execute(c)
                .await
                .unwrap(),
        ),
        Connection::Postgres(c) => drop(
            sqlx::query(DELETE)
                .bind(id.to_string())
                .execute(c)
                .await
                .unwrap(),
        ),
    }
}

async fn begin(db: &Db) -> (Tx, Seed) {
    let seed = seed(db).await;
    (db.begin().await.unwrap(), seed)
}

both_engines! {
    async fn a_product_is_a_video_course_while_a_course_is_anywhere_in_it(db: Db) {
        let mut tx = db.begin().await.unwrap();
        // outer ⊃ inner ⊃ {a, b}; side ⊃ {b}
        let [outer, inner, side, a, b] = [1, 2, 3, 4, 5];
        let mut ids = Vec::new();
        for number in [outer, inner, side, a, b] {
            ids.push(product(&mut tx, number).await);
        }
        let [outer, inner, side, a, b] = ids[..] else { panic!() };
        for (bundle, part) in [(outer, inner), (inner, a), (inner, b), (side, b)] {
            bundles::insert(&mut tx, bundle, part).await.unwrap();
        }
        let of_a = course(&mut tx, a, 1).await;
        products::refresh_video_course(&mut tx, a).await.unwrap();
        assert_eq!(marked(&mut tx, &ids).await, [true, true, false, true, false], "a course in a");
        let of_b = course(&mut tx, b, 2).await;
        products::refresh_video_course(&mut tx, b).await.unwrap();
        assert_eq!(marked(&mut tx, &ids).await, [true; 5], "and one in b");
        courses::delete(&mut tx, of_a, at(1)).await.unwrap();
        products::refresh_video_course(&mut tx, a).await.unwrap();
        assert_eq!(marked(&mut tx, &ids).await, [true, true, true, false, true], "that of a is deleted");
        bundles::delete(&mut tx, inner, b).await.unwrap();
        products::refresh_video_course(&mut tx, inner).await.unwrap();
        assert_eq!(marked(&mut tx, &ids).await, [false, false, true, false, true], "b is taken out");
        let moved = Course { product: a, ..courses::find(&mut tx, of_b).await.unwrap().unwrap() };
        courses::update(&mut tx, &moved, at(2)).await.unwrap();
        for product in [a, b] {
            products::refresh_video_course(&mut tx, product).await.unwrap();
        }
        assert_eq!(marked(&mut tx, &ids).await, [true, true, false, true, false], "that of b moved to a");
        delete_product(&mut tx, a).await;
        products::refresh_video_course(&mut tx, inner).await.unwrap();
        assert_eq!(marked(&mut tx, &[outer, inner]).await, [false, false], "a is deleted");
    }

    async fn what_is_deleted_is_out_of_the_catalogue(db: Db) {
        let (mut tx, seed) = begin(&db).await;
        let bundle = product(&mut tx, 50).await;
        bundles::insert(&mut tx, bundle, seed.product).await.unwrap();
        let (course, file) = (ContentId::Course(seed.course), ContentId::File(seed.file));
        assert_eq!(contents(&mut tx, bundle).await, [course, file]);
        files::delete(&mut tx, seed.file, at(1)).await.unwrap();
        assert_eq!(contents(&mut tx, bundle).await, [course]);
        delete_product(&mut tx, seed.product).await;
        assert_eq!(contents(&mut tx, bundle).await, []);
        assert_eq!(contents(&mut tx, seed.product).await, []);
    }

    async fn a_deleted_course_takes_its_modules_and_videos_with_it(db: Db) {
        let (mut tx, seed) = begin(&db).await;
        courses::delete(&mut tx, seed.course, at(1)).await.unwrap();
        assert!(courses::find(&mut tx, seed.course).await.unwrap().is_none());
        assert!(courses::find_by_slug(&mut tx, "watercolour").await.unwrap().is_none());
        assert!(courses::list(&mut tx, None, None, 9).await.unwrap().is_empty());
        assert!(modules::find(&mut tx, seed.module).await.unwrap().is_none());
        assert!(modules::list(&mut tx, seed.course).await.unwrap().is_empty());
        assert!(videos::find(&mut tx, seed.video).await.unwrap().is_none());
        assert!(videos::find_on_shelf(&mut tx, seed.video).await.unwrap().is_none());
        assert!(videos::list_on_shelf(&mut tx, seed.course).await.unwrap().is_empty());
        assert_eq!(contents(&mut tx, seed.product).await, [ContentId::File(seed.file)]);
    }

    async fn modules_and_videos_keep_the_places_that_they_are_given(db: Db) {
        let (mut tx, seed) = begin(&db).await;
        let second = Module { id: ModuleId::from_parts(at(0), 2), title: "Washes".into(), order: 0 };
        modules::insert(&mut tx, seed.course, &second).await.unwrap();
        modules::update_orders(&mut tx, &[seed.module, second.id]).await.unwrap();
        videos::update_module(&mut tx, seed.video, second.id, 1, at(1)).await.unwrap();
        videos::update_title(&mut tx, seed.video, "Graded", at(1)).await.unwrap();
        modules::update_title(&mut tx, second.id, "Light").await.unwrap();
        let listed = modules::list(&mut tx, seed.course).await.unwrap();
        let listed: Vec<_> = listed.iter().map(|module| (module.title.as_str(), module.order)).collect();
        assert_eq!(listed, [("Welcome", 1), ("Light", 2)]);
        let video = videos::find_on_shelf(&mut tx, seed.video).await.unwrap().unwrap();
        assert_eq!((video.module, video.course, video.title.as_str()), (second.id, seed.course, "Graded"));
        assert!(videos::list_in_module(&mut tx, seed.module).await.unwrap().is_empty());
        modules::delete(&mut tx, second.id, at(2)).await.unwrap();
        assert!(videos::find(&mut tx, seed.video).await.unwrap().is_none());
        assert_eq!(modules::list(&mut tx, seed.course).await.unwrap().len(), 1);
    }

    async fn a_change_gives_a_course_another_revision(db: Db) {
        let (mut tx, seed) = begin(&db).await;
        let course = courses::find(&mut tx, seed.course).await.unwrap().unwrap();
        courses::update(&mut tx, &course, at(1)).await.unwrap();
        courses::update_publication(&mut tx, seed.course, None, at(2)).await.unwrap();
        courses::touch_of_product(&mut tx, seed.product, at(3)).await.unwrap();
        files::update_title(&mut tx, seed.file, "Colours", at(4)).await.unwrap();
        files::update_publication(&mut tx, seed.file, None, at(4)).await.unwrap();
        let changed = courses::find(&mut tx, seed.course).await.unwrap().unwrap();
        assert_eq!((changed.revision, changed.published_at), (course.revision + 3, None));
        let file = files::find(&mut tx, seed.file).await.unwrap().unwrap();
        assert_eq!((file.title.as_str(), file.published_at), ("Colours", None));
    }
}
