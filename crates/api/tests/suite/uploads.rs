//! Files that come in over HTTP, however slowly.

use std::future;
use std::io;
use std::path::Path;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use testkit::TestDatabase;

use crate::contents::{ask, token};
use crate::site::{Answer, Site, on_both_engines};

fn clip() -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path.join("../../testdata/media/big-buck-bunny-720p-5s.mp4")).unwrap()
}

async fn upload(
    site: &Site,
    token: &str,
    (method, path): (&str, &str),
    media_type: &str,
    body: impl Into<Body>,
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", media_type);
    site.send(request.body(body.into()).unwrap()).await
}

async fn module_path(site: &Site, token: &str, course: impl std::fmt::Display) -> String {
    let path = format!("/api/admin/courses/{course}");
    let course = ask(site, token, "GET", &path, None).await.json();
    let module = course["modules"][0]["id"].as_str().unwrap().to_owned();
    format!("/api/admin/modules/{module}/videos")
}

/// Lets that much time pass at once, and no more while databases are waited for.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// The clip in pieces, with time passing before each.
fn slowly(pieces: usize, wait: Duration) -> impl Stream<Item = Result<Bytes, io::Error>> {
    let clip = clip();
    let size = clip.len().div_ceil(pieces);
    let chunks: Vec<Bytes> = clip.chunks(size).map(Bytes::copy_from_slice).collect();
    stream::iter(chunks).then(move |chunk| async move {
        pass(wait).await;
        Ok(chunk)
    })
}

