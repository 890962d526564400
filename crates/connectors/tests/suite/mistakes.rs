//! What is wrong with a body is told by its place, in words.

use connectors::ParseError;
use serde_json::{Value, json};

use crate::shop::{order, paid_order, parse, parse_bytes, problem, with, without};

#[test]
fn a_required_field_that_is_absent_is_named() {
    for (pointer, path) in [
        ("/type", "type"),
        ("/timestamp", "timestamp"),
        ("/data", "data"),
        ("/data/id", "data.id"),
        ("/data/status", "data.status"),
        ("/data/currency", "data.currency"),
        ("/data/captured", "data.captured"),
        ("/data/lines", "data.lines"),
        ("/data/lines/0/id", "data.lines[0].id"),
        ("/data/lines/0/title", "data.lines[0].title"),
        ("/data/lines/0/quantity", "data.lines[0].quantity"),
        ("/data/refunds/0/id", "data.refunds[0].id"),
        ("/data/refunds/0/status", "data.refunds[0].status"),
        ("/data/refunds/0/amount", "data.refunds[0].amount"),
        (
            "/data/refunds/0/lines/0/line_id",
            "data.refunds[0].lines[0].line_id",
        ),
        (
            "/data/refunds/0/lines/0/quantity",
            "data.refunds[0].lines[0].quantity",
        ),
        ("/data/disputes/0/id", "data.disputes[0].id"),
        ("/data/disputes/0/status", "data.disputes[0].status"),
    ] {
        let expected = format!("{path} is missing");
        assert_eq!(problem(&without(pointer)), expected);
        assert_eq!(problem(&with(pointer, Value::Null)), expected);
    }
}

#[test]
fn a_paid_order_says_when_and_others_need_not() {
    let body = without("/data/paid_at");
    assert_eq!(
        problem(&body),
        "data.paid_at is missing, and the order is paid"
    );
    let mut pending = body;
    pending["data"]["status"] = json!("pending");
    assert_eq!(order(&parse(&pending).unwrap()).paid_at, None);
}

#[test]
fn money_and_quantities_are_whole_and_not_negative() {
    for odd in [
        json!(-1),
        json!(129.0),
        json!("12900"),
        json!(u64::MAX),
        json!([]),
    ] {
        let expected = "data.captured must be a whole number of minor units (cents), 0 or more";
        assert_eq!(problem(&with("/data/captured", odd)), expected);
    }
    for odd in [json!(-1), json!(1.5), json!("1"), json!(4_294_967_296_u64)] {
        let expected = "data.lines[0].quantity must be a whole number, 0 or more";
        assert_eq!(problem(&with("/data/lines/0/quantity", odd)), expected);
    }
    let expected = "data.refunds[0].lines[0].quantity must be at least 1";
    assert_eq!(
        problem(&with("/data/refunds/0/lines/0/quantity", 0)),
        expected
    );
}

#[test]
fn a_currency_is_three_letters() {
    assert_eq!(
        order(&parse(&with("/data/currency", "jpy")).unwrap()).currency,
        "JPY"
    );
    for odd in ["", "EURO", "E1R", "€"] {
        assert!(problem(&with("/data/currency", odd)).starts_with("data.currency must be"));
    }
}

#[test]
fn a_time_that_lies_ahead_of_us_is_a_wrong_clock() {
    for (pointer, path) in [
        ("/timestamp", "timestamp"),
        ("/data/paid_at", "data.paid_at"),
    ] {
        assert!(parse(&with(pointer, "2026-11-22T10:35:00Z")).is_ok());
        let expected = format!("{path} lies in the future: is the clock or the time zone wrong?");
        assert_eq!(
            problem(&with(pointer, "2026-11-22T10:35:00.000001Z")),
            expected
        );
    }
    for odd in ["2026-11-22", "2026-11-22T10:30:00", "1795343400", ""] {
        assert!(problem(&with("/timestamp", odd)).starts_with("timestamp must be an RFC 3339"));
    }
}

#[test]
fn two_things_of_one_id_are_a_mistake() {
    for (list, name) in [
        ("lines", "line"),
        ("refunds", "refund"),
        ("disputes", "dispute"),
    ] {
        let mut body = paid_order();
        let items = body["data"][list].as_array_mut().unwrap();
        items.push(items[0].clone());
        let expected = format!("data.{list}[1].id is the id of another {name} too");
        assert_eq!(problem(&body), expected);
    }
}

#[test]
fn a_name_twice_in_one_object_is_a_mistake() {
    let body = paid_order().to_string();
    for (original, doubled) in [
        ("\"captured\":12900", "\"captured\":0,\"captured\":12900"),
        (
            "\"captured\":12900",
            "\"captured\":12900,\"unknown\":{\"a\":1,\"a\":1}",
        ),
        (
            "\"captured\":12900",
            "\"capt\\u0075red\":12900,\"captured\":12900",
        ),
    ] {
        let body = body.replace(original, doubled);
        let problem = parse_bytes(body.as_bytes()).unwrap_err();
        assert!(
            matches!(problem, ParseError::RepeatedName { line: 1, .. }),
            "{problem}"
        );
    }
}

#[test]
fn lists_and_texts_have_limits() {
    let line = paid_order()["data"]["lines"][0].clone();
    let lines = |count: usize| -> Value {
        (0..count)
            .map(|number| {
                let mut line = line.clone();
                line["id"] = json!(number + 1);
                line
            })
            .collect()
    };
    assert_eq!(
        order(&parse(&with("/data/lines", lines(1_000))).unwrap())
            .lines
            .len(),
        1_000
    );
    let expected = "data.lines must have at most 1,000 items";
    assert_eq!(problem(&with("/data/lines", lines(1_001))), expected);
    for odd in ["a".repeat(1_001), "\0".to_owned()] {
        let expected = "data.lines[0].title must have at most 1,000 bytes and no U+0000";
        assert_eq!(problem(&with("/data/lines/0/title", odd)), expected);
    }
    for odd in [json!(""), json!("a".repeat(256)), json!("a\nb")] {
        let expected = "data.id must have 1 to 255 bytes and no control characters";
        assert_eq!(problem(&with("/data/id", odd)), expected);
    }
}

#[test]
fn a_signed_error_object_is_no_order() {
    let body = json!({ "code": "internal", "message": "no such order for ada@example.com" });
    assert_eq!(parse(&body), Err(ParseError::ErrorObject));
    assert_eq!(
        parse(&json!({ "error": "oops" })),
        Err(ParseError::ErrorObject)
    );
}

#[test]
fn what_is_not_a_json_object_is_refused_with_its_place() {
    for (body, expected) in [
        (&b""[..], "the body is not JSON: line 1, column 0"),
        (b"order=1", "the body is not JSON: line 1, column 1"),
        (b"{\n\"type\": }", "the body is not JSON: line 2, column 9"),
        (b"{} {}", "the body is not JSON: line 1, column 4"),
        (b"\xef\xbb\xbf{}", "the body is not JSON: line 1, column 1"),
        (b"[]", "the body must be an object"),
        (b"null", "the body must be an object"),
        (b"{}", "type is missing"),
    ] {
        assert_eq!(parse_bytes(body).unwrap_err().to_string(), expected);
    }
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    assert!(matches!(
        parse_bytes(&deep),
        Err(ParseError::NotJson { .. })
    ));
    assert!(matches!(
        parse_bytes(b"{\"type\":\"\xff\"}"),
        Err(ParseError::NotJson { .. })
    ));
}
