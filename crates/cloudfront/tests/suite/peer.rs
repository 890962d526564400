//! The AWS SDK's signer for JavaScript signs, we verify; we sign, Node's cryptography verifies.
//! Where signatures are deterministic (RSA), both must give the same parameters.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cloudfront::{Refusal, Sha1, SigningKey, Verifier, generate_p256_pem};
use proptest::strategy::{Strategy, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::material::{EC_ID, RSA_ID, borrowed, cookies_of, id, rsa_pem, url};
use crate::strategies::{Wish, expiry, object, wish};

const CASES: usize = 60;

const INSTALL: &str =
    "the AWS SDK's signer is needed: run `npm ci` in crates/cloudfront/tests/peer";

/// Asks all questions in one run of Node.
fn ask(questions: &[Value]) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peer");
    let installed = folder.join("node_modules/@aws-sdk/cloudfront-signer/package.json");
    assert!(installed.is_file(), "{INSTALL}");
    let mut node = Command::new("node")
        .arg("peer.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Node.js 20.19 or later is needed");
    let batch = serde_json::to_vec(questions).unwrap();
    node.stdin.take().unwrap().write_all(&batch).unwrap();
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success(), "{INSTALL}");
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), questions.len());
    answers
}

fn samples<T>(strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..CASES)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// A canned wish with plain values, so that both kinds can be asked alike.
fn canned(object: String, expires: u64) -> Wish {
    Wish {
        resource: object.clone(),
        object,
        expires,
        starts: None,
        address: None,
    }
}

fn is_canned(wish: &Wish) -> bool {
    wish.resource == wish.object && wish.starts.is_none() && wish.address.is_none()
}

/// The SDK's arguments. A folder's policy must be given to it as text.
fn arguments(wish: &Wish, key: &TestKey, algorithm: Option<&str>) -> Value {
    let mut arguments = json!({
        "keyPairId": key.signing.id().as_str(), "privateKey": key.pem, "algorithm": algorithm,
        "url": wish.object,
    });
    if wish.resource == wish.object {
        arguments["dateLessThan"] = json!(wish.expires * 1000);
        arguments["dateGreaterThan"] = json!(wish.starts.map(|starts| starts * 1000));
        arguments["ipAddress"] = json!(wish.address);
    } else {
        arguments["policy"] = json!(wish.policy().text());
    }
    arguments
}

struct TestKey {
    pem: String,
    signing: SigningKey,
    verifier: Verifier,
    is_deterministic: bool,
}

impl TestKey {
    fn new(key_id: &str, pem: String, is_deterministic: bool) -> Self {
        let signing = SigningKey::from_pem(id(key_id), &pem).unwrap();
        let trusted = (signing.id().clone(), signing.public_key().unwrap());
        let verifier = Verifier::new([trusted]).accept_sha1(Sha1::Accept);
        Self {
            pem,
            signing,
            verifier,
            is_deterministic,
        }
    }
}

/// Splits a signed URL into the object and its signing parameters, in no order.
fn taken_apart<'a>(signed: &'a str, object: &str) -> BTreeMap<&'a str, &'a str> {
    let parameters = &signed.strip_prefix(object).unwrap()[1..];
    parameters
        .split('&')
        .map(|piece| piece.split_once('=').unwrap())
        .collect()
}

/// Questions with what is to be found out about each answer.
#[derive(Default)]
struct Batch<'a> {
    questions: Vec<Value>,
    checks: Vec<Box<Check<'a>>>,
}

type Check<'a> = dyn Fn(&Value) + 'a;

impl<'a> Batch<'a> {
    fn add(&mut self, question: Value, check: impl Fn(&Value) + 'a) {
        self.questions.push(question);
        self.checks.push(Box::new(check));
    }

    /// They sign a URL: we verify it, and RSA leaves no room for a difference.
    fn their_url(&mut self, key: &'a TestKey, wish: &'a Wish, algorithm: Option<&str>) {
        let is_equal = key.is_deterministic && algorithm == Some("SHA256");
        let question = json!({ "ask": "signUrl", "arguments": arguments(wish, key, algorithm) });
        self.add(question, move |answer| {
            let theirs = answer.as_str().unwrap();
            let verdict = |now| key.verifier.verify_url(theirs, now, wish.viewer());
            assert_eq!(verdict(wish.expires - 1), Ok(()), "{theirs}");
            assert_eq!(verdict(wish.expires), Err(Refusal::Expired), "{theirs}");
            if is_equal {
                let ours = sign_url(&key.signing, wish);
                assert_eq!(
                    taken_apart(theirs, &wish.object),
                    taken_apart(&ours, &wish.object)
                );
            }
        });
    }

