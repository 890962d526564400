//! Whose webhooks are accepted.

use connectors::{Refused, SecretError, StoreKind, StoreSecret, connector, shopify};
use http::HeaderValue;

use super::delivery::{Delivery, NOW, recordings, secret};

fn verdict(delivery: &Delivery) -> Result<(), Refused> {
    delivery.verify(&[secret()]).map(|_| ())
}

#[test]
fn every_recording_verifies_and_remembers_what_matters() {
    for (name, _) in recordings() {
        let delivery = Delivery::recorded(&name);
        let webhook = delivery.verify(&[secret()]).unwrap();

        assert_eq!(webhook.body(), delivery.body, "{name}");
        assert_eq!(webhook.first_received_at(), NOW);
        let header = |name| delivery.headers[name].to_str().unwrap();
        assert_eq!(webhook.topic(), Some(header("x-shopify-topic")));
        assert_eq!(webhook.event_id(), Some(header("x-shopify-webhook-id")));
        let kept: Vec<_> = webhook
            .headers()
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(
            kept,
            [
                "content-type",
                "user-agent",
                "x-shopify-topic",
                "x-shopify-webhook-id",
                "x-shopify-event-id",
                "x-shopify-triggered-at",
                "x-shopify-shop-domain",
                "x-shopify-api-version",
                "x-shopify-test",
            ],
            "{name}"
        );
    }
}

#[test]
fn every_flipped_bit_of_the_body_is_refused() {
    let delivery = Delivery::recorded("16");
    for index in 0..delivery.body.len() {
        for bit in 0..8 {
            let mut changed = delivery.clone();
            changed.body[index] ^= 1 << bit;
            assert_eq!(verdict(&changed), Err(Refused::BadSignature));
        }
    }
}

#[test]
fn every_flipped_bit_of_the_signature_is_refused() {
    let delivery = Delivery::recorded("16");
    let signature = delivery.headers["x-shopify-hmac-sha256"].as_bytes();
    let mut tried = 0;
    for index in 0..signature.len() {
        for bit in 0..8 {
            let mut bytes = signature.to_vec();
            bytes[index] ^= 1 << bit;
            let Ok(value) = HeaderValue::from_bytes(&bytes) else {
                continue;
            };
            let mut changed = delivery.clone();
            changed.headers.insert("x-shopify-hmac-sha256", value);
            assert!(verdict(&changed).is_err(), "byte {index} bit {bit}");
            tried += 1;
        }
    }
    assert!(tried > 250);
}

#[test]
fn a_signature_that_is_missing_or_there_twice_is_refused() {
    let mut without = Delivery::recorded("02");
    let signature = without.headers.remove("x-shopify-hmac-sha256").unwrap();
    assert_eq!(
        verdict(&without),
        Err(Refused::MissingHeader("x-shopify-hmac-sha256"))
    );

    let mut twice = Delivery::recorded("02");
    twice
        .headers
        .append("x-shopify-hmac-sha256", signature.clone());
    assert_eq!(
        verdict(&twice),
        Err(Refused::RepeatedHeader("x-shopify-hmac-sha256"))
    );

    let mut both = Delivery::recorded("02");
    both.headers.insert("shopify-hmac-sha256", signature);
    assert_eq!(
        verdict(&both),
        Err(Refused::RepeatedHeader("x-shopify-hmac-sha256"))
    );
}

#[test]
fn a_topic_that_is_there_by_both_names_is_refused() {
    let mut both = Delivery::recorded("02");
    both.set("shopify-topic", "orders/delete");
    assert_eq!(
        verdict(&both),
        Err(Refused::RepeatedHeader("x-shopify-topic"))
    );
}

#[test]
fn a_webhook_that_names_no_topic_is_refused_and_not_passed_over() {
    let mut delivery = Delivery::recorded("02");
    delivery.headers.remove("x-shopify-topic");
    assert_eq!(
        verdict(&delivery),
        Err(Refused::MissingHeader("x-shopify-topic"))
    );
}

#[test]
fn headers_without_the_x_are_as_good() {
    let mut delivery = Delivery::recorded("02");
    let classic: Vec<_> = delivery.headers.drain().collect();
    for (name, value) in classic {
        let name = name.unwrap();
        let short = name.as_str().strip_prefix("x-").unwrap_or(name.as_str());
        delivery
            .headers
            .insert(http::HeaderName::try_from(short).unwrap(), value);
    }
    delivery.headers.remove("shopify-webhook-id");

    let webhook = delivery.verify(&[secret()]).unwrap();

    assert_eq!(webhook.topic(), Some("orders/paid"));
    let event = "0b370048-62dd-4b4b-840e-75652e105f1f";
    assert_eq!(webhook.event_id(), Some(event));
    assert_eq!(delivery.parse(), Delivery::recorded("02").parse());
}

#[test]
fn while_a_secret_is_changed_both_are_good() {
    let old = StoreSecret::new("shpss_ffffffffffffffffffffffffffffffff".to_owned());
    let delivery = Delivery::recorded("02");
    assert!(delivery.verify(&[old.clone(), secret()]).is_ok());
    assert!(delivery.verify(&[secret(), old.clone()]).is_ok());
    assert_eq!(delivery.verify(&[old]), Err(Refused::BadSignature));
    assert_eq!(delivery.verify(&[]), Err(Refused::NoSecret));
}

#[test]
fn a_secret_that_is_no_client_secret_signs_nothing() {
    for text in [
        "",
        "shpss_0123",
        "shpss_0123456789abcdef 123456789abcdef",
        "ä",
    ] {
        let weak = StoreSecret::new(text.to_owned());
        assert_eq!(
            connector(StoreKind::Shopify).check_secret(&weak),
            Err(SecretError::Text),
            "{text}"
        );
        let mut delivery = Delivery::recorded("02");
        let signature = shopify::sign(&weak, &delivery.body);
        delivery.set("x-shopify-hmac-sha256", &signature);
        assert_eq!(delivery.verify(&[weak]), Err(Refused::NoSecret));
    }
    // As apps that were made before 2020 have it, and as the admin's own notifications do.
    for text in ["0".repeat(32), "0".repeat(64)] {
        let secret = StoreSecret::new(text);
        assert_eq!(connector(StoreKind::Shopify).check_secret(&secret), Ok(()));
    }
}
