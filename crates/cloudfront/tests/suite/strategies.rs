//! Random but valid input, written as browsers and the AWS SDK write it.

use std::fmt::Write as _;

use cloudfront::{AddressRange, CustomPolicy, ResourcePattern};
use proptest::prelude::*;

use crate::material::url;

/// Percent-encodes as `encodeURIComponent` does, and the asterisk and the apostrophe too.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
    }
    encoded
}

fn segment() -> impl Strategy<Value = String> {
    let any_text = "[^\\p{Cc}*'/\\\\]{1,12}";
    let usual_text = "[a-z0-9_-]{1,12}(\\.mp4)?";
    prop_oneof![any_text, usual_text]
        .prop_filter("a dot segment", |text| text != "." && text != "..")
        .prop_map(|text| encode(&text))
}

fn query() -> impl Strategy<Value = String> {
    let pair = ("[a-z][a-z-]{0,11}", "[^\\p{Cc}*]{0,12}")
        .prop_map(|(name, value)| format!("{name}={}", encode(&value)));
    proptest::collection::vec(pair, 1..4).prop_map(|pairs| format!("?{}", pairs.join("&")))
}

/// An object without a query.
pub(crate) fn plain_object() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        Just("d111111abcdef8.cloudfront.net".to_owned()),
        "[a-z][a-z0-9]{0,8}\\.example(:[1-9][0-9]{2,3})?",
    ]
    .prop_filter("the scheme's own port", |host| !host.ends_with(":443"));
    let path = proptest::collection::vec(segment(), 0..4);
    ("https?", host, path)
        .prop_map(|(scheme, host, path)| format!("{scheme}://{host}/{}", path.join("/")))
}

/// An object with or without a query of its own.
pub(crate) fn object() -> impl Strategy<Value = String> {
    (plain_object(), proptest::option::of(query()))
        .prop_map(|(object, query)| object + &query.unwrap_or_default())
}

/// A time to expire, in unix seconds, away from both ends.
pub(crate) fn expiry() -> impl Strategy<Value = u64> {
    1_000_000_000_u64..253_402_300_800
}

/// What a custom policy asks, in plain values.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// The object to fetch.
    pub(crate) object: String,
    /// The policy's resource, which covers the object.
    pub(crate) resource: String,
    pub(crate) expires: u64,
    pub(crate) starts: Option<u64>,
    pub(crate) address: Option<String>,
}

impl Wish {
    pub(crate) fn policy(&self) -> CustomPolicy {
        let policy = if self.resource == self.object {
            CustomPolicy::for_object(&url(&self.object), self.expires).unwrap()
        } else {
            CustomPolicy::new(
                ResourcePattern::parse(&self.resource).unwrap(),
                self.expires,
            )
        };
        let policy = match self.starts {
            Some(starts) => policy.starting_after(starts),
            None => policy,
        };
        match &self.address {
            Some(address) => policy.only_from(address.parse::<AddressRange>().unwrap()),
            None => policy,
        }
    }

    /// A viewer whom the policy lets in.
    pub(crate) fn viewer(&self) -> Option<std::net::IpAddr> {
        let address = self.address.as_ref()?;
        Some(address.split('/').next().unwrap().parse().unwrap())
    }
}

/// A custom policy for the object itself or for the folder it lies in.
pub(crate) fn wish() -> impl Strategy<Value = Wish> {
    let address = (any::<std::net::Ipv4Addr>(), 0_u8..=32)
        .prop_map(|(address, prefix)| format!("{address}/{prefix}"));
    let starts = proptest::option::of(1_u64..1_000_000_000);
    (
        plain_object(),
        any::<bool>(),
        expiry(),
        starts,
        proptest::option::of(address),
    )
        .prop_map(|(object, is_folder, expires, starts, address)| {
            let resource = if is_folder {
                let (folder, _) = object.rsplit_once('/').unwrap();
                format!("{folder}/*")
            } else {
                object.clone()
            };
            Wish {
                object,
                resource,
                expires,
                starts,
                address,
            }
        })
}
