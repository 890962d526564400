use http::StatusCode;
use http_body_util::BodyExt;
use objects::{CHUNK_BYTES, Metadata, ObjectKey};
use tokio::io::AsyncReadExt;
use tower::ServiceExt;

use crate::{Cdn, HOST};

#[tokio::test]
async fn a_range_is_answered_with_its_bytes_and_its_place() {
    let cdn = Cdn::with_video(b"0123456789").await;
    for (range, body, place) in [
        ("bytes=0-0", "0", "bytes 0-0/10"),
        ("bytes=0-", "0123456789", "bytes 0-9/10"),
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=7-99", "789", "bytes 7-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
        ("bytes=-99", "0123456789", "bytes 0-9/10"),
    ] {
        let answer = cdn.get_video(&[("range", range)]).await;
        assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(answer.text(), body, "{range}");
        assert_eq!(answer.header("content-range"), Some(place), "{range}");
        assert_eq!(
            answer.header("content-length"),
            Some(body.len().to_string().as_str())
        );
        assert_eq!(answer.header("content-type"), Some("video/mp4"));
        assert_eq!(answer.header("accept-ranges"), Some("bytes"));
    }
}

#[tokio::test]
async fn several_or_senseless_ranges_get_the_whole() {
    let cdn = Cdn::with_video(b"0123456789").await;
    let several = [("range", "bytes=0-1"), ("range", "bytes=3-4")];
    for headers in [
        &several[..],
        &[("range", "bytes=0-1,3-4")],
        &[("range", "bytes=4-2")],
        &[("range", "bytes=x")],
        &[("range", "lines=1-2")],
        &[("range", "")],
    ] {
        let answer = cdn.get_video(headers).await;
        assert_eq!(
            (answer.status, answer.text()),
            (StatusCode::OK, "0123456789"),
            "{headers:?}"
        );
        assert_eq!(answer.header("content-range"), None);
    }
}

#[tokio::test]
async fn a_range_beyond_the_end_is_416_with_the_length() {
    let cdn = Cdn::with_video(b"0123456789").await;
    for range in [
        "bytes=10-",
        "bytes=10-10",
        "bytes=-0",
        "bytes=99999999999999999999-",
    ] {
        let answer = cdn.get_video(&[("range", range)]).await;
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(
            answer.header("content-range"),
            Some("bytes */10"),
            "{range}"
        );
        assert!(
            answer.text().contains("<Code>InvalidRange</Code>"),
            "{range}"
        );
    }
}

#[tokio::test]
async fn an_empty_object_is_served_whole_and_has_no_ranges() {
    let cdn = Cdn::with_video(b"").await;
    let whole = cdn.get_video(&[]).await;
    assert_eq!(
        (whole.status, whole.header("content-length")),
        (StatusCode::OK, Some("0"))
    );
    for range in ["bytes=0-", "bytes=0-0", "bytes=-1"] {
        let answer = cdn.get_video(&[("range", range)]).await;
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(answer.header("content-range"), Some("bytes */0"), "{range}");
    }
}

#[tokio::test]
async fn if_range_gives_the_whole_when_the_viewer_has_another_version() {
    let cdn = Cdn::with_video(b"0123456789").await;
    let first = cdn.get_video(&[]).await;
    let (etag, date) = (
        first.header("etag").unwrap(),
        first.header("last-modified").unwrap(),
    );
    let weak = format!("W/{etag}");
    for (if_range, status) in [
        (etag, StatusCode::PARTIAL_CONTENT),
        (date, StatusCode::PARTIAL_CONTENT),
        (weak.as_str(), StatusCode::OK),
        ("\"other\"", StatusCode::OK),
        ("Sun, 06 Nov 1994 08:49:37 GMT", StatusCode::OK),
        ("nonsense", StatusCode::OK),
    ] {
        let answer = cdn
            .get_video(&[("range", "bytes=2-4"), ("if-range", if_range)])
            .await;
        assert_eq!(answer.status, status, "{if_range}");
        let body = if status == StatusCode::OK {
            "0123456789"
        } else {
            "234"
        };
        assert_eq!(answer.text(), body, "{if_range}");
    }
    let beyond = cdn
        .get_video(&[("range", "bytes=99-"), ("if-range", "\"other\"")])
        .await;
    assert_eq!(
        beyond.status,
        StatusCode::OK,
        "the range is of a version that is no more"
    );
}

#[tokio::test]
async fn a_large_object_is_streamed_chunk_by_chunk_as_the_viewer_takes_it() {
    const SIZE: u64 = 64 * 1024 * 1024;
    let cdn = Cdn::new();
    let metadata = Metadata {
        content_type: "video/mp4".to_owned(),
        download_name: None,
    };
    let content = tokio::io::repeat(7).take(SIZE);
    let key = ObjectKey::new("v/1.mp4").unwrap();
    cdn.folder.put(&key, metadata, content).await.unwrap();

    let request = http::Request::builder()
        .uri(cdn.sign("/v/1.mp4"))
        .header("host", HOST);
    let request = request.body(axum::body::Body::empty()).unwrap();
    let answer = cdn.router.clone().oneshot(request).await.unwrap();
    assert_eq!(
        answer.headers()["content-length"],
        SIZE.to_string().as_str()
    );
    let mut body = answer.into_body();

    // Taken away after the first chunk is sent: the rest comes from the open file, on demand.
    let mut total = body
        .frame()
        .await
        .unwrap()
        .unwrap()
        .into_data()
        .unwrap()
        .len();
    assert_eq!(total, CHUNK_BYTES);
    cdn.folder.delete(&key).await.unwrap();
    while let Some(frame) = body.frame().await {
        let chunk = frame.unwrap().into_data().unwrap();
        assert!(chunk.len() <= CHUNK_BYTES);
        total += chunk.len();
    }
    assert_eq!(total as u64, SIZE);
}
