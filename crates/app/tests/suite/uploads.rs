//! Bytes that come in: looked into before anything is visible, and nothing left of what is refused or breaks off.

use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use app::contents::{Confirmation, ContentsError, NewFile, NewVideo, Removable};
use domain::{ContentId, ModuleId};
use futures_util::TryStreamExt;
use objects::ObjectKey;
use testkit::shop::{MEDIA_BASE, TestCourse};
use testkit::{BY, TestShop, both_engines};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

use crate::contents::seen;
use crate::seen::customer;

const ADA: &str = "ada@example.com";

fn clip() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path.join("../../testdata/media/big-buck-bunny-720p-5s.mp4")).unwrap()
}

fn new_video(title: &str) -> NewVideo {
    NewVideo {
        title: title.parse().unwrap(),
        place: None,
    }
}

fn new_file(title: &str, name: &str) -> NewFile {
    NewFile {
        title: title.parse().unwrap(),
        name: name.parse().unwrap(),
    }
}

/// Gives these bytes, then an error.
struct BreaksOff<'a>(&'a [u8]);

impl AsyncRead for BreaksOff<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        if self.0.is_empty() {
            return Poll::Ready(Err(std::io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

async fn with_module(shop: &TestShop) -> (TestCourse, ModuleId) {
    let water = shop.sell_course("WATER", 1).await;
    let shelved = shop.app.find_shelved_course(water.course).await.unwrap();
    (water, shelved.modules[0].module.id)
}

/// What a link leads to, by its object.
async fn behind(shop: &TestShop, url: &str) -> Vec<u8> {
    let path = url
        .strip_prefix(MEDIA_BASE)
        .unwrap()
        .trim_start_matches('/');
    let key = ObjectKey::new(path.split('?').next().unwrap()).unwrap();
    let info = shop.objects.head(&key).await.unwrap().unwrap();
    let body = shop
        .objects
        .read(&key, 0..info.size)
        .await
        .unwrap()
        .unwrap();
    body.try_collect::<Vec<_>>().await.unwrap().concat()
}

both_engines! {
    async fn an_uploaded_video_plays_for_those_who_bought(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, module) = with_module(&shop).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let before = shop.app.open_course(ada, water.course).await.unwrap();
        assert_eq!(before.linked.modules[0].videos.len(), 1);
        let new = NewVideo { place: Some(1), ..new_video("Flat washes") };
        let video = shop.app.add_video(&BY, module, new, clip().as_slice()).await.unwrap();
        let opened = shop.app.open_course(ada, water.course).await.unwrap();
        let first = &opened.linked.modules[0].videos[0];
        assert_eq!((first.id, first.title.as_str(), first.order), (video, "Flat washes", 1));
        assert_eq!(first.duration_ms, 5_312);
        assert_eq!(behind(&shop, &first.url).await, clip());
    }

    async fn a_replaced_video_has_a_new_object_and_keeps_place_and_progress(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, module) = with_module(&shop).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let video = shop.app.add_video(&BY, module, new_video("Flat"), clip().as_slice()).await.unwrap();
        let first = shop.app.open_video(ada, video).await.unwrap();
        let longer = [clip().as_slice(), &[0, 0, 0, 8], b"free"].concat();
        shop.app.replace_video(&BY, video, longer.as_slice()).await.unwrap();
        let second = shop.app.open_video(ada, video).await.unwrap();
        assert_eq!(behind(&shop, &second.url).await, longer);
        assert_eq!(behind(&shop, &first.url).await, clip(), "links that are out still lead somewhere");
        let in_course = shop.app.open_course(ada, water.course).await.unwrap();
        assert_eq!(in_course.linked.modules[0].videos[1].url, second.url, "the course is of a new revision");
    }

    async fn what_no_browser_plays_is_refused_and_leaves_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, module) = with_module(&shop).await;
        let half = clip()[..200_000].to_vec();
        for bad in [&b""[..], b"these are my notes", &half] {
            let refused = shop.app.add_video(&BY, module, new_video("Notes"), bad).await;
            assert!(matches!(refused, Err(ContentsError::NotPlayable(_))), "{refused:?}");
            let refused = shop.app.replace_video(&BY, water.videos[0], bad).await;
            assert!(matches!(refused, Err(ContentsError::NotPlayable(_))), "{refused:?}");
        }
        assert_eq!(shop.count_objects(), 0);
        let shelved = shop.app.find_shelved_course(water.course).await.unwrap();
        assert_eq!(shelved.modules[0].videos.len(), 1);
    }

    async fn an_upload_that_breaks_off_leaves_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, module) = with_module(&shop).await;
        let broken = shop.app.add_video(&BY, module, new_video("Half"), BreaksOff(&clip())).await;
        assert!(matches!(broken, Err(ContentsError::BrokeOff(_))), "{broken:?}");
        let broken = shop.app.add_file(&BY, water.product, new_file("Half", "a.pdf"), BreaksOff(b"%PDF")).await;
        assert!(matches!(broken, Err(ContentsError::BrokeOff(_))), "{broken:?}");
        assert_eq!(shop.count_objects(), 0);
        assert_eq!(shop.app.list_shelved_files(water.product).await.unwrap().len(), 1);
    }

    async fn an_upload_into_a_module_that_is_deleted_meanwhile_leaves_nothing(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, module) = with_module(&shop).await;
        let (mut sender, receiver) = tokio::io::duplex(1_024);
        let app = shop.app.clone();
        let upload = tokio::spawn(async move { app.add_video(&BY, module, new_video("Late"), receiver).await });
        let clip = clip();
        let (begin, end) = clip.split_at(300_000);
        sender.write_all(begin).await.unwrap();
        let said = Confirmation { videos: Some(1), ..seen(0) };
        shop.app.delete_content(&BY, Removable::Module(module), &said).await.unwrap();
        sender.write_all(end).await.unwrap();
        drop(sender);
        let outcome = upload.await.unwrap();
        assert!(matches!(outcome, Err(ContentsError::NotFound)), "{outcome:?}");
        assert_eq!(shop.count_objects(), 0);
        assert!(shop.app.find_shelved_course(water.course).await.unwrap().modules.is_empty());
    }

    async fn what_has_no_place_is_refused_before_its_bytes_are_read(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, module) = with_module(&shop).await;
        // Whoever read this would fail otherwise.
        let unread = || BreaksOff(b"");
        let nowhere = ModuleId::from_parts(testkit::shop::OPENING, 999);
        let refused = shop.app.add_video(&BY, nowhere, new_video("A"), unread()).await;
        assert!(matches!(refused, Err(ContentsError::NotFound)));
        let beyond = NewVideo { place: Some(3), ..new_video("A") };
        let refused = shop.app.add_video(&BY, module, beyond, unread()).await;
        assert!(matches!(refused, Err(ContentsError::NoSuchPlace)));
        let page = shop.app.add_file(&BY, water.product, new_file("Page", "a.HTML"), unread()).await;
        assert!(matches!(page, Err(ContentsError::ActiveDocument)));
    }

    async fn an_uploaded_file_reaches_those_who_bought_once_it_is_published(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, _) = with_module(&shop).await;
        shop.tell(&shop.paid_order("1", ADA, &["WATER"])).await;
        let ada = customer(&shop, ADA).await;
        let added = shop.app.add_file(&BY, water.product, new_file("Palette", "Palette 1.pdf"), &b"%PDF-1.7"[..]).await;
        let file = added.unwrap();
        shop.app.work_until_idle().await.unwrap();
        let titles = async || {
            let files = shop.app.list_downloads(ada).await.unwrap();
            files.into_iter().map(|file| file.title).collect::<Vec<_>>()
        };
        assert_eq!(titles().await, ["Notes WATER"]);
        shop.app.publish(&BY, ContentId::File(file)).await.unwrap();
        assert_eq!(titles().await, ["Notes WATER", "Palette"]);
        shop.app.order_files(&BY, water.product, &[file, water.file]).await.unwrap();
        assert_eq!(titles().await, ["Palette", "Notes WATER"]);
        let link = shop.app.link_download(ada, file).await.unwrap();
        assert_eq!(behind(&shop, &link.url).await, b"%PDF-1.7");
        let name = "Palette.txt".parse().unwrap();
        shop.app.replace_file(&BY, file, &name, &b"three colours"[..]).await.unwrap();
        let link = shop.app.link_download(ada, file).await.unwrap();
        assert_eq!(behind(&shop, &link.url).await, b"three colours");
        let found = shop.app.find_shelved_file(file).await.unwrap();
        assert_eq!((found.stored.media_type.as_str(), found.stored.size_bytes), ("text/plain", 13));
    }

    async fn pages_and_drawings_are_no_downloads_whatever_they_are_called(db: Db) {
        let shop = TestShop::open(db).await;
        let (water, _) = with_module(&shop).await;
        for (name, content) in [
            ("drawing.svg", "x"),
            ("page.html", "x"),
            ("notes.pdf", "<!doctype html><script>alert(1)</script>"),
            ("notes.txt", "\u{feff}  <svg onload=alert(1)>"),
        ] {
            let refused = shop.app.add_file(&BY, water.product, new_file("Notes", name), content.as_bytes()).await;
            assert!(matches!(refused, Err(ContentsError::ActiveDocument)), "{name}");
            let name = name.parse().unwrap();
            let refused = shop.app.replace_file(&BY, water.file, &name, content.as_bytes()).await;
            assert!(matches!(refused, Err(ContentsError::ActiveDocument)), "{name}");
        }
        let empty = shop.app.add_file(&BY, water.product, new_file("Notes", "a.pdf"), &b""[..]).await;
        assert!(matches!(empty, Err(ContentsError::Empty)));
        assert_eq!(shop.count_objects(), 0);
    }
}
