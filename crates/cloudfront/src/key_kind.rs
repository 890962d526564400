//! The algorithms of a key.

use std::fmt;

/// The two kinds of key that CloudFront takes for signed URLs and cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// ECDSA on the curve P-256 (`prime256v1`): short signatures, cheap to make.
    EcdsaP256,
    /// RSA with 2,048 bits and PKCS#1 v1.5.
    Rsa2048,
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256 => "ECDSA P-256",
            Self::Rsa2048 => "RSA-2048",
        })
    }
}
