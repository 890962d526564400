//! What is signed is verified, for any input that the types let through.

use cloudfront::{Refusal, ResourcePattern, ResourceUrl, SigningKey};
use proptest::prelude::*;

use crate::material::{borrowed, ec_key, rsa_key, url, verifier};
use crate::strategies::{expiry, object, wish};

fn key(is_rsa: bool) -> &'static SigningKey {
    if is_rsa { rsa_key() } else { ec_key() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_canned_url_is_good_until_its_last_second(
        object in object(), expires in expiry(), is_rsa: bool, early in 1_u64..1_000_000_000,
    ) {
        let signed = key(is_rsa).sign_canned(&url(&object), expires).unwrap();
        prop_assert!(signed.starts_with(&object));
        let verdict = |now| verifier().verify_url(&signed, now, None);
        prop_assert_eq!(verdict(expires - early), Ok(()));
        prop_assert_eq!(verdict(expires - 1), Ok(()));
        prop_assert_eq!(verdict(expires), Err(Refusal::Expired));
        prop_assert_eq!(verdict(u64::MAX), Err(Refusal::Expired));
    }

    #[test]
    fn canned_cookies_open_their_object_and_no_other(
        object in object(), other in object(), expires in expiry(), is_rsa: bool,
    ) {
        let cookies = key(is_rsa).sign_canned_cookies(&url(&object), expires).unwrap();
        let verdict = |url: &str| verifier().verify_cookies(url, &borrowed(&cookies), 0, None);
        prop_assert_eq!(verdict(&object), Ok(()));
        if object != other {
            prop_assert_eq!(verdict(&other), Err(Refusal::BadSignature));
        }
    }

    #[test]
    fn a_custom_policy_opens_what_it_covers_while_it_lasts(wish in wish(), is_rsa: bool) {
        let signed = key(is_rsa).sign_policy(&wish.policy()).unwrap();
        let signed = signed.url(&url(&wish.object)).unwrap();
        let verdict = |now| verifier().verify_url(&signed, now, wish.viewer());
        prop_assert_eq!(verdict(wish.expires - 1), Ok(()));
        prop_assert_eq!(verdict(wish.expires), Err(Refusal::Expired));
        if let Some(starts) = wish.starts {
            prop_assert_eq!(verdict(starts), Err(Refusal::NotYet));
            prop_assert_eq!(verdict(starts + 1), Ok(()));
        }
        if wish.address.is_some() {
            let unknown = verifier().verify_url(&signed, wish.expires - 1, None);
            prop_assert_eq!(unknown, Err(Refusal::WrongAddress));
        }
    }

    #[test]
    fn policy_cookies_open_what_they_cover(wish in wish(), is_rsa: bool) {
        let cookies = key(is_rsa).sign_policy_cookies(&wish.policy()).unwrap();
        let now = wish.expires - 1;
        let verdict =
            verifier().verify_cookies(&wish.object, &borrowed(&cookies), now, wish.viewer());
        prop_assert_eq!(verdict, Ok(()));
    }

    #[test]
    fn no_text_makes_the_verifier_panic(text in "\\PC{0,80}", tail in "[&=?A-Za-z0-9_~%*-]{0,80}") {
        prop_assert!(verifier().verify_url(&text, 0, None).is_err());
        let url = format!("https://h.example/a?Policy={tail}&Signature={text}&Key-Pair-Id=K1");
        prop_assert!(verifier().verify_url(&url, 0, None).is_err());
    }

    #[test]
    fn a_url_is_either_refused_or_kept_as_it_is(text in "https://h\\.example/[ -~]{0,40}") {
        if let Ok(url) = ResourceUrl::parse(&text) {
            prop_assert_eq!(url.as_str(), text);
        }
    }

    /// A plain recursive reading of the rules, to compare the fast one with.
    #[test]
    fn covering_agrees_with_a_plain_reading_of_the_rules(
        pattern in "/[ab*?]{0,8}", target in "/[ab]{0,6}(\\?[ab]{1,3})?",
    ) {
        let url = format!("https://h.example{target}");
        let Ok(url) = ResourceUrl::parse(&url) else { return Ok(()) };
        let pattern_text = format!("https://h.example{pattern}");
        let ours = ResourcePattern::parse(&pattern_text).unwrap().covers(&url);
        prop_assert_eq!(ours, plainly_covers(pattern.as_bytes(), target.as_bytes(), true));
    }
}

fn plainly_covers(pattern: &[u8], target: &[u8], is_path: bool) -> bool {
    match (pattern, target) {
        ([], []) | ([b'*'], _) => true,
        ([b'*', rest @ ..], _) => {
            plainly_covers(rest, target, is_path)
                || match target {
                    [b'?', ..] if is_path => false,
                    [_, after @ ..] => plainly_covers(pattern, after, is_path),
                    [] => false,
                }
        }
        ([wanted, rest @ ..], [byte, after @ ..]) => {
            (*wanted == b'?' || wanted == byte)
                && plainly_covers(rest, after, is_path && *byte != b'?')
        }
        _ => false,
    }
}
