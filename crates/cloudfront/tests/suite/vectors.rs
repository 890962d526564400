//! Every case of `testdata/vectors/cloudfront.json`.

use cloudfront::{
    CustomPolicy, Malformed, PatternError, Refusal, ResourcePattern, ResourceUrl, UrlError,
};
use serde_json::Value;

use crate::material::{
    COLUMNS, borrowed, cookies_of, ec_key, json, lenient_verifier, rsa_key, url, verifier,
};

const VIEWER: &str = "203.0.113.7";

fn cases() -> Vec<Value> {
    let cases = json("cloudfront.json")["vectors"]
        .as_array()
        .unwrap()
        .clone();
    assert_eq!(cases.len(), 25);
    cases
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn input_url(case: &Value) -> &str {
    text(&case["input"], "url")
}

fn expires(case: &Value) -> u64 {
    case["input"]["date_less_than"].as_u64().unwrap()
}

/// Why the request of a case can never be verified, however well it is signed.
fn flaw(case: &Value) -> Option<UrlError> {
    match text(case, "id") {
        "canned-no-path" => Some(UrlError::NoPath),
        "canned-space-raw" => Some(UrlError::Unencoded { at: 46 }),
        "canned-unicode-raw" => Some(UrlError::Unencoded { at: 48 }),
        _ => None,
    }
}

/// The policy that a case asks for, as our types say it.
fn policy(case: &Value) -> Result<CustomPolicy, PatternError> {
    let input = &case["input"];
    let mut policy = match input["resource"].as_str() {
        Some(resource) => CustomPolicy::new(ResourcePattern::parse(resource)?, expires(case)),
        None => CustomPolicy::for_object(&url(input_url(case)), expires(case))?,
    };
    if let Some(starts) = input["date_greater_than"].as_u64() {
        policy = policy.starting_after(starts);
    }
    if let Some(address) = input["ip"].as_str() {
        policy = policy.only_from(address.parse().unwrap());
    }
    Ok(policy)
}

#[test]
fn every_vector_verifies_in_all_four_columns() {
    let viewer = Some(VIEWER.parse().unwrap());
    for case in cases() {
        for column in COLUMNS {
            let expected = &case["expected"][column];
            let signed = text(expected, "url");
            let verdict = match flaw(&case) {
                Some(flaw) => Err(Refusal::Malformed(Malformed::Url(flaw))),
                None => Ok(()),
            };
            let last = expires(&case) - 1;
            let label = format!("{} {column}", text(&case, "id"));
            assert_eq!(
                lenient_verifier().verify_url(signed, last, viewer),
                verdict,
                "{label}"
            );
            if verdict.is_ok() {
                let late = lenient_verifier().verify_url(signed, last + 1, viewer);
                assert_eq!(late, Err(Refusal::Expired), "{label}");
                let strict = verifier().verify_url(signed, last, viewer);
                let refused = Err(Refusal::Sha1Refused);
                assert_eq!(
                    strict,
                    if column.ends_with("sha1") {
                        refused
                    } else {
                        Ok(())
                    }
                );
            }
            if let Some(cookies) = expected.get("cookies") {
                let cookies = cookies_of(cookies);
                let answer = lenient_verifier().verify_cookies(
                    input_url(&case),
                    &borrowed(&cookies),
                    last,
                    viewer,
                );
                assert_eq!(answer, Ok(()), "{label}");
            }
        }
    }
}

#[test]
fn canned_rsa_urls_and_cookies_equal_the_vectors_byte_for_byte() {
    let mut equal = 0;
    for case in cases()
        .iter()
        .filter(|case| case["policy_type"] == "canned")
    {
        let expected = &case["expected"]["rsa-sha256"];
        let refusal = match text(case, "id") {
            // A literal asterisk is a wildcard in a custom policy: we want it percent-encoded.
            "canned-reserved" => Some(UrlError::Wildcard),
            _ => flaw(case),
        };
        if let Some(refusal) = refusal {
            assert_eq!(ResourceUrl::parse(input_url(case)), Err(refusal));
            continue;
        }
        let object = url(input_url(case));
        let signed = rsa_key().sign_canned(&object, expires(case)).unwrap();
        assert_eq!(signed, text(expected, "url"));
        if let Some(cookies) = expected.get("cookies") {
            let mut ours = rsa_key()
                .sign_canned_cookies(&object, expires(case))
                .unwrap()
                .map(|(name, value)| (name.to_owned(), value));
            ours.sort();
            assert_eq!(ours.to_vec(), cookies_of(cookies));
        }
        let ours = ec_key().sign_canned(&object, expires(case)).unwrap();
        assert_eq!(
            verifier().verify_url(&ours, expires(case) - 1, None),
            Ok(())
        );
        equal += 1;
    }
    assert_eq!(equal, 14);
}

#[test]
fn custom_rsa_urls_and_cookies_equal_the_vectors_byte_for_byte() {
    let mut equal = 0;
    for case in cases()
        .iter()
        .filter(|case| case["policy_type"] == "custom")
    {
        let expected = &case["expected"]["rsa-sha256"];
        let policy = match (text(case, "id"), policy(case)) {
            ("policy-wild-all", policy) => {
                assert_eq!(policy, Err(PatternError::Url(UrlError::Scheme)));
                continue;
            }
            ("policy-escaped-qmark", policy) => {
                assert!(matches!(
                    policy,
                    Err(PatternError::Url(UrlError::Unencoded { .. }))
                ));
                continue;
            }
            // Our text never has white space; verifying the vector's own is tested above.
            ("policy-whitespace", policy) => {
                assert!(!policy.unwrap().text().contains(char::is_whitespace));
                continue;
            }
            (_, policy) => policy.unwrap(),
        };
        assert_eq!(policy.text(), text(case, "policy_json"));
        let signed = rsa_key().sign_policy(&policy).unwrap();
        assert_eq!(
            signed.url(&url(input_url(case))).unwrap(),
            text(expected, "url")
        );
        let mut ours = rsa_key()
            .sign_policy_cookies(&policy)
            .unwrap()
            .map(|(name, value)| (name.to_owned(), value));
        ours.sort();
        assert_eq!(ours.to_vec(), cookies_of(&expected["cookies"]));
        equal += 1;
    }
    assert_eq!(equal, 4);
}
