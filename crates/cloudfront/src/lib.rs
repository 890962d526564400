//! Signed URLs and cookies of Amazon CloudFront: policies, signing and strict verifying.
//!
//! No I/O, no clock: times are unix seconds that the caller passes in. Keys are ECDSA P-256 or
//! RSA-2048, and what is signed here is always signed with SHA-256 (`Hash-Algorithm=SHA256`).
//! Verifying also knows SHA-1, for links that others made, when it is told to accept them.
//!
//! 1. [`SigningKey::from_pem`] reads the private key, [`SigningKey::public_key_pem`] gives the
//!    text that CloudFront takes when the key is registered.
//! 2. [`SigningKey::sign_canned`] signs one object; [`SigningKey::sign_policy`] signs a
//!    [`CustomPolicy`] once for many objects.
//! 3. [`Verifier`] decides what CloudFront would decide, with public keys only.
//!
//! The texts are those of the CloudFront developer guide, "Use signed URLs" and "Use signed
//! cookies".
//!
//! ```
//! use cloudfront::{KeyPairId, ResourceUrl, SigningKey, Verifier, generate_p256_pem};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let id: KeyPairId = "K2JCJMDEHXQW5F".parse()?;
//! let key = SigningKey::from_pem(id.clone(), &generate_p256_pem()?)?;
//! let object = ResourceUrl::parse("https://videos.example.com/watercolour/lesson-1.mp4")?;
//!
//! let signed = key.sign_canned(&object, 1_800_000_000)?;
//!
//! let verifier = Verifier::new([(id, key.public_key()?)]);
//! assert!(verifier.verify_url(&signed, 1_799_999_999, None).is_ok());
//! assert!(verifier.verify_url(&signed, 1_800_000_000, None).is_err());
//! # Ok(())
//! # }
//! ```

mod address;
mod credentials;
mod der;
mod encoding;
mod key;
mod key_error;
mod key_kind;
mod key_pair_id;
mod parameter;
mod pattern;
mod pem;
mod policy;
mod public_key;
mod refusal;
mod sign;
mod sign_error;
mod statement;
mod url;
mod verify;

pub use address::{AddressRange, AddressRangeError};
pub use key::{SigningKey, generate_p256_pem};
pub use key_error::KeyError;
pub use key_kind::KeyKind;
pub use key_pair_id::{KeyPairId, KeyPairIdError};
pub use pattern::{PatternError, ResourcePattern};
pub use policy::CustomPolicy;
pub use public_key::PublicKey;
pub use refusal::{Malformed, Refusal};
pub use sign::{SignedCookies, SignedPolicy};
pub use sign_error::SignError;
pub use url::{ResourceUrl, UrlError};
pub use verify::{Sha1, Verifier};
