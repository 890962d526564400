//! Signing: what custom policies say, what they cover, and what is refused before it is signed.

use cloudfront::{CustomPolicy, ResourcePattern, ResourceUrl, SignError};

use crate::material::{ec_key, rsa_key, url, verifier};

fn folder(expires: u64) -> CustomPolicy {
    CustomPolicy::new(
        ResourcePattern::parse("https://h.example/v/1/*").unwrap(),
        expires,
    )
}

#[test]
fn a_policy_has_no_white_space_and_a_fixed_order() {
    let policy = folder(30)
        .starting_after(20)
        .only_from("203.0.113.7".parse().unwrap());
    assert_eq!(
        policy.text(),
        "{\"Statement\":[{\"Resource\":\"https://h.example/v/1/*\",\"Condition\":{\
         \"DateLessThan\":{\"AWS:EpochTime\":30},\"DateGreaterThan\":{\"AWS:EpochTime\":20},\
         \"IpAddress\":{\"AWS:SourceIp\":\"203.0.113.7/32\"}}}]}"
    );
}

#[test]
fn one_signature_serves_every_object_of_its_folder_and_nothing_else() {
    let signed = ec_key().sign_policy(&folder(100)).unwrap();
    let mut tails = Vec::new();
    for object in [
        "https://h.example/v/1/a.ts",
        "https://h.example/v/1/b/c.ts?x=1",
    ] {
        let whole = signed.url(&url(object)).unwrap();
        assert_eq!(verifier().verify_url(&whole, 99, None), Ok(()));
        tails.push(whole.strip_prefix(object).unwrap()[1..].to_owned());
    }
    assert_eq!(tails[0], tails[1]);
    for object in [
        "https://h.example/v/2/a.ts",
        "https://h.example/v/1",
        "https://h.example/v/10/a.ts",
        "https://other.example/v/1/a.ts",
        "http://h.example/v/1/a.ts",
    ] {
        assert_eq!(
            signed.url(&url(object)),
            Err(SignError::NotCovered),
            "{object}"
        );
    }
}

#[test]
fn a_policy_for_one_object_covers_that_object_only() {
    let object = url("https://h.example/v/1/a.mp4");
    let signed = rsa_key()
        .sign_policy(&CustomPolicy::for_object(&object, 100).unwrap())
        .unwrap();
    assert!(signed.url(&object).is_ok());
    let neighbour = url("https://h.example/v/1/a.mp4?download");
    assert_eq!(signed.url(&neighbour), Err(SignError::NotCovered));
}

#[test]
fn milliseconds_and_empty_periods_are_not_signed() {
    let object = url("https://h.example/a");
    let key = ec_key();
    let late = 253_402_300_800;
    assert_eq!(key.sign_canned(&object, late), Err(SignError::NotSeconds));
    assert_eq!(
        key.sign_canned_cookies(&object, late),
        Err(SignError::NotSeconds)
    );
    assert!(key.sign_canned(&object, late - 1).is_ok());
    assert_eq!(
        key.sign_policy(&folder(late)).unwrap_err(),
        SignError::NotSeconds
    );
    assert_eq!(
        key.sign_policy_cookies(&folder(late)),
        Err(SignError::NotSeconds)
    );
    let empty = folder(100).starting_after(100);
    assert_eq!(key.sign_policy(&empty).unwrap_err(), SignError::EmptyPeriod);
    assert!(key.sign_policy(&folder(100).starting_after(99)).is_ok());
}

#[test]
fn a_signed_url_never_exceeds_what_cloudfront_takes() {
    let object = ResourceUrl::parse(&format!("https://h.example/{}", "a".repeat(8_000))).unwrap();
    assert_eq!(rsa_key().sign_canned(&object, 100), Err(SignError::TooLong));
    assert!(rsa_key().sign_canned_cookies(&object, 100).is_ok());
    let all = CustomPolicy::new(ResourcePattern::parse("https://h.example/*").unwrap(), 100);
    assert_eq!(
        rsa_key().sign_policy(&all).unwrap().url(&object),
        Err(SignError::TooLong)
    );
}

#[test]
fn the_debug_text_of_a_signed_policy_holds_no_signature() {
    let signed = ec_key().sign_policy(&folder(100)).unwrap();
    let shown = format!("{signed:?}");
    assert!(
        !shown.contains("Signature") && !shown.contains("eyJ"),
        "{shown}"
    );
}
