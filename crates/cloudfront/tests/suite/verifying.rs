//! The verifier's rules, one by one.

use std::net::IpAddr;

use cloudfront::{
    CustomPolicy, KeyPairId, Malformed, PublicKey, Refusal, ResourcePattern, Sha1, UrlError,
    Verifier,
};

use crate::material::{
    EC_ID, borrowed, cookies_of, ec_key, expected, id, lenient_verifier, rsa_key, url, verifier,
};

const OBJECT: &str = "https://h.example/v/1/a.mp4";
const NOW: u64 = 1_000;

fn verdict(url: &str) -> Result<(), Refusal> {
    lenient_verifier().verify_url(url, NOW, None)
}

fn malformed(reason: Malformed) -> Result<(), Refusal> {
    Err(Refusal::Malformed(reason))
}

fn canned() -> String {
    ec_key().sign_canned(&url(OBJECT), NOW + 1).unwrap()
}

fn custom() -> String {
    let policy = CustomPolicy::new(
        ResourcePattern::parse(&format!("{OBJECT}*")).unwrap(),
        NOW + 1,
    );
    ec_key()
        .sign_policy(&policy)
        .unwrap()
        .url(&url(OBJECT))
        .unwrap()
}

#[test]
fn an_unsigned_request_is_refused_as_such() {
    assert_eq!(verdict(OBJECT), Err(Refusal::MissingKey));
    assert_eq!(
        verdict(&format!("{OBJECT}?expires=1&policy=2")),
        Err(Refusal::MissingKey)
    );
    let strangers = [
        ("session", "x"),
        ("cloudfront-policy", "x"),
        ("CloudFront-Viewer", "x"),
    ];
    let answer = lenient_verifier().verify_cookies(OBJECT, &strangers, NOW, None);
    assert_eq!(answer, Err(Refusal::MissingKey));
}

#[test]
fn a_request_is_refused_from_the_second_of_its_expiry() {
    for signed in [canned(), custom()] {
        for (now, answer) in [
            (0, Ok(())),
            (NOW, Ok(())),
            (NOW + 1, Err(Refusal::Expired)),
            (NOW + 2, Err(Refusal::Expired)),
        ] {
            assert_eq!(verifier().verify_url(&signed, now, None), answer);
        }
    }
}

#[test]
fn a_policy_with_a_start_is_refused_up_to_and_in_that_second() {
    let policy = CustomPolicy::for_object(&url(OBJECT), 2 * NOW)
        .unwrap()
        .starting_after(NOW);
    let signed = ec_key()
        .sign_policy(&policy)
        .unwrap()
        .url(&url(OBJECT))
        .unwrap();
    for (now, answer) in [
        (NOW - 1, Err(Refusal::NotYet)),
        (NOW, Err(Refusal::NotYet)),
        (NOW + 1, Ok(())),
    ] {
        assert_eq!(verifier().verify_url(&signed, now, None), answer);
    }
}

#[test]
fn a_policy_with_addresses_is_for_viewers_there() {
    let policy = CustomPolicy::for_object(&url(OBJECT), 2 * NOW)
        .unwrap()
        .only_from("203.0.113.0/24".parse().unwrap());
    let signed = ec_key()
        .sign_policy(&policy)
        .unwrap()
        .url(&url(OBJECT))
        .unwrap();
    let from = |viewer: Option<&str>| {
        let viewer = viewer.map(|viewer| viewer.parse::<IpAddr>().unwrap());
        verifier().verify_url(&signed, NOW, viewer)
    };
    assert_eq!(from(Some("203.0.113.9")), Ok(()));
    assert_eq!(from(Some("::ffff:203.0.113.9")), Ok(()));
    assert_eq!(from(Some("203.0.114.9")), Err(Refusal::WrongAddress));
    assert_eq!(from(Some("2001:db8::9")), Err(Refusal::WrongAddress));
    assert_eq!(from(None), Err(Refusal::WrongAddress));
}

