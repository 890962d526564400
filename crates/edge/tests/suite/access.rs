use std::sync::Arc;

use cloudfront::generate_p256_pem;
use cloudfront::{CustomPolicy, ResourcePattern, ResourceUrl, SigningKey, Verifier};
use edge::{Edge, InvalidSettings, Settings};
use http::{Request, StatusCode};

use crate::{Answer, BASE, Cdn, NOW, target};

const DENIED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
    <Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>";

#[tokio::test]
async fn a_signed_object_is_served() {
    let cdn = Cdn::with_video(b"film").await;
    let answer = cdn.get_video(&[]).await;
    assert_eq!((answer.status, answer.text()), (StatusCode::OK, "film"));
}

#[tokio::test]
async fn nothing_is_served_without_a_signature() {
    let cdn = Cdn::with_video(b"film").await;
    for target in [
        "/v/1.mp4",
        "/v/1.mp4?a=b",
        "/v/absent.mp4",
        "/",
        "/?",
        "/favicon.ico",
    ] {
        let answer = cdn.get(target, &[]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{target}");
        assert!(
            answer.text().contains("<Code>MissingKey</Code>"),
            "{target}"
        );
    }
}

#[tokio::test]
async fn every_wrong_signature_gets_the_same_403_whether_the_object_exists_or_not() {
    let cdn = Cdn::with_video(b"film").await;
    cdn.put("v/2.mp4", b"another").await;
    let stranger =
        SigningKey::from_pem("K2TEST".parse().unwrap(), &generate_p256_pem().unwrap()).unwrap();
    let url = |path: &str| ResourceUrl::parse(&format!("{BASE}{path}")).unwrap();
    let good = cdn.sign("/v/1.mp4");

    let mut wrong = vec![
        ("expired", cdn.sign_until("/v/1.mp4", NOW)),
        ("long expired", cdn.sign_until("/v/1.mp4", 1)),
        ("of another object", good.replace("/v/1.mp4", "/v/2.mp4")),
        (
            "of an object that is not there",
            good.replace("/v/1.mp4", "/v/3.mp4"),
        ),
        ("made longer", good.replace("Expires=18", "Expires=19")),
        (
            "by another key",
            target(&stranger.sign_canned(&url("/v/1.mp4"), NOW + 60).unwrap()),
        ),
        ("by an unknown key", good.replace("K2TEST", "K2TESU")),
        (
            "without its hash",
            good.replace("&Hash-Algorithm=SHA256", ""),
        ),
        ("without its signature", good.replace("&Signature=", "&S=")),
        ("with a parameter added", format!("{good}&a=b")),
        (
            "with a repeated parameter",
            format!("{good}&Expires={}", NOW + 60),
        ),
    ];
    // Every character of the signature counts.
    let start = good.find("&Signature=").unwrap() + "&Signature=".len();
    let end = start + good[start..].find('&').unwrap();
    for at in start..end {
        let other = if &good[at..=at] == "A" { "B" } else { "A" };
        wrong.push((
            "altered",
            format!("{}{other}{}", &good[..at], &good[at + 1..]),
        ));
    }

    let mut first: Option<Answer> = None;
    for (what, target) in wrong {
        let answer = cdn.get(&target, &[]).await;
        assert_eq!(
            (answer.status, answer.text()),
            (StatusCode::FORBIDDEN, DENIED),
            "{what}"
        );
        let first = first.get_or_insert_with(|| Answer {
            status: answer.status,
            headers: answer.headers.clone(),
            body: answer.body.clone(),
        });
        assert_eq!(&answer, first, "{what}");
    }
}

#[tokio::test]
async fn a_signature_is_good_until_the_second_it_expires() {
    let cdn = Cdn::with_video(b"film").await;
    let last = cdn.get(&cdn.sign_until("/v/1.mp4", NOW + 1), &[]).await;
    assert_eq!(last.status, StatusCode::OK);
    let over = cdn.get(&cdn.sign_until("/v/1.mp4", NOW), &[]).await;
    assert_eq!(over.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn any_other_host_is_refused() {
    let cdn = Cdn::with_video(b"film").await;
    let target = cdn.sign("/v/1.mp4");
    for host in [
        "localhost:8081",
        "127.0.0.1",
        "127.0.0.1:8082",
        "127.0.0.1:8081.evil.example",
        "",
        "127.0.0.1:08081",
        "evil.example",
        " 127.0.0.1:8081",
    ] {
        let answer = cdn.get(&target, &[("host", host)]).await;
        assert_eq!(
            (answer.status, answer.text()),
            (StatusCode::FORBIDDEN, DENIED),
            "{host}"
        );
    }
    let twice = [("host", "127.0.0.1:8081"), ("host", "127.0.0.1:8081")];
    assert_eq!(cdn.get(&target, &twice).await.status, StatusCode::FORBIDDEN);

    let without = Request::builder()
        .uri(&target)
        .body(axum::body::Body::empty())
        .unwrap();
    assert_eq!(cdn.send(without).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_whole_url_in_the_request_line_must_name_our_host_too() {
    let cdn = Cdn::with_video(b"film").await;
    let target = cdn.sign("/v/1.mp4");
    let ours = cdn.get(&format!("{BASE}{target}"), &[]).await;
    assert_eq!(ours.status, StatusCode::OK);
    let other = cdn.get(&format!("http://evil.example{target}"), &[]).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn one_policy_opens_the_folder_that_it_names_and_no_other() {
    let cdn = Cdn::with_video(b"film").await;
    cdn.put("v/1/poster.jpg", b"poster").await;
    let query = cdn.sign_below("/v/1/*", "/v/1/poster.jpg");
    let opened = cdn.get(&format!("/v/1/poster.jpg?{query}"), &[]).await;
    assert_eq!((opened.status, opened.text()), (StatusCode::OK, "poster"));
    let closed = cdn.get(&format!("/v/1.mp4?{query}"), &[]).await;
    assert_eq!(
        (closed.status, closed.text()),
        (StatusCode::FORBIDDEN, DENIED)
    );
}

#[tokio::test]
async fn a_policy_for_an_address_asks_where_the_connection_comes_from() {
    let cdn = Cdn::with_video(b"film").await;
    let pattern = ResourcePattern::parse(&format!("{BASE}/v/1.mp4")).unwrap();
    let policy = CustomPolicy::new(pattern, NOW + 60).only_from("192.0.2.0/24".parse().unwrap());
    let url = ResourceUrl::parse(&format!("{BASE}/v/1.mp4")).unwrap();
    let target = target(&cdn.key.sign_policy(&policy).unwrap().url(&url).unwrap());

    for inside in ["192.0.2.7:4000", "[::ffff:192.0.2.7]:4000"] {
        assert_eq!(
            cdn.send_from(inside, &target).await.status,
            StatusCode::OK,
            "{inside}"
        );
    }
    for outside in ["192.0.3.7:4000", "[2001:db8::7]:4000"] {
        let answer = cdn.send_from(outside, &target).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{outside}");
    }
    assert_eq!(
        cdn.get(&target, &[]).await.status,
        StatusCode::FORBIDDEN,
        "nobody knows whence"
    );
}

#[tokio::test]
async fn a_signed_object_that_is_not_there_is_404() {
    let cdn = Cdn::with_video(b"film").await;
    for path in [
        "/v/2.mp4",
        "/v",
        "/v/1.mp4/x",
        "/v/1.mp4@/body",
        "/v/1.mp4/body",
        "/lock",
        "/",
    ] {
        let answer = cdn.get(&cdn.sign(path), &[]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("<Code>NoSuchKey</Code>"), "{path}");
    }
}

#[tokio::test]
async fn other_methods_are_405_and_say_which_are_allowed() {
    let cdn = Cdn::with_video(b"film").await;
    let signed = cdn.sign("/v/1.mp4");
    for method in [
        "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get",
    ] {
        for target in [signed.as_str(), "/v/1.mp4"] {
            let answer = cdn.ask(method, target, &[]).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
            assert_eq!(
                answer.header("allow"),
                Some("GET, HEAD, OPTIONS"),
                "{method}"
            );
        }
    }
    assert_eq!(cdn.get(&signed, &[]).await.text(), "film");
}

#[tokio::test]
async fn a_damaged_store_is_500_and_tells_nothing() {
    let cdn = Cdn::with_video(b"film").await;
    let record = cdn.place.path().join("objects/data/v/1.mp4@/record");
    std::fs::write(record, b"{").unwrap();
    let answer = cdn.get_video(&[]).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(
        answer
            .text()
            .ends_with("<Message>Please try again</Message></Error>")
    );
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn settings_that_are_no_origins_are_refused() {
    let cdn = Cdn::new();
    let build = |base: &str, origin: &str| {
        let settings = Settings {
            public_base: base.to_owned(),
            allowed_origins: vec!["https://a.example".to_owned(), origin.to_owned()],
        };
        Edge::new(
            cdn.folder.clone(),
            Arc::new(Verifier::new([])),
            Arc::new(|| NOW),
            &settings,
        )
        .map(|_| ())
    };
    assert_eq!(build(BASE, "http://localhost:8080"), Ok(()));
    for base in [
        "",
        "127.0.0.1:8081",
        "http://127.0.0.1:8081/",
        "https://cdn.example/path",
    ] {
        assert_eq!(
            build(base, BASE),
            Err(InvalidSettings::PublicBase(base.to_owned()))
        );
    }
    for origin in [
        "*",
        "null",
        "https://*.example.com",
        "https://shop.example.com/",
    ] {
        assert_eq!(
            build(BASE, origin),
            Err(InvalidSettings::AllowedOrigin(origin.to_owned()))
        );
    }
}
