use std::path::Path;

use cloudfront::{KeyPairId, PublicKey, Sha1, Verifier};
use http::StatusCode;
use serde_json::Value;

use crate::{Cdn, edge_at};

/// Reads a file of `testdata/vectors`, whose README says where they come from.
fn vectors(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/vectors")
        .join(name);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn verifier() -> Verifier {
    let (vectors, keys) = (vectors("cloudfront.json"), vectors("keys.json"));
    let key = |id: &str, name: &str| {
        let id: KeyPairId = vectors["key_pair_id"][id]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let lines: Vec<_> = keys[name].as_str().unwrap().as_bytes().chunks(64).collect();
        let text = String::from_utf8(lines.join(&b'\n')).unwrap();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n");
        (id, PublicKey::from_pem(&pem).unwrap())
    };
    Verifier::new([
        key("rsa", "rsa2048_public_spki"),
        key("ec", "ecp256_public_spki"),
    ])
}

/// Serves the first vector's URL as made with `algorithm`, one second before it expires.
async fn fetch(algorithm: &str, verifier: Verifier) -> StatusCode {
    const PLACE: &str = "https://d111111abcdef8.cloudfront.net";
    let vector = vectors("cloudfront.json")["vectors"][0].clone();
    let expires = vector["input"]["date_less_than"].as_u64().unwrap();
    let mut cdn = Cdn::new();
    cdn.put("images/image.jpg", b"image").await;
    cdn.router = edge::router(edge_at(PLACE, expires - 1, verifier, &cdn.folder));

    let url = vector["expected"][algorithm]["url"].as_str().unwrap();
    let target = url.strip_prefix(PLACE).unwrap();
    cdn.get(target, &[("host", "d111111abcdef8.cloudfront.net")])
        .await
        .status
}

#[tokio::test]
async fn urls_that_other_signers_made_with_sha_256_are_served() {
    for algorithm in ["rsa-sha256", "ec-sha256"] {
        assert_eq!(
            fetch(algorithm, verifier()).await,
            StatusCode::OK,
            "{algorithm}"
        );
    }
}

#[tokio::test]
async fn sha_1_is_served_only_when_configured() {
    for algorithm in ["rsa-sha1", "ec-sha1"] {
        let refused = fetch(algorithm, verifier()).await;
        assert_eq!(refused, StatusCode::FORBIDDEN, "{algorithm}");
        let accepted = fetch(algorithm, verifier().accept_sha1(Sha1::Accept)).await;
        assert_eq!(accepted, StatusCode::OK, "{algorithm}");
    }
}