#[test]
fn a_policy_does_not_open_another_object() {
    let object = url(OBJECT);
    let policy = CustomPolicy::for_object(&object, 2 * NOW).unwrap();
    let signed = ec_key().sign_policy(&policy).unwrap().url(&object).unwrap();
    for other in [
        "https://h.example/v/1/b.mp4",
        "https://h.example/v/1/a.mp4.bak",
        "https://h.example/v/1//a.mp4",
        "https://h.example/v/1/A.mp4",
        "https://h.example/v/1/%61.mp4",
        "http://h.example/v/1/a.mp4",
        "https://h.example:8443/v/1/a.mp4",
        "https://other.example/v/1/a.mp4",
    ] {
        assert_eq!(
            verdict(&signed.replace(OBJECT, other)),
            Err(Refusal::WrongResource),
            "{other}"
        );
        assert_eq!(
            verdict(&canned().replace(OBJECT, other)),
            Err(Refusal::BadSignature)
        );
    }
    let walked = signed.replace("/1/", "/2/%2e%2E/1/");
    assert_eq!(
        verdict(&walked),
        malformed(Malformed::Url(UrlError::DotSegment))
    );
}

#[test]
fn a_request_with_its_own_query_is_signed_with_it() {
    let object = "https://h.example/a?x=1&y=2";
    let signed = ec_key().sign_canned(&url(object), NOW + 1).unwrap();
    assert_eq!(verdict(&signed), Ok(()));
    for (from, to) in [
        ("x=1&y=2", "y=2&x=1"),
        ("x=1&y=2", "x=1"),
        ("x=1&y=2", "x=1&y=2&z=3"),
        ("x=1&y=2", "x=1&y=2&"),
        ("x=1&y=2", "x=1;y=2"),
        ("x=1&y=2", "x=1&&y=2"),
    ] {
        assert_eq!(
            verdict(&signed.replace(from, to)),
            Err(Refusal::BadSignature),
            "{to}"
        );
    }
    assert_eq!(
        verdict(&format!("{signed}&utm_source=mail")),
        Err(Refusal::BadSignature)
    );
    assert_eq!(verdict(&format!("{signed}&")), Err(Refusal::BadSignature));
}

#[test]
fn the_parameters_stand_in_any_order() {
    for signed in [canned(), custom()] {
        let (base, query) = signed.split_once('?').unwrap();
        let mut pieces: Vec<&str> = query.split('&').collect();
        for _ in 0..pieces.len() {
            pieces.rotate_left(1);
            assert_eq!(verdict(&format!("{base}?{}", pieces.join("&"))), Ok(()));
        }
    }
}

#[test]
fn an_unknown_key_is_refused_and_the_right_id_with_another_key_too() {
    let key = rsa_key();
    let only_rsa = Verifier::new([(key.id().clone(), key.public_key().unwrap())]);
    assert_eq!(
        only_rsa.verify_url(&canned(), NOW, None),
        Err(Refusal::UnknownKey)
    );
    let mixed_up: [(KeyPairId, PublicKey); 1] = [(id(EC_ID), key.public_key().unwrap())];
    let answer = Verifier::new(mixed_up).verify_url(&canned(), NOW, None);
    assert_eq!(answer, Err(Refusal::BadSignature));
}

#[test]
fn sha1_is_refused_unless_it_is_accepted() {
    for column in ["rsa-sha1", "ec-sha1"] {
        let signed = expected("canned-plain", column)["url"]
            .as_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            verifier().verify_url(&signed, NOW, None),
            Err(Refusal::Sha1Refused)
        );
        let refusing = lenient_verifier().clone().accept_sha1(Sha1::Refuse);
        assert_eq!(
            refusing.verify_url(&signed, NOW, None),
            Err(Refusal::Sha1Refused)
        );
        assert_eq!(verdict(&signed), Ok(()));
        assert_eq!(
            verdict(&format!("{signed}&Hash-Algorithm=SHA256")),
            Err(Refusal::BadSignature)
        );
    }
}

