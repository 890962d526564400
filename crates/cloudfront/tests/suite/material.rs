//! The throw-away keys and vectors of `testdata/vectors`, and small things that many tests need.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cloudfront::{KeyPairId, PublicKey, ResourceUrl, Sha1, SigningKey, Verifier};
use serde_json::Value;

pub(crate) const RSA_ID: &str = "K2JCJMDEHXQW5F";
pub(crate) const EC_ID: &str = "K3ECDSAP256KEY";

/// The columns of the vectors: key and hash.
pub(crate) const COLUMNS: [&str; 4] = ["rsa-sha1", "rsa-sha256", "ec-sha1", "ec-sha256"];

pub(crate) fn json(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../testdata/vectors")
        .join(name);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn pem(label: &str, name: &str) -> String {
    let keys = json("keys.json");
    pem_of(
        label,
        &STANDARD.decode(keys[name].as_str().unwrap()).unwrap(),
    )
}

pub(crate) fn pem_of(label: &str, der: &[u8]) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

pub(crate) fn id(text: &str) -> KeyPairId {
    text.parse().unwrap()
}

pub(crate) fn url(text: &str) -> ResourceUrl {
    ResourceUrl::parse(text).unwrap()
}

pub(crate) fn rsa_pem() -> String {
    pem("PRIVATE KEY", "rsa2048_private_pkcs8")
}

pub(crate) fn ec_pem() -> String {
    pem("PRIVATE KEY", "ecp256_private_pkcs8")
}

pub(crate) fn rsa_public_pem() -> String {
    pem("PUBLIC KEY", "rsa2048_public_spki")
}

pub(crate) fn ec_public_pem() -> String {
    pem("PUBLIC KEY", "ecp256_public_spki")
}

/// Reads the key once: checking an RSA key takes longer than signing with it.
pub(crate) fn rsa_key() -> &'static SigningKey {
    static KEY: LazyLock<SigningKey> =
        LazyLock::new(|| SigningKey::from_pem(id(RSA_ID), &rsa_pem()).unwrap());
    &KEY
}

pub(crate) fn ec_key() -> &'static SigningKey {
    static KEY: LazyLock<SigningKey> =
        LazyLock::new(|| SigningKey::from_pem(id(EC_ID), &ec_pem()).unwrap());
    &KEY
}

/// Trusts both keys and refuses SHA-1.
pub(crate) fn verifier() -> &'static Verifier {
    static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
        Verifier::new([
            (id(RSA_ID), PublicKey::from_pem(&rsa_public_pem()).unwrap()),
            (id(EC_ID), PublicKey::from_pem(&ec_public_pem()).unwrap()),
        ])
    });
    &VERIFIER
}

/// Trusts both keys with either hash.
pub(crate) fn lenient_verifier() -> &'static Verifier {
    static VERIFIER: LazyLock<Verifier> =
        LazyLock::new(|| verifier().clone().accept_sha1(Sha1::Accept));
    &VERIFIER
}

/// One vector in one column.
pub(crate) fn expected(vector: &str, column: &str) -> Value {
    static ALL: LazyLock<Value> = LazyLock::new(|| json("cloudfront.json"));
    let found = ALL["vectors"]
        .as_array()
        .unwrap()
        .iter()
        .find(|case| case["id"] == vector);
    found.unwrap()["expected"][column].clone()
}

pub(crate) fn cookies_of(value: &Value) -> Vec<(String, String)> {
    let cookies = value.as_object().unwrap().iter();
    cookies
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect()
}

pub(crate) fn borrowed<A: AsRef<str>>(cookies: &[(A, String)]) -> Vec<(&str, &str)> {
    cookies
        .iter()
        .map(|(name, value)| (name.as_ref(), value.as_str()))
        .collect()
}
