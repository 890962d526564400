use http::StatusCode;
use objects::{Metadata, ObjectKey};

use crate::Cdn;

#[tokio::test]
async fn an_object_comes_with_all_that_a_viewer_must_know() {
    let cdn = Cdn::with_video(b"film").await;
    let info = cdn
        .folder
        .head(&ObjectKey::new("v/1.mp4").unwrap())
        .await
        .unwrap()
        .unwrap();
    let answer = cdn.get_video(&[]).await;
    for (name, value) in [
        ("content-type", "video/mp4"),
        ("content-length", "4"),
        ("accept-ranges", "bytes"),
        ("etag", info.etag.as_str()),
        ("cache-control", "private, max-age=300"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("referrer-policy", "no-referrer"),
        ("vary", "Origin"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    let date = httpdate::parse_http_date(answer.header("last-modified").unwrap()).unwrap();
    let date = date
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert_eq!(date, info.modified);
    assert_eq!(answer.header("content-disposition"), None);
}

#[tokio::test]
async fn a_download_comes_with_its_file_name() {
    let cdn = Cdn::new();
    let metadata = Metadata {
        content_type: "application/pdf".to_owned(),
        download_name: Some("Übung \"1\".pdf".to_owned()),
    };
    cdn.folder
        .put(&ObjectKey::new("f/1").unwrap(), metadata, &b"pdf"[..])
        .await
        .unwrap();
    let answer = cdn.get(&cdn.sign("/f/1"), &[]).await;
    assert_eq!(
        answer.header("content-disposition"),
        Some("attachment; filename=\"_bung _1_.pdf\"; filename*=UTF-8''%C3%9Cbung%20%221%22.pdf")
    );
}

#[tokio::test]
async fn a_media_type_that_is_no_header_is_served_as_plain_bytes() {
    let cdn = Cdn::new();
    let metadata = Metadata {
        content_type: "video/mp4\r\nx: y".to_owned(),
        download_name: None,
    };
    cdn.folder
        .put(&ObjectKey::new("f/1").unwrap(), metadata, &b"x"[..])
        .await
        .unwrap();
    let answer = cdn.get(&cdn.sign("/f/1"), &[]).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/octet-stream")
    );
}

#[tokio::test]
async fn refusals_are_never_kept_and_repeat_nothing_of_the_request() {
    let cdn = Cdn::with_video(b"film").await;
    let signed = cdn.sign("/v/missing.mp4");
    for (method, target) in [
        ("GET", "/v/1.mp4?Expires=1&Signature=abc&Key-Pair-Id=K2TEST"),
        ("GET", "/v/1.mp4"),
        ("GET", signed.as_str()),
        ("POST", signed.as_str()),
    ] {
        let answer = cdn.ask(method, target, &[]).await;
        assert!(answer.status.is_client_error());
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("text/xml"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        for part in ["mp4", "abc", "K2TEST", "127.0.0.1"] {
            assert!(!answer.text().contains(part), "{}", answer.text());
        }
    }
}

#[tokio::test]
async fn head_says_what_get_says_without_the_body() {
    let cdn = Cdn::with_video(b"film").await;
    let (good, absent) = (cdn.sign("/v/1.mp4"), cdn.sign("/v/2.mp4"));
    for (target, extra) in [
        (good.as_str(), ("accept", "*/*")),
        (&good, ("range", "bytes=1-2")),
        (&good, ("range", "bytes=9-")),
        (&good, ("if-none-match", "*")),
        (&good, ("if-match", "\"x\"")),
        (&absent, ("accept", "*/*")),
        ("/v/1.mp4", ("accept", "*/*")),
    ] {
        let get = cdn.ask("GET", target, &[extra]).await;
        let head = cdn.ask("HEAD", target, &[extra]).await;
        assert_eq!(
            (head.status, &head.headers),
            (get.status, &get.headers),
            "{extra:?}"
        );
        assert!(head.body.is_empty(), "{extra:?}");
        if get.status != StatusCode::NOT_MODIFIED {
            let length = get.body.len().to_string();
            assert_eq!(
                head.header("content-length"),
                Some(length.as_str()),
                "{extra:?}"
            );
        }
    }
}

#[tokio::test]
async fn every_answer_is_safe_to_open_in_a_browser() {
    let cdn = Cdn::with_video(b"film").await;
    let (good, absent) = (cdn.sign("/v/1.mp4"), cdn.sign("/v/2.mp4"));
    let mut seen = std::collections::BTreeSet::new();
    for target in [good.as_str(), &absent, "/v/1.mp4", "/", "/..%2f"] {
        for method in [
            "GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "BREW",
        ] {
            for extra in [
                ("accept", "*/*"),
                ("range", "bytes=0-1"),
                ("range", "bytes=9-"),
                ("if-none-match", "*"),
                ("if-match", "\"x\""),
                ("host", "evil.example"),
            ] {
                let answer = cdn.ask(method, target, &[extra]).await;
                seen.insert(answer.status.as_u16());
                let about = format!("{method} {target} {extra:?}");
                for (name, value) in [
                    ("x-content-type-options", "nosniff"),
                    ("referrer-policy", "no-referrer"),
                    ("cross-origin-resource-policy", "cross-origin"),
                ] {
                    assert_eq!(answer.header(name), Some(value), "{about}");
                }
                let policy = answer.header("content-security-policy").unwrap();
                assert!(policy.starts_with("default-src 'none'; "), "{about}");
                assert!(policy.ends_with("frame-ancestors 'none'"), "{about}");
                assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
                assert_eq!(answer.header("set-cookie"), None, "{about}");
                assert_eq!(answer.header("strict-transport-security"), None);
                let is_kept = answer.header("cache-control") == Some("private, max-age=300");
                let is_object = answer.status.is_success() || answer.status.as_u16() == 304;
                assert!(is_object || !is_kept, "{about}");
            }
        }
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        [200, 204, 206, 304, 403, 404, 405, 412, 416]
    );
}

#[tokio::test]
async fn over_tls_browsers_are_told_to_stay_there() {
    let cdn = Cdn::new();
    let edge = crate::edge_at(
        "https://videos.example.com",
        crate::NOW,
        cloudfront::Verifier::new([]),
        &cdn.folder,
    );
    let request = http::Request::get("/v/1.mp4").header("host", "videos.example.com");
    let request = request.body(axum::body::Body::empty()).unwrap();
    let answer = tower::ServiceExt::oneshot(edge::router(edge), request)
        .await
        .unwrap();
    assert_eq!(
        answer.headers()["strict-transport-security"],
        "max-age=31536000"
    );
}