#[test]
fn the_hash_parameter_is_exactly_sha256_or_absent() {
    for signed in [canned(), custom()] {
        let with = |value: &str| verdict(&signed.replace("&Hash-Algorithm=SHA256", value));
        assert_eq!(with(""), Err(Refusal::BadSignature));
        assert_eq!(with("&hash-algorithm=SHA256"), Err(Refusal::BadSignature));
        for value in ["SHA1", "sha256", "SHA-256", "SHA256 ", "", "SHA512"] {
            let answer = with(&format!("&Hash-Algorithm={}", value.replace(' ', "%20")));
            assert_eq!(answer, malformed(Malformed::HashAlgorithm), "{value}");
        }
        assert_eq!(with("&Hash-Algorithm"), malformed(Malformed::HashAlgorithm));
    }
}

#[test]
fn expires_is_a_plain_decimal_number() {
    for value in [
        "",
        "01001",
        "+1001",
        "-1",
        "1001.0",
        "1e3",
        "0x3e9",
        "%31001",
        "1001%20",
        "9223372036854775808",
        "18446744073709551617",
    ] {
        let altered = canned().replace("Expires=1001", &format!("Expires={value}"));
        assert_eq!(verdict(&altered), malformed(Malformed::Expires), "{value}");
    }
    let altered = canned().replace("Expires=1001", "Expires=9223372036854775807");
    assert_eq!(verdict(&altered), Err(Refusal::BadSignature));
}

#[test]
fn expires_and_policy_exclude_each_other() {
    for signed in [
        format!("{}&Policy=e30_", canned()),
        format!("{}&Expires=1001", custom()),
    ] {
        assert_eq!(verdict(&signed), malformed(Malformed::ExpiresAndPolicy));
    }
}

#[test]
fn a_parameter_in_disguise_is_refused() {
    for signed in [canned(), custom()] {
        for extra in [
            "Expire%73=9",
            "%50olicy=e30_",
            "Key%2DPair-Id=K1",
            "Sign%61ture=",
            "Policy%",
        ] {
            let answer = verdict(&format!("{signed}&{extra}"));
            assert!(matches!(answer, Err(Refusal::Malformed(_))), "{extra}");
        }
    }
}

#[test]
fn a_url_with_any_signing_parameter_is_not_helped_by_cookies() {
    let cookies = ec_key().sign_canned_cookies(&url(OBJECT), NOW + 1).unwrap();
    let with_cookies =
        |url: &str| lenient_verifier().verify_cookies(url, &borrowed(&cookies), NOW, None);
    assert_eq!(with_cookies(OBJECT), Ok(()));
    for parameter in [
        "Expires=1001",
        "Policy=e30_",
        "Signature=",
        "Key-Pair-Id=K1",
        "Hash-Algorithm=SHA256",
    ] {
        let answer = with_cookies(&format!("{OBJECT}?{parameter}"));
        assert!(matches!(answer, Err(Refusal::Malformed(_))), "{parameter}");
    }
    let expired = ec_key().sign_canned(&url(OBJECT), NOW).unwrap();
    assert_eq!(with_cookies(&expired), Err(Refusal::Expired));
}

#[test]
fn a_good_url_is_not_spoilt_by_bad_cookies() {
    let answer = verifier().verify_cookies(&canned(), &[("CloudFront-Policy", "x")], NOW, None);
    assert_eq!(answer, Ok(()));
}

#[test]
fn a_repeated_cookie_is_refused() {
    for case in ["canned-plain", "custom-nbf"] {
        let cookies = cookies_of(&expected(case, "ec-sha256")["cookies"]);
        for cookie in &cookies {
            let mut more = borrowed(&cookies);
            more.push((&cookie.0, &cookie.1));
            let answer = verifier().verify_cookies(OBJECT, &more, NOW, None);
            assert_eq!(answer, malformed(Malformed::Repeated));
        }
    }
}