    /// They sign cookies: the same.
    fn their_cookies(&mut self, key: &'a TestKey, wish: &'a Wish, algorithm: Option<&str>) {
        let is_equal = key.is_deterministic && algorithm == Some("SHA256");
        let question =
            json!({ "ask": "signCookies", "arguments": arguments(wish, key, algorithm) });
        self.add(question, move |answer| {
            let theirs = sorted_cookies(answer);
            let (object, now) = (&wish.object, wish.expires - 1);
            let verdict =
                key.verifier
                    .verify_cookies(object, &borrowed(&theirs), now, wish.viewer());
            assert_eq!(verdict, Ok(()), "{object}");
            if is_equal {
                assert_eq!(theirs, sign_cookies(&key.signing, wish));
            }
        });
    }

    /// We sign: Node's cryptography verifies against a policy that the peer writes itself.
    fn ours(&mut self, key: &'a TestKey, wish: &'a Wish) {
        let cookies = sign_cookies(&key.signing, wish);
        let values: BTreeMap<&str, &str> = cookies
            .iter()
            .map(|(name, value)| (name.strip_prefix("CloudFront-").unwrap(), value.as_str()))
            .collect();
        let signed = json!({ "url": sign_url(&key.signing, wish) });
        for mut question in [signed, json!({ "values": values })] {
            question["ask"] = json!("check");
            question["meant"] = json!({
                "resource": wish.resource, "expires": wish.expires, "starts": wish.starts,
                "address": wish.address,
            });
            question["isCanned"] = json!(is_canned(wish));
            question["publicKey"] = json!(key.signing.public_key_pem());
            self.add(question, |answer| {
                assert_eq!(*answer, json!(true), "{}", wish.object);
            });
        }
    }
}

#[test]
fn the_aws_sdk_and_we_accept_each_others_signatures() {
    let keys = [
        TestKey::new(RSA_ID, rsa_pem(), true),
        TestKey::new(EC_ID, generate_p256_pem().unwrap(), false),
    ];
    let objects = samples((object(), expiry()));
    let mut wishes: Vec<Wish> = objects
        .into_iter()
        .map(|(object, expires)| canned(object, expires))
        .collect();
    wishes.extend(samples(wish()));

    let mut batch = Batch::default();
    for key in &keys {
        for wish in &wishes {
            for algorithm in [None, Some("SHA1"), Some("SHA256")] {
                batch.their_url(key, wish, algorithm);
                batch.their_cookies(key, wish, algorithm);
            }
            batch.ours(key, wish);
        }
    }

    let answers = ask(&batch.questions);
    assert_eq!(answers.len(), keys.len() * 2 * CASES * 8);
    for (check, answer) in batch.checks.iter().zip(&answers) {
        check(answer);
    }
}

/// The SDK's cookies as names and values; it gives the time as a number.
fn sorted_cookies(answer: &Value) -> Vec<(String, String)> {
    let mut answer = answer.clone();
    if let Some(expires) = answer.get_mut("CloudFront-Expires") {
        *expires = json!(expires.to_string());
    }
    let mut cookies = cookies_of(&answer);
    cookies.sort();
    cookies
}

fn sign_url(key: &SigningKey, wish: &Wish) -> String {
    let object = url(&wish.object);
    if is_canned(wish) {
        key.sign_canned(&object, wish.expires).unwrap()
    } else {
        key.sign_policy(&wish.policy())
            .unwrap()
            .url(&object)
            .unwrap()
    }
}

fn sign_cookies(key: &SigningKey, wish: &Wish) -> Vec<(String, String)> {
    let cookies = if is_canned(wish) {
        key.sign_canned_cookies(&url(&wish.object), wish.expires)
            .unwrap()
    } else {
        key.sign_policy_cookies(&wish.policy()).unwrap()
    };
    let mut cookies = cookies
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
    cookies.sort();
    cookies
}
