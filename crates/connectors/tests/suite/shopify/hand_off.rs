//! Who stands in front of the shop's own pages: app proxy and session tokens.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use connectors::StoreSecret;
use connectors::shopify::{ShopVisitor, VisitorRefused, app_proxy, session_token};
use serde_json::{Value, json};

use super::delivery::{NOW, secret};

const SHOP: &str = "course-demo.myshopify.com";

fn visitor(customer: Option<&str>) -> ShopVisitor {
    ShopVisitor {
        shop: SHOP.to_owned(),
        customer: customer.map(|id| id.parse().unwrap()),
    }
}

/// Signs a query and puts the signature at its end.
pub(crate) fn signed(query: &str) -> String {
    let signature = app_proxy::sign(&secret(), query).unwrap();
    format!("{query}&signature={signature}")
}

fn query(customer: &str, seconds: i64) -> String {
    let at = NOW.plus_seconds(seconds).as_seconds();
    format!("shop={SHOP}&logged_in_customer_id={customer}&path_prefix=/apps/courses&timestamp={at}")
}

fn proxied(query: &str) -> Result<ShopVisitor, VisitorRefused> {
    app_proxy::verify(query, &[secret()], NOW)
}

#[test]
fn the_proxy_tells_who_is_signed_in() {
    assert_eq!(
        proxied(&signed(&query("207119551", 0))),
        Ok(visitor(Some("207119551")))
    );
    assert_eq!(proxied(&signed(&query("", 0))), Ok(visitor(None)));
    let huge = "18446744073709551617";
    assert_eq!(proxied(&signed(&query(huge, 0))), Ok(visitor(Some(huge))));
}

#[test]
fn the_example_of_shopifys_documentation_verifies() {
    // Signed by "hush", with an array among the parameters.
    let query = "extra=1&extra=2&shop=shop-name.myshopify.com&path_prefix=%2Fapps%2Fawesome_reviews&timestamp=1317327555";
    let hush = StoreSecret::new("hush".to_owned());
    assert_eq!(
        app_proxy::sign(&hush, query).unwrap(),
        "a9718877bea71c2484f91608a7eaea1532bdf71f5c56825065fa4ccabe549ef3"
    );
}

#[test]
fn a_visitors_own_parameters_are_signed_beside() {
    let query = format!("{}&utm=a&utm=b&name=%C3%84da+%26+Bob", query("7", 0));
    let good = signed(&query);
    assert_eq!(proxied(&good), Ok(visitor(Some("7"))));
    let changed = good.replace("utm=b", "utm=c");
    assert_eq!(proxied(&changed), Err(VisitorRefused::BadSignature));
}

#[test]
fn every_changed_character_of_a_proxied_query_is_refused() {
    let good = signed(&query("207119551", 0));
    for (index, old) in good.char_indices() {
        for new in ['0', 'f', 'x', '&', '='] {
            if new != old {
                let mut changed = good.clone();
                changed.replace_range(index..=index, &new.to_string());
                assert!(proxied(&changed).is_err(), "{changed}");
            }
        }
    }
}

#[test]
fn what_only_shopify_sets_may_stand_once() {
    let good = signed(&query("7", 0));
    for name in [
        "shop",
        "logged_in_customer_id",
        "path_prefix",
        "timestamp",
        "signature",
    ] {
        for twice in [format!("{good}&{name}=8"), format!("{name}=8&{good}")] {
            assert_eq!(proxied(&twice), Err(VisitorRefused::Repeated(name)));
        }
    }
}

#[test]
fn a_proxied_query_is_good_for_ninety_seconds_on_either_side() {
    for (seconds, expected) in [
        (-91, Err(VisitorRefused::TooOld)),
        (-90, Ok(visitor(None))),
        (90, Ok(visitor(None))),
        (91, Err(VisitorRefused::TooNew)),
    ] {
        assert_eq!(proxied(&signed(&query("", seconds))), expected, "{seconds}");
    }
}

#[test]
fn a_proxied_query_that_is_not_whole_vouches_for_nobody() {
    let whole = query("7", 0);
    for (without, name) in [
        (whole.replace("shop=", "store="), "shop"),
        (
            whole.replace("logged_in_customer_id=", "id="),
            "logged_in_customer_id",
        ),
        (whole.replace("timestamp=", "time="), "timestamp"),
    ] {
        assert_eq!(
            proxied(&signed(&without)),
            Err(VisitorRefused::Missing(name))
        );
    }
    assert_eq!(proxied(&whole), Err(VisitorRefused::Missing("signature")));
    assert_eq!(proxied(""), Err(VisitorRefused::Missing("signature")));

    let malformed = |name| Err(VisitorRefused::Malformed(name));
    for customer in ["0", "-1", "7,8", "abc", "+7", "%207"] {
        let query = signed(&query(customer, 0));
        assert_eq!(
            proxied(&query),
            malformed("logged_in_customer_id"),
            "{customer}"
        );
    }
    for shop in [
        "course-demo.example.com",
        "a/b.myshopify.com",
        ".myshopify.com",
        "x.y.myshopify.com",
    ] {
        assert_eq!(
            proxied(&signed(&whole.replace(SHOP, shop))),
            malformed("shop"),
            "{shop}"
        );
    }
    let signature = app_proxy::sign(&secret(), &whole).unwrap();
    for signature in [
        signature.to_uppercase(),
        signature[1..].to_owned(),
        String::new(),
    ] {
        let query = format!("{whole}&signature={signature}");
        assert_eq!(proxied(&query), malformed("signature"));
    }
}

