use http::StatusCode;

use crate::Cdn;

#[tokio::test]
async fn a_viewer_that_has_it_is_told_so_without_the_bytes() {
    let cdn = Cdn::with_video(b"film").await;
    let first = cdn.get_video(&[]).await;
    let (etag, date) = (
        first.header("etag").unwrap(),
        first.header("last-modified").unwrap(),
    );
    for condition in [
        ("if-none-match", etag),
        ("if-none-match", "*"),
        ("if-modified-since", date),
    ] {
        for range in [
            None,
            Some(("range", "bytes=0-1")),
            Some(("range", "bytes=99-")),
        ] {
            let mut headers = vec![condition];
            headers.extend(range);
            let answer = cdn.get_video(&headers).await;
            assert_eq!(answer.status, StatusCode::NOT_MODIFIED, "{condition:?}");
            assert!(answer.body.is_empty());
            for name in ["etag", "last-modified", "cache-control", "vary"] {
                assert_eq!(answer.header(name), first.header(name), "{name}");
            }
            for name in ["content-length", "content-type", "content-range"] {
                assert_eq!(answer.header(name), None, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_viewer_that_wants_another_version_gets_412() {
    let cdn = Cdn::with_video(b"film").await;
    for condition in [
        ("if-match", "\"other\""),
        ("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
    ] {
        let answer = cdn.get_video(&[condition]).await;
        assert_eq!(
            answer.status,
            StatusCode::PRECONDITION_FAILED,
            "{condition:?}"
        );
        assert!(answer.text().contains("<Code>PreconditionFailed</Code>"));
    }
}

#[tokio::test]
async fn conditions_that_hold_change_nothing() {
    let cdn = Cdn::with_video(b"film").await;
    let first = cdn.get_video(&[]).await;
    for condition in [
        ("if-match", first.header("etag").unwrap()),
        (
            "if-unmodified-since",
            first.header("last-modified").unwrap(),
        ),
        ("if-none-match", "\"other\""),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("if-modified-since", "not a date"),
    ] {
        assert_eq!(cdn.get_video(&[condition]).await, first, "{condition:?}");
    }
}

#[tokio::test]
async fn a_condition_is_no_way_around_the_signature() {
    let cdn = Cdn::with_video(b"film").await;
    for condition in [("if-none-match", "*"), ("if-match", "\"other\"")] {
        let answer = cdn.get("/v/1.mp4", &[condition]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.header("etag"), None);
    }
}
