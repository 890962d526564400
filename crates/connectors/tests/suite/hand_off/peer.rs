//! What a library that shops use makes of the same tokens.

use std::process::Command;

use super::*;
use crate::peer::{folder, run};

fn ask(questions: &Value) -> Vec<Value> {
    let mut command = Command::new("node");
    let command = command.arg("hand_off.mjs").current_dir(folder());
    serde_json::from_str(&run(command, &questions.to_string())).unwrap()
}

#[test]
fn tokens_that_jose_makes_are_taken() {
    let mut claims = claims_with("email", json!("Ada@Example.com"));
    claims["email_verified"] = json!(true);
    let key = secret(1);
    let answers = ask(&json!([{ "claims": claims, "secret": key.expose() }, { "claims": claims }]));
    let text = |answer: &Value| answer["token"].as_str().unwrap().to_owned();
    let pem = es256(answers[1]["pem"].as_str().unwrap());
    let jwk = es256(&answers[1]["jwk"].to_string());
    for (token, key) in [
        (text(&answers[0]), key),
        (text(&answers[1]), pem),
        (text(&answers[1]), jwk),
    ] {
        let hand_off = verify_at(&token, &[key], NOW).unwrap();
        assert_eq!(
            (hand_off.customer.as_str(), hand_off.token_id.as_str()),
            ("42", JTI)
        );
        assert_eq!(
            hand_off.verified_email,
            Some("ada@example.com".parse().unwrap())
        );
    }
}

#[test]
fn jose_takes_our_own() {
    let new = NewHandOff {
        expected: Expected {
            store: &store(),
            origin: ORIGIN,
        },
        customer: &"42".parse().unwrap(),
        verified_email: Some(&"ada@example.com".parse().unwrap()),
    };
    let key = secret(1);
    let token = mint(&key, new, &[5; 16], Timestamp::from_seconds(NOW)).unwrap();
    let question = json!({
        "token": token, "secret": key.expose(), "issuer": "shop", "audience": ORIGIN, "at": NOW + 1,
    });
    let answers = ask(&json!([question]));
    assert_eq!(
        answers[0],
        json!({
            "iss": "shop", "aud": ORIGIN, "sub": "42", "jti": "BQUFBQUFBQUFBQUFBQUFBQ", "iat": NOW, "exp": NOW + 60,
            "email": "ada@example.com", "email_verified": true
        })
    );
}
