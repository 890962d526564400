//! Reading a signed custom policy: exactly the documented members, each once.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};

use crate::address::AddressRange;

/// The one statement of a policy.
pub(crate) struct Statement {
    pub(crate) resource: String,
    pub(crate) expires: u64,
    pub(crate) starts: Option<u64>,
    pub(crate) addresses: Option<AddressRange>,
}

/// Reads a policy. White space between its parts is accepted, since other signers write it and
/// it is signed like the rest; more than one statement, an unknown or a repeated member is not.
/// Neither is a statement without `Resource` or `DateLessThan`: it would open everything, for ever.
pub(crate) fn read(json: &str) -> Option<Statement> {
    let policy: Object<PolicyBody> = serde_json::from_str(json).ok()?;
    let [Object(statement)] = policy.0.statement;
    let Object(condition) = statement.condition;
    Some(Statement {
        resource: statement.resource,
        expires: seconds(condition.date_less_than)?,
        starts: match condition.date_greater_than {
            Some(time) => Some(seconds(time)?),
            None => None,
        },
        addresses: match condition.ip_address {
            Some(Object(source)) => Some(source.source_ip.parse().ok()?),
            None => None,
        },
    })
}

/// Returns unix seconds, which CloudFront keeps in 64 bits with a sign.
fn seconds(Object(time): Object<EpochTime>) -> Option<u64> {
    i64::try_from(time.seconds).ok().map(|_| time.seconds)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PolicyBody {
    #[serde(rename = "Statement")]
    statement: [Object<StatementBody>; 1],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StatementBody {
    #[serde(rename = "Resource")]
    resource: String,
    #[serde(rename = "Condition")]
    condition: Object<Condition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Condition {
    #[serde(rename = "DateLessThan")]
    date_less_than: Object<EpochTime>,
    #[serde(rename = "DateGreaterThan", default, deserialize_with = "present")]
    date_greater_than: Option<Object<EpochTime>>,
    #[serde(rename = "IpAddress", default, deserialize_with = "present")]
    ip_address: Option<Object<SourceIp>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EpochTime {
    #[serde(rename = "AWS:EpochTime")]
    seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceIp {
    #[serde(rename = "AWS:SourceIp")]
    source_ip: String,
}

/// Reads a member that may be absent, but not `null`.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// A JSON object. Serde's own structs would also take an array of the members' values.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct OnlyMap<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyMap<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }

        from.deserialize_map(OnlyMap(PhantomData)).map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: &str = r#""DateLessThan":{"AWS:EpochTime":1795000000}"#;

    fn policy(condition: &str) -> String {
        format!(
            r#"{{"Statement":[{{"Resource":"https://h.example/*","Condition":{{{condition}}}}}]}}"#
        )
    }

    #[test]
    fn every_documented_member_is_read_in_any_order() {
        let text = policy(&format!(
            r#""IpAddress":{{"AWS:SourceIp":"203.0.113.0/24"}},"DateGreaterThan":{{"AWS:EpochTime":17}},{DATE}"#
        ));
        let statement = read(&text).unwrap();
        assert_eq!(statement.resource, "https://h.example/*");
        assert_eq!(
            (statement.expires, statement.starts),
            (1_795_000_000, Some(17))
        );
        assert_eq!(statement.addresses, Some("203.0.113.0/24".parse().unwrap()));
        assert!(
            read(&format!(" {}\n", policy(DATE).replace(':', ": "))).is_none(),
            "in a string"
        );
        assert!(read(&policy(DATE).replace("\":", "\" : ")).is_some());
    }

    #[test]
    fn a_policy_that_is_not_exactly_the_documented_one_is_refused() {
        let whole = policy(DATE);
        let statement = whole
            .strip_prefix(r#"{"Statement":["#)
            .unwrap()
            .strip_suffix("]}")
            .unwrap();
        let cases = [
            String::new(),
            "null".to_owned(),
            r#"{"Statement":[]}"#.to_owned(),
            format!(r#"{{"Statement":{statement}}}"#),
            format!(r#"{{"Statement":[{statement},{statement}]}}"#),
            format!(r#"{{"Statement":[{statement}],"Statement":[{statement}]}}"#),
            format!(r#"{{"Version":"2012-10-17","Statement":[{statement}]}}"#),
            format!("[[{statement}]]"),
            format!("{whole}{whole}"),
            whole.replace("Statement", "statement"),
            whole.replace(r#""Resource":"https://h.example/*","#, ""),
            whole.replace(
                r#""Resource":"#,
                r#""Resource":"https://h.example/a","Resource":"#,
            ),
            whole.replace("1795000000", "\"1795000000\""),
            whole.replace("1795000000", "1795000000.0"),
            whole.replace("1795000000", "1.795e9"),
            whole.replace("1795000000", "-1"),
            whole.replace("1795000000", "01795000000"),
            whole.replace("1795000000", "9223372036854775808"),
            whole.replace(r#"{"AWS:EpochTime":1795000000}"#, "[1795000000]"),
            policy(""),
            policy(&format!("{DATE},{DATE}")),
            policy(&format!(r#"{DATE},"DateGreaterThan":null"#)),
            policy(&format!(r#"{DATE},"IpAddress":null"#)),
            policy(&format!(r#"{DATE},"IpAddress":{{"AWS:SourceIp":"::/0"}}"#)),
            policy(&format!(
                r#"{DATE},"IpAddress":{{"AWS:SourceIp":["203.0.113.7"]}}"#
            )),
            policy(&format!(r#"{DATE},"StringLike":{{"aws:Referer":"*"}}"#)),
        ];
        assert!(read(&whole).is_some());
        for text in cases {
            assert!(read(&text).is_none(), "{text}");
        }
    }
}
