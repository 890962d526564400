//! Importing a folder as a course.

use std::path::{Path, PathBuf};

use app::contents::{Confirmation, Removable};
use app::import::{ImportError, ImportRequest, ImportStep, Imported};
use testkit::{BY, TestDatabase, TestShop, both_engines};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::seen::customer;

fn clip() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path.join("../../testdata/media/big-buck-bunny-720p-5s.mp4")).unwrap()
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

pub(crate) fn a_course_folder(parent: &Path) -> PathBuf {
    let folder = parent.join("Watercolour for beginners");
    write(&folder, "1 Welcome/1 Hello.mp4", &clip());
    write(&folder, "2 Washes/2 Graded.mp4", &clip());
    write(&folder, "2 Washes/1 Flat.mp4", &clip());
    write(&folder, "Palette.txt", b"Three colours will do.");
    write(&folder, "description.md", b"Wet on wet.\n");
    write(&folder, "cover.jpg", b"a picture");
    folder
}

pub(crate) fn request(folder: &Path) -> ImportRequest {
    ImportRequest {
        folder: folder.to_owned(),
        title: None,
        product: None,
    }
}

async fn import(shop: &TestShop, folder: &Path) -> Result<Imported, ImportError> {
    let imported = shop
        .app
        .import_course(&BY, &request(folder), &mut |_| {})
        .await;
    shop.app.work_until_idle().await.unwrap();
    imported
}

async fn lessons(shop: &TestShop, imported: &Imported) -> Vec<(String, Vec<String>)> {
    let ada = customer(shop, "ada@example.com").await;
    let opened = shop.app.open_course(ada, imported.course).await.unwrap();
    let modules = opened.linked.modules.iter();
    let titles = |module: &app::lessons::LinkedModule| {
        let videos = module
            .videos
            .iter()
            .map(|video| video.title.clone())
            .collect();
        (module.title.clone(), videos)
    };
    modules.map(titles).collect()
}

