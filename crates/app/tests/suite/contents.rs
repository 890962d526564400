//! Courses, modules and files on the shelves, and what those who bought see of it.

use app::contents::{
    Confirmation, ContentsError, CourseChange, FileChange, ModuleChange, NewCourse, VideoChange,
};
use domain::{ContentId, CourseId, ModuleId, ProductId, VideoId};
use testkit::{BY, TestShop, both_engines};

use crate::seen::{customer, reasons, sees};

const ADA: &str = "ada@example.com";

pub(crate) fn new_course(product: ProductId, title: &str) -> NewCourse {
    NewCourse {
        product,
        title: title.parse().unwrap(),
        description: None,
        slug: None,
    }
}

pub(crate) fn seen(customers: i64) -> Confirmation {
    Confirmation {
        customers_with_access: Some(customers),
        videos: None,
    }
}

/// Her course as it opens: the modules with their videos, by title.
async fn opened(shop: &TestShop, course: CourseId) -> Vec<(String, Vec<String>)> {
    let ada = customer(shop, ADA).await;
    let opened = shop.app.open_course(ada, course).await.unwrap();
    let modules = opened.linked.modules.iter().map(|module| {
        let videos = module.videos.iter().map(|video| video.title.clone());
        (module.title.clone(), videos.collect())
    });
    modules.collect()
}

fn shelf(modules: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |text: &&str| (*text).to_owned();
    let modules = modules.iter();
    modules
        .map(|(title, videos)| (owned(title), videos.iter().map(owned).collect()))
        .collect()
}

async fn only_module(shop: &TestShop, course: CourseId) -> ModuleId {
    let shelved = shop.app.find_shelved_course(course).await.unwrap();
    shelved.modules[0].module.id
}