on_both_engines! {
    async fn a_video_and_a_file_come_in_and_are_replaced(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        let videos = module_path(&site, &token, sold.course).await;
        let path = format!("{videos}?title=Flat%20washes&place=1");
        let added = upload(&site, &token, ("POST", &path), "video/mp4", clip()).await;
        assert_eq!(added.status, 201, "{}", added.body);
        let video = added.json();
        assert_eq!((&video["title"], &video["place"], &video["state"]), (&"Flat washes".into(), &1.into(), &"ready".into()));
        assert_eq!(video["size_bytes"], clip().len());
        let content = format!("/api/admin/videos/{}/content", video["id"].as_str().unwrap());
        let longer = [clip().as_slice(), &[0, 0, 0, 8], b"free"].concat();
        let replaced = upload(&site, &token, ("PUT", &content), "video/mp4; codecs=avc1", longer).await;
        assert_eq!(replaced.json()["size_bytes"], clip().len() + 8);

        let files = format!("/api/admin/products/{}/files?title=Palette&filename=Palette.pdf", sold.product);
        let added = upload(&site, &token, ("POST", &files), "application/pdf", "%PDF").await;
        assert_eq!(added.status, 201, "{}", added.body);
        let file = added.json();
        assert_eq!((&file["media_type"], &file["published_at"]), (&"application/pdf".into(), &serde_json::Value::Null));
        let file = format!("/api/admin/files/{}", file["id"].as_str().unwrap());
        let content = format!("{file}/content?filename=Palette.txt");
        let replaced = upload(&site, &token, ("PUT", &content), "text/plain", "three").await;
        assert_eq!(replaced.json()["media_type"], "text/plain");
        assert_eq!(ask(&site, &token, "PUT", &format!("{file}/publication"), None).await.status, 204);
        assert_eq!(site.shop.count_objects(), 4);
    }

    async fn what_is_refused_says_why_and_leaves_nothing(site: Site) {
        let token = token(&site).await;
        let sold = site.shop.sell_course("OILS", 1).await;
        let videos = &module_path(&site, &token, sold.course).await;
        let files = &format!("/api/admin/products/{}/files", sold.product);
        let nowhere = "/api/admin/modules/mod_01ARZ3NDEKTSV4RRFFQ69G5FAV/videos?title=A";
        let page = "<!doctype html><script>alert(1)</script>";
        for (path, media_type, body, status, code) in [
            (format!("{videos}?title=A"), "video/mp4", "my notes", 422, "not_playable"),
            (format!("{videos}?title=A"), "video/mp4", "", 422, "not_playable"),
            (format!("{videos}?title=A"), "video/quicktime", "", 415, "not_mp4"),
            (format!("{videos}?title=A"), "application/json", "{}", 415, "not_mp4"),
            (format!("{videos}?title=A&place=3"), "video/mp4", "", 422, "no_such_place"),
            (format!("{videos}?title=%20"), "video/mp4", "", 422, "invalid_query"),
            (format!("{videos}?title=A&s3_key=b"), "video/mp4", "", 422, "invalid_query"),
            (videos.clone(), "video/mp4", "", 422, "invalid_query"),
            (nowhere.to_owned(), "video/mp4", "", 404, "not_found"),
            (format!("{files}?title=A&filename=a.svg"), "image/svg+xml", "<svg/>", 422, "active_document"),
            (format!("{files}?title=A&filename=a.pdf"), "application/pdf", page, 422, "active_document"),
            (format!("{files}?title=A&filename=a.pdf"), "application/pdf", "", 422, "empty_file"),
            (format!("{files}?title=A&filename=..%2Fa.pdf"), "application/pdf", "x", 422, "invalid_query"),
            (format!("{files}?title=A&filename=a.pdf"), "multipart/form-data; boundary=x", "--x", 415, "is_form"),
            (format!("{files}?title=A"), "application/pdf", "x", 422, "invalid_query"),
        ] {
            let refused = upload(&site, &token, ("POST", &path), media_type, body).await;
            assert_eq!((refused.status.as_u16(), refused.problem().as_str()), (status, code), "{path} {media_type}");
        }
        let too_large = Request::post(format!("{videos}?title=A"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "video/mp4")
            .header("content-length", (50_u64 << 30) + 1)
            .body(Body::empty());
        assert_eq!(site.send(too_large.unwrap()).await.problem(), "body_too_large");
        let gone = stream::iter([Ok(clip()), Err(io::Error::other("gone"))]);
        let path = format!("{videos}?title=A");
        let broken = upload(&site, &token, ("POST", &path), "video/mp4", Body::from_stream(gone)).await;
        assert_eq!((broken.status.as_u16(), broken.problem().as_str()), (400, "unreadable_body"));
        assert_eq!(site.shop.count_objects(), 0);
    }
}

#[tokio::test]
async fn an_upload_may_take_longer_than_any_answer_but_not_fall_silent() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let token = token(&site).await;
    let sold = site.shop.sell_course("OILS", 1).await;
    let videos = module_path(&site, &token, sold.course).await;
    let path = format!("{videos}?title=Slow");
    let body = Body::from_stream(slowly(5, Duration::from_secs(50)));
    let slow = upload(&site, &token, ("POST", &path), "video/mp4", body).await;
    assert_eq!(slow.status, 201, "{}", slow.body);
    let silence = stream::once(pass(Duration::from_secs(70))).then(|()| future::pending());
    let body = slowly(5, Duration::ZERO).take(4).chain(silence);
    let body = Body::from_stream(body);
    let silent = upload(&site, &token, ("POST", &path), "video/mp4", body).await;
    assert_eq!(
        (silent.status.as_u16(), silent.problem().as_str()),
        (408, "body_too_slow")
    );
    assert_eq!(site.shop.count_objects(), 1);
}

#[tokio::test]
async fn an_upload_whose_sender_goes_away_leaves_nothing() {
    let site = Site::open(TestDatabase::sqlite().await).await;
    let token = token(&site).await;
    let sold = site.shop.sell_course("OILS", 1).await;
    let videos = module_path(&site, &token, sold.course).await;
    let path = format!("{videos}?title=Gone");
    let half = clip().split_off(100_000);
    let never = stream::once(async { Ok::<_, io::Error>(half) }).chain(stream::pending());
    let sending = upload(
        &site,
        &token,
        ("POST", &path),
        "video/mp4",
        Body::from_stream(never),
    );
    let arrives = async {
        while site.shop.count_objects() == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = sending => panic!("{}", answer.body),
        () = arrives => {}
    }
    // A chunk that is being written holds the draft until it is done.
    while site.shop.count_objects() > 0 {
        tokio::task::yield_now().await;
    }
}