both_engines! {
    async fn a_folder_becomes_a_course_and_again_adds_only_what_is_new(db: Db) {
        let shop = TestShop::open(db).await;
        let parent = tempfile::tempdir().unwrap();
        let folder = a_course_folder(parent.path());
        let mut steps = Vec::new();
        let first = shop.app.import_course(&BY, &request(&folder), &mut |step| steps.push(step)).await.unwrap();
        assert_eq!((first.added, first.replaced, first.unchanged), (4, 0, 0));
        assert!(steps.contains(&ImportStep::Checked(4, 4)));
        let size = u64::try_from(clip().len()).unwrap();
        assert!(steps.contains(&ImportStep::Storing("Hello".into(), size, size)));

        shop.map("WATER", first.product).await;
        shop.tell(&shop.paid_order("1", "ada@example.com", &["WATER"])).await;
        let expected = [("Welcome", vec!["Hello"]), ("Washes", vec!["Flat", "Graded"])];
        let expected = expected.map(|(module, videos)| (module.to_owned(), videos.into_iter().map(String::from).collect()));
        assert_eq!(lessons(&shop, &first).await, expected);

        let again = import(&shop, &folder).await.unwrap();
        assert_eq!((again.added, again.replaced, again.unchanged), (0, 0, 4));
        write(&folder, "2 Washes/3 Wet.mp4", &clip());
        write(&folder, "Palette.txt", b"Four colours are better.");
        write(&folder, "Brushes.txt", b"A round one.");
        let more = import(&shop, &folder).await.unwrap();
        assert_eq!((more.added, more.replaced, more.unchanged), (2, 1, 3));
        assert_eq!(lessons(&shop, &more).await[1].1, ["Flat", "Graded", "Wet"]);
        let ada = customer(&shop, "ada@example.com").await;
        let downloads = shop.app.list_downloads(ada).await.unwrap();
        assert_eq!(downloads.len(), 2, "the file that came later reaches her too");
    }

    async fn a_changed_video_keeps_its_place_and_progress_and_gets_a_new_object(db: Db) {
        let shop = TestShop::open(db).await;
        let parent = tempfile::tempdir().unwrap();
        let folder = a_course_folder(parent.path());
        let first = import(&shop, &folder).await.unwrap();
        shop.map("WATER", first.product).await;
        shop.tell(&shop.paid_order("1", "ada@example.com", &["WATER"])).await;
        let ada = customer(&shop, "ada@example.com").await;
        let link = async || {
            let opened = shop.app.open_course(ada, first.course).await.unwrap();
            let video = &opened.linked.modules[0].videos[0];
            (video.id, video.url.split('?').next().unwrap().to_owned())
        };
        let (id, url) = link().await;
        // A free box at the end changes the file and not the film.
        let longer = [clip().as_slice(), &[0, 0, 0, 8], b"free"].concat();
        write(&folder, "1 Welcome/1 Hello.mp4", &longer);
        assert_eq!(import(&shop, &folder).await.unwrap().replaced, 1);
        let (same, other) = link().await;
        assert_eq!(id, same);
        assert_ne!(url, other);
    }

    async fn what_is_no_mp4_is_refused_with_a_sentence_and_nothing_is_kept(db: Db) {
        let shop = TestShop::open(db).await;
        let parent = tempfile::tempdir().unwrap();
        let folder = a_course_folder(parent.path());
        write(&folder, "2 Washes/9 Notes.mp4", b"these are my notes, not a film");
        let Err(ImportError::NotACourse(problems)) = import(&shop, &folder).await else {
            panic!("it was taken")
        };
        assert_eq!(problems.len(), 1);
        assert!(problems[0].contains("9 Notes.mp4: "), "{problems:?}");
        assert!(shop.app.list_products(None, 10).await.unwrap().is_empty());
        let missing = import(&shop, Path::new("/nowhere/at/all")).await;
        assert!(matches!(missing, Err(ImportError::Folder { .. })));
    }

    async fn a_course_keeps_its_product(db: Db) {
        let shop = TestShop::open(db).await;
        let parent = tempfile::tempdir().unwrap();
        let folder = a_course_folder(parent.path());
        import(&shop, &folder).await.unwrap();
        let other = shop.app.create_product(&BY, "Other", None).await.unwrap();
        let request = ImportRequest { product: Some(other), ..request(&folder) };
        let outcome = shop.app.import_course(&BY, &request, &mut |_| {}).await;
        assert!(matches!(outcome, Err(ImportError::OtherProduct)));
    }
}

// While files are being stored nothing is locked: it may take hours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_to_the_course_while_its_files_are_stored_is_not_undone() {
    let database = TestDatabase::sqlite().await;
    let shop = TestShop::open(database.db.clone()).await;
    let parent = tempfile::tempdir().unwrap();
    let folder = a_course_folder(parent.path());
    let course = import(&shop, &folder).await.unwrap().course;
    write(&folder, "Brushes.txt", b"Two brushes will do.");
    let mut is_deleted = false;
    let mut delete = |step| {
        if matches!(step, ImportStep::Storing(..)) && !std::mem::replace(&mut is_deleted, true) {
            let seen = Confirmation {
                customers_with_access: Some(0),
                ..Confirmation::default()
            };
            let deletion = shop
                .app
                .delete_content(&BY, Removable::Course(course), &seen);
            block_in_place(|| Handle::current().block_on(deletion)).unwrap();
        }
    };
    let outcome = shop
        .app
        .import_course(&BY, &request(&folder), &mut delete)
        .await;
    assert!(
        matches!(outcome, Err(ImportError::Overtaken)),
        "{outcome:?}"
    );
    assert!(is_deleted);
    let again = import(&shop, &folder).await.unwrap();
    assert_ne!(again.course, course);
    assert_eq!(again.added, 5);
}