both_engines! {
    async fn a_course_that_is_added_reaches_those_who_bought_once_it_is_published(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let oils = shop.app.create_course(&BY, new_course(water.product, "Oils")).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, oils).await, [None]);
        assert!(!sees(&shop, ADA, oils).await, "a draft is closed");
        shop.app.publish(&BY, ContentId::Course(oils)).await.unwrap();
        assert!(sees(&shop, ADA, oils).await);
        let nowhere = ProductId::from_parts(testkit::shop::OPENING, 999);
        let refused = shop.app.create_course(&BY, new_course(nowhere, "Oils")).await;
        assert!(matches!(refused, Err(ContentsError::NoSuchProduct)));
    }

    async fn a_course_that_moves_to_another_product_changes_who_has_it(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        let oils = shop.sell_course("OILS", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        shop.tell(&shop.paid_order("2", "bob@example.com", &["OILS"])).await;
        let change = CourseChange { product: Some(oils.product), ..CourseChange::default() };
        for unseen in [Confirmation::default(), seen(0), seen(2)] {
            let moved = shop.app.change_course(&BY, water.course, change.clone(), &unseen).await;
            let Err(ContentsError::ConfirmationNeeded(effects)) = moved else { panic!("{moved:?}") };
            assert_eq!(effects.customers_with_access, 1);
        }
        assert!(sees(&shop, ADA, water.course).await);
        shop.app.change_course(&BY, water.course, change, &seen(1)).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, water.course).await, [Some("content_removed")]);
        assert!(!sees(&shop, ADA, water.course).await);
        assert!(sees(&shop, "bob@example.com", water.course).await);
        let back = CourseChange { product: Some(water.product), ..CourseChange::default() };
        shop.app.change_course(&BY, water.course, back, &seen(1)).await.unwrap();
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, water.course).await, [None], "it is the same grant");
    }

    async fn unpublishing_closes_and_publishing_opens_again_without_touching_grants(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 1).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let downloads = async || shop.app.list_downloads(ada).await.unwrap().len();
        let in_course = async || shop.app.open_course(ada, water.course).await.unwrap().open_files.len();
        assert_eq!((downloads().await, in_course().await), (1, 1));
        let file = ContentId::File(water.file);
        shop.app.unpublish(&BY, file, &seen(1)).await.unwrap();
        assert_eq!((downloads().await, in_course().await), (0, 0));
        shop.app.publish(&BY, file).await.unwrap();
        assert_eq!((downloads().await, in_course().await), (1, 1));

        let course = ContentId::Course(water.course);
        let unseen = shop.app.unpublish(&BY, course, &seen(0)).await;
        assert!(matches!(unseen, Err(ContentsError::ConfirmationNeeded(_))));
        shop.app.unpublish(&BY, course, &seen(1)).await.unwrap();
        shop.app.unpublish(&BY, course, &seen(0)).await.unwrap();
        assert!(!sees(&shop, ADA, water.course).await);
        assert!(shop.app.open_video(ada, water.videos[0]).await.is_err());
        shop.app.work_until_idle().await.unwrap();
        assert_eq!(reasons(&shop, ADA, water.course).await, [None]);
        shop.app.publish(&BY, course).await.unwrap();
        assert!(sees(&shop, ADA, water.course).await);
    }

    async fn what_changes_in_a_course_is_seen_at_once(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 2).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let welcome = only_module(&shop, water.course).await;
        let title = |text: &str| text.parse().unwrap();
        assert_eq!(opened(&shop, water.course).await, shelf(&[("Welcome", &["Lesson 1", "Lesson 2"])]));
        let washes = shop.app.create_module(&BY, water.course, title("Washes"), None).await.unwrap();
        let first = shop.app.create_module(&BY, water.course, title("Paper"), Some(1)).await.unwrap();
        let there = shelf(&[("Paper", &[]), ("Welcome", &["Lesson 1", "Lesson 2"]), ("Washes", &[])]);
        assert_eq!(opened(&shop, water.course).await, there);

        shop.app.order_modules(&BY, water.course, &[welcome, washes, first]).await.unwrap();
        let change = VideoChange { title: Some(title("Flat")), module: Some(washes), place: None };
        shop.app.change_video(&BY, water.videos[0], change).await.unwrap();
        let there = shelf(&[("Welcome", &["Lesson 2"]), ("Washes", &["Flat"]), ("Paper", &[])]);
        assert_eq!(opened(&shop, water.course).await, there);

        let change = ModuleChange { title: Some(title("Brushes")), place: Some(1) };
        shop.app.change_module(&BY, first, change).await.unwrap();
        let change = VideoChange { module: Some(washes), place: Some(1), ..VideoChange::default() };
        shop.app.change_video(&BY, water.videos[1], change).await.unwrap();
        let there = shelf(&[("Brushes", &[]), ("Welcome", &[]), ("Washes", &["Lesson 2", "Flat"])]);
        assert_eq!(opened(&shop, water.course).await, there);

        shop.app.order_videos(&BY, washes, &[water.videos[0], water.videos[1]]).await.unwrap();
        shop.app.move_videos(&BY, washes, welcome).await.unwrap();
        let there = shelf(&[("Brushes", &[]), ("Welcome", &["Flat", "Lesson 2"]), ("Washes", &[])]);
        assert_eq!(opened(&shop, water.course).await, there);

        let change = CourseChange { title: Some(title("Water")), ..CourseChange::default() };
        shop.app.change_course(&BY, water.course, change, &Confirmation::default()).await.unwrap();
        let change = FileChange { title: Some(title("Colours")), place: None };
        shop.app.change_file(&BY, water.file, change).await.unwrap();
        let ada = customer(&shop, ADA).await;
        let opened = shop.app.open_course(ada, water.course).await.unwrap();
        assert_eq!((opened.linked.title.as_str(), opened.linked.files[0].title.as_str()), ("Water", "Colours"));
    }

    async fn an_order_names_exactly_what_is_there(db: Db) {
        let shop = TestShop::open(db).await;
        let water = shop.sell_course("WATER", 2).await;
        let oils = shop.sell_course("OILS", 1).await;
        let app = &shop.app;
        let (welcome, foreign) = (only_module(&shop, water.course).await, only_module(&shop, oils.course).await);
        let missing = VideoId::from_parts(testkit::shop::OPENING, 999);
        for order in [&[][..], &[foreign], &[welcome, foreign], &[welcome, welcome]] {
            let refused = app.order_modules(&BY, water.course, order).await;
            assert!(matches!(refused, Err(ContentsError::NotWhatIsThere)), "{order:?}");
        }
        let [a, b] = [water.videos[0], water.videos[1]];
        for order in [&[a][..], &[a, b, a], &[a, oils.videos[0]], &[a, b, missing]] {
            let refused = app.order_videos(&BY, welcome, order).await;
            assert!(matches!(refused, Err(ContentsError::NotWhatIsThere)), "{order:?}");
        }
        for order in [&[][..], &[oils.file], &[water.file, water.file]] {
            let refused = app.order_files(&BY, water.product, order).await;
            assert!(matches!(refused, Err(ContentsError::NotWhatIsThere)), "{order:?}");
        }
        for place in [0, 3, u32::MAX] {
            let change = VideoChange { place: Some(place), ..VideoChange::default() };
            let refused = app.change_video(&BY, a, change).await;
            assert!(matches!(refused, Err(ContentsError::NoSuchPlace)), "{place}");
        }
        let change = VideoChange { module: Some(foreign), ..VideoChange::default() };
        assert!(matches!(app.change_video(&BY, a, change).await, Err(ContentsError::NoSuchModule)));
        assert!(matches!(app.move_videos(&BY, welcome, foreign).await, Err(ContentsError::NoSuchModule)));
        assert!(matches!(app.order_videos(&BY, welcome, &[b, a]).await, Ok(())));
    }

    async fn a_slug_belongs_to_one_course(db: Db) {
        let shop = TestShop::open(db).await;
        let product = shop.sell_course("PAINT", 0).await.product;
        let app = &shop.app;
        let slug = async |id: CourseId| app.find_shelved_course(id).await.unwrap().course.slug;
        let first = app.create_course(&BY, new_course(product, "Öl!  On Canvas")).await.unwrap();
        let second = app.create_course(&BY, new_course(product, "Öl on canvas")).await.unwrap();
        assert_eq!((slug(first).await.as_str(), slug(second).await.as_str()), ("l-on-canvas", "l-on-canvas-2"));
        let change = CourseChange { slug: "l-on-canvas".parse().ok(), ..CourseChange::default() };
        let taken = app.change_course(&BY, second, change.clone(), &Confirmation::default()).await;
        assert!(matches!(taken, Err(ContentsError::SlugTaken)));
        let asked = NewCourse { slug: "l-on-canvas".parse().ok(), ..new_course(product, "Third") };
        assert!(matches!(app.create_course(&BY, asked).await, Err(ContentsError::SlugTaken)));
        app.delete_content(&BY, ContentId::Course(first).into(), &seen(0)).await.unwrap();
        app.change_course(&BY, second, change, &Confirmation::default()).await.unwrap();
        assert_eq!(slug(second).await, "l-on-canvas", "a deleted course gives its slug free");
    }

    async fn courses_are_listed_by_age_in_pages_and_by_product(db: Db) {
        let shop = TestShop::open(db).await;
        let app = &shop.app;
        let (paint, clay) = (shop.sell_course("PAINT", 0).await, shop.sell_course("CLAY", 0).await);
        let (product, other) = (paint.product, clay.product);
        let mut made = vec![paint.course, clay.course];
        for (product, title) in [(product, "A"), (other, "B"), (product, "C")] {
            shop.clock.pass_seconds(1);
            made.push(app.create_course(&BY, new_course(product, title)).await.unwrap());
        }
        let list = async |product, after, limit| {
            let courses = app.list_shelved_courses(product, after, limit).await.unwrap();
            courses.iter().map(|course| course.id).collect::<Vec<_>>()
        };
        assert_eq!(list(None, None, 3).await, made[..3]);
        assert_eq!(list(None, Some(made[2]), 3).await, made[3..]);
        assert_eq!(list(Some(product), None, 9).await, [made[0], made[2], made[4]]);
    }
}