#[test]
fn any_of_the_apps_secrets_may_have_signed() {
    let other = StoreSecret::new("shpss_ffffffffffffffffffffffffffffffff".to_owned());
    let query = signed(&query("7", 0));
    assert!(app_proxy::verify(&query, &[other.clone(), secret()], NOW).is_ok());
    let refused = Err(VisitorRefused::BadSignature);
    assert_eq!(app_proxy::verify(&query, &[other], NOW), refused);
    assert_eq!(app_proxy::verify(&query, &[], NOW), refused);
}

const CLIENT: &str = "9f8e7d6c5b4a39281706f5e4d3c2b1a0";

pub(crate) fn claims() -> Value {
    let now = NOW.as_seconds();
    json!({
        "dest": SHOP, "aud": CLIENT, "sub": "gid://shopify/Customer/207119551", "jti": "4e8f0b3c",
        "nbf": now - 60, "iat": now - 60, "exp": now + 240,
    })
}

pub(crate) fn token(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret().expose().as_bytes());
    let tag = aws_lc_rs::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

fn header() -> Value {
    json!({ "alg": "HS256", "typ": "JWT" })
}

fn verify(token: &str) -> Result<ShopVisitor, VisitorRefused> {
    let verified = session_token::verify(token, CLIENT, &[secret()], NOW)?;
    assert_eq!(verified.id, "4e8f0b3c");
    assert_eq!(verified.expires_at, NOW.plus_seconds(240));
    Ok(verified.visitor)
}

fn with(name: &str, value: Value) -> Result<ShopVisitor, VisitorRefused> {
    let mut claims = claims();
    claims[name] = value;
    let verified = session_token::verify(&token(&header(), &claims), CLIENT, &[secret()], NOW)?;
    Ok(verified.visitor)
}

#[test]
fn a_session_token_tells_who_is_signed_in() {
    assert_eq!(
        verify(&token(&header(), &claims())),
        Ok(visitor(Some("207119551")))
    );
    assert_eq!(with("sub", Value::Null), Ok(visitor(None)));
    assert_eq!(
        with("dest", json!(format!("https://{SHOP}"))),
        Ok(visitor(Some("207119551")))
    );
}

#[test]
fn every_changed_character_of_a_session_token_is_refused() {
    let good = token(&header(), &claims());
    for (index, old) in good.char_indices() {
        for new in ['A', 'z', '0', '-', '_', '.', '='] {
            if new != old {
                let mut changed = good.clone();
                changed.replace_range(index..=index, &new.to_string());
                assert!(verify(&changed).is_err(), "{changed}");
            }
        }
    }
}

#[test]
fn the_tokens_algorithm_selects_nothing() {
    for alg in [json!("none"), json!("HS512"), json!("RS256"), json!(256)] {
        let token = token(&json!({ "alg": alg }), &claims());
        assert_eq!(
            verify(&token),
            Err(VisitorRefused::Malformed("alg")),
            "{alg}"
        );
    }
    let unsigned = token(&json!({ "alg": "none" }), &claims());
    let unsigned = &unsigned[..=unsigned.rfind('.').unwrap()];
    assert_eq!(verify(unsigned), Err(VisitorRefused::BadSignature));
}

#[test]
fn a_session_token_is_good_in_its_time_and_ten_seconds_around() {
    let now = NOW.as_seconds();
    for (name, at, expected) in [
        ("exp", now - 10, Err(VisitorRefused::TooOld)),
        ("exp", now - 9, Ok(())),
        ("nbf", now + 10, Ok(())),
        ("nbf", now + 11, Err(VisitorRefused::TooNew)),
        ("exp", i64::MIN, Err(VisitorRefused::Malformed("exp"))),
        ("exp", i64::MAX, Ok(())),
    ] {
        assert_eq!(
            with(name, json!(at)).map(|_| ()),
            expected,
            "{name} {}",
            at - now
        );
    }
}

#[test]
fn a_session_token_for_another_app_is_refused() {
    assert_eq!(with("aud", json!("another")), Err(VisitorRefused::OtherApp));
    let malformed = Err(VisitorRefused::Malformed("aud"));
    assert_eq!(with("aud", json!([CLIENT, "another"])), malformed);
}

#[test]
fn a_member_of_the_staff_is_no_customer() {
    for sub in [
        "207119551",
        "gid://shopify/StaffMember/1",
        "gid://shopify/Customer/",
        "gid://shopify/Customer/1/2",
    ] {
        assert_eq!(
            with("sub", json!(sub)),
            Err(VisitorRefused::Malformed("sub")),
            "{sub}"
        );
    }
}

#[test]
fn a_session_token_that_is_not_whole_vouches_for_nobody() {
    for name in ["aud", "exp", "nbf", "dest", "jti"] {
        assert_eq!(with(name, Value::Null), Err(VisitorRefused::Missing(name)));
    }
    for name in ["exp", "nbf"] {
        assert_eq!(
            with(name, json!("soon")),
            Err(VisitorRefused::Malformed(name))
        );
    }
    assert_eq!(
        with("dest", json!("evil.example.com")),
        Err(VisitorRefused::Malformed("dest"))
    );
    let token_of_one_part = VisitorRefused::Malformed("the token");
    for text in ["", ".", "..", "a", "a.b", &"a.".repeat(10_000)] {
        assert!(verify(text).is_err());
    }
    assert_eq!(verify("a"), Err(token_of_one_part));
}

#[test]
fn a_claim_that_is_there_twice_is_refused() {
    let twice = claims()
        .to_string()
        .replacen('{', "{\"sub\":\"gid://shopify/Customer/1\",", 1);
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header().to_string()),
        URL_SAFE_NO_PAD.encode(twice)
    );
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret().expose().as_bytes());
    let tag = URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()));
    assert_eq!(
        verify(&format!("{signed}.{tag}")),
        Err(VisitorRefused::Malformed("the token"))
    );
}
