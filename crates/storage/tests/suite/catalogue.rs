//! Products, courses and files.

use domain::catalogue::Catalogue;
use domain::progress::Progress;
use domain::{ContentId, GrantId, ProductId, VideoId, Viewer};
use storage::grants::ManualGrant;
use storage::{bundles, courses, files, grants, modules, products, progress, videos};
use testkit::both_engines;

use crate::seed::{a_video_file, at, seed};

both_engines! {
    async fn a_bundle_is_loaded_with_everything_inside_it(db: Db) {
        let seed = seed(&db).await;
        let bundle = ProductId::from_parts(at(0), 50);
        let mut tx = db.begin().await.unwrap();
        let row = products::ProductRow { id: bundle, title: "Both".into(), access_days: Some(30) };
        products::insert(&mut tx, &row, at(0)).await.unwrap();
        bundles::insert(&mut tx, bundle, seed.product).await.unwrap();
        let mut catalogue = Catalogue::default();
        products::load_into(&mut tx, &mut catalogue, bundle).await.unwrap();
        let contents = [ContentId::Course(seed.course), ContentId::File(seed.file)];
        assert_eq!(catalogue.contents_of(bundle), contents.into());
        assert_eq!(catalogue.products[&bundle].access_days, Some(30));
        assert!(bundles::delete(&mut tx, bundle, seed.product).await.unwrap());
        assert!(!bundles::delete(&mut tx, bundle, seed.product).await.unwrap());
        assert!(products::update_access_days(&mut tx, bundle, None, at(1)).await.unwrap());
        products::mark_video_course(&mut tx, seed.product, at(1)).await.unwrap();
        assert_eq!(products::find(&mut tx, bundle).await.unwrap().unwrap().access_days, None);
    }

    async fn a_course_reads_back_in_its_order_and_its_revision_grows(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let second = VideoId::from_parts(at(0), 2);
        videos::insert(&mut tx, second, seed.module, "Again", 2, &a_video_file("videos/2/v.mp4"), at(1))
            .await
            .unwrap();
        videos::update_order(&mut tx, seed.video, 3).await.unwrap();
        modules::update_order(&mut tx, seed.module, 4).await.unwrap();
        videos::update_file(&mut tx, seed.video, &a_video_file("videos/3/v.mp4"), at(1)).await.unwrap();
        courses::update_cover(&mut tx, seed.course, "covers/1.jpg").await.unwrap();
        courses::touch(&mut tx, seed.course, at(2)).await.unwrap();
        tx.commit().await.unwrap();
        let mut reader = db.reader().await.unwrap();
        let course = courses::find_by_slug(&mut reader, "watercolour").await.unwrap().unwrap();
        assert_eq!((course.revision, course.cover_key.as_deref()), (2, Some("covers/1.jpg")));
        assert_eq!(courses::find(&mut reader, seed.course).await.unwrap().unwrap().id, course.id);
        let videos = videos::list(&mut reader, seed.course).await.unwrap();
        assert_eq!(videos.iter().map(|v| v.id).collect::<Vec<_>>(), [second, seed.video]);
        assert_eq!(modules::list(&mut reader, seed.course).await.unwrap()[0].order, 4);
        let (video, course) = videos::find(&mut reader, seed.video).await.unwrap().unwrap();
        assert_eq!((video.s3_key.as_str(), course), ("videos/3/v.mp4", seed.course));
    }

    async fn what_was_granted_is_listed_with_its_progress(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        for (number, content) in [(1, ContentId::Course(seed.course)), (2, ContentId::File(seed.file))] {
            let grant = ManualGrant {
                id: GrantId::from_parts(at(0), number),
                customer: seed.customer,
                content,
                term: domain::grant::Term { granted_at: at(0), expires_at: None, extended_until: None },
                granted_by: "tok_1".into(),
                note: None,
            };
            grants::insert_manual(&mut tx, &[grant]).await.unwrap();
        }
        let saved = Progress { position_ms: 9, position_at: at(3), completed_at: Some(at(4)) };
        assert!(progress::lock(&mut tx, seed.customer, seed.video).await.unwrap().is_none());
        progress::save(&mut tx, seed.customer, seed.video, &saved).await.unwrap();
        progress::save(&mut tx, seed.customer, seed.video, &saved).await.unwrap();
        assert_eq!(progress::lock(&mut tx, seed.customer, seed.video).await.unwrap(), Some(saved));
        tx.commit().await.unwrap();
        let mut reader = db.reader().await.unwrap();
        let viewer = Viewer::of(seed.customer);
        assert!(courses::list_by_id(&mut reader, &[]).await.unwrap().is_empty());
        assert_eq!(courses::list_by_id(&mut reader, &[seed.course]).await.unwrap().len(), 1);
        let lessons = videos::list_lessons(&mut reader, &viewer, &[seed.course]).await.unwrap();
        assert_eq!((lessons[0].title.as_str(), lessons[0].progress), ("Hello", Some(saved)));
        let on = progress::list_on_course(&mut reader, &viewer, seed.course).await.unwrap();
        assert_eq!(on[&seed.video], saved);
        assert_eq!(progress::find(&mut reader, &viewer, seed.video).await.unwrap(), Some(saved));
        let downloads = files::list_by_id(&mut reader, &[seed.file]).await.unwrap();
        assert_eq!(downloads[0].product_title, "Watercolour");
    }

    async fn a_file_can_get_another_content(db: Db) {
        let seed = seed(&db).await;
        let mut tx = db.begin().await.unwrap();
        let mut file = files::find(&mut tx, seed.file).await.unwrap().unwrap();
        file.stored.s3_key = "files/2/palette.pdf".into();
        files::update_stored(&mut tx, seed.file, &file.stored, at(1)).await.unwrap();
        let listed = files::list_of_product(&mut tx, seed.product).await.unwrap();
        assert_eq!(listed[0].stored.s3_key, "files/2/palette.pdf");
    }
}
