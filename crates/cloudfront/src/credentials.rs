//! The signing parameters, found in a URL's query or among cookies.

use crate::encoding;
use crate::key_pair_id::KeyPairId;
use crate::parameter::{
    EXPIRES, HASH_ALGORITHM, KEY_PAIR_ID, POLICY, SHA256, SIGNATURE, is_reserved,
};
use crate::public_key::Hash;
use crate::refusal::{Malformed, Refusal};
use crate::url::Address;

const COOKIE_PREFIX: &str = "CloudFront-";

/// The values of the signing parameters as they were sent, each at most once.
#[derive(Default)]
pub(crate) struct Parameters<'a> {
    expires: Option<&'a str>,
    policy: Option<&'a str>,
    signature: Option<&'a str>,
    key_pair_id: Option<&'a str>,
    hash_algorithm: Option<&'a str>,
}

/// What the parameters say, decoded but not yet believed.
pub(crate) struct Credentials<'a> {
    pub(crate) key_pair_id: &'a str,
    pub(crate) signature: Vec<u8>,
    pub(crate) hash: Hash,
    pub(crate) promise: Promise,
}

/// What was signed.
pub(crate) enum Promise {
    /// The canned policy for the request's own URL.
    Canned { expires: u64 },
    /// The policy that travels along, as text.
    Custom { policy: String },
}

impl<'a> Parameters<'a> {
    /// Takes the signing parameters out of a URL; returns them and the URL that is left, whose
    /// own parameters keep their order.
    pub(crate) fn in_url(request: &Address<'a>) -> Result<(Self, String), Refusal> {
        let mut found = Self::default();
        let (path, query) = request.path_and_query();
        let mut bare = format!("{}://{}{path}", request.scheme, request.authority);
        let mut separator = '?';
        for piece in query.map(|query| query.split('&')).into_iter().flatten() {
            let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
            if found.keep(name, value)? {
                continue;
            }
            // A reserved name in disguise: who decodes it would see another request than we do.
            if is_reserved(name) {
                return Err(Malformed::ParameterName.into());
            }
            bare.push(separator);
            bare.push_str(piece);
            separator = '&';
        }
        Ok((found, bare))
    }

    /// Picks the signing parameters from cookies; all other cookies are ignored.
    pub(crate) fn in_cookies(cookies: &[(&'a str, &'a str)]) -> Result<Self, Refusal> {
        let mut found = Self::default();
        for (name, value) in cookies {
            if let Some(name) = name.strip_prefix(COOKIE_PREFIX) {
                found.keep(name, value)?;
            }
        }
        Ok(found)
    }

    /// Keeps the value when the name is a signing parameter's, and says so.
    fn keep(&mut self, name: &str, value: &'a str) -> Result<bool, Refusal> {
        let place = match name {
            EXPIRES => &mut self.expires,
            POLICY => &mut self.policy,
            SIGNATURE => &mut self.signature,
            KEY_PAIR_ID => &mut self.key_pair_id,
            HASH_ALGORITHM => &mut self.hash_algorithm,
            _ => return Ok(false),
        };
        match place.replace(value) {
            None => Ok(true),
            Some(_) => Err(Malformed::Repeated.into()),
        }
    }

    /// Claims that there is no signing parameter at all.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(
            self,
            Self {
                expires: None,
                policy: None,
                signature: None,
                key_pair_id: None,
                hash_algorithm: None
            }
        )
    }

    /// Decodes the values, each of which has exactly one right spelling.
    pub(crate) fn read(self) -> Result<Credentials<'a>, Refusal> {
        if self.is_empty() {
            return Err(Refusal::MissingKey);
        }
        let key_pair_id = self.key_pair_id.ok_or(Malformed::Incomplete)?;
        if !KeyPairId::is_written_right(key_pair_id) {
            return Err(Malformed::KeyPairId.into());
        }
        let signature = self.signature.ok_or(Malformed::Incomplete)?;
        let signature = encoding::decode(signature).ok_or(Malformed::Signature)?;
        let hash = match self.hash_algorithm {
            None => Hash::Sha1,
            Some(SHA256) => Hash::Sha256,
            Some(_) => return Err(Malformed::HashAlgorithm.into()),
        };
        let promise = match (self.expires, self.policy) {
            (None, None) => return Err(Malformed::Incomplete.into()),
            (Some(_), Some(_)) => return Err(Malformed::ExpiresAndPolicy.into()),
            (Some(text), None) => Promise::Canned {
                expires: seconds(text).ok_or(Malformed::Expires)?,
            },
            (None, Some(text)) => {
                let bytes = encoding::decode(text).ok_or(Malformed::Policy)?;
                let policy = String::from_utf8(bytes).map_err(|_| Malformed::Policy)?;
                Promise::Custom { policy }
            }
        };
        Ok(Credentials {
            key_pair_id,
            signature,
            hash,
            promise,
        })
    }
}

/// Reads unix seconds in plain decimal, which CloudFront keeps in 64 bits with a sign.
fn seconds(text: &str) -> Option<u64> {
    let seconds: u64 = text.parse().ok()?;
    (i64::try_from(seconds).is_ok() && seconds.to_string() == text).then_some(seconds)
}
