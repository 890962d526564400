//! Public keys: all that verifying needs.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA1_ASN1, ECDSA_P256_SHA256_ASN1, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};

use crate::key_error::KeyError;
use crate::key_kind::KeyKind;
use crate::{der, pem};

/// The public half of a signing key.
#[derive(Clone)]
pub struct PublicKey {
    kind: KeyKind,
    sha1: ParsedPublicKey,
    sha256: ParsedPublicKey,
}

/// The digest under a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha1,
    Sha256,
}

impl PublicKey {
    /// Reads a public key from PEM: `PUBLIC KEY` (`SubjectPublicKeyInfo`, the form CloudFront
    /// takes) or `RSA PUBLIC KEY` (PKCS#1). It must be ECDSA P-256 or RSA-2048.
    ///
    /// # Errors
    /// Says what the text holds instead; the message never repeats any of it.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let block = pem::read(pem)?;
        match block.label {
            "PUBLIC KEY" => Self::from_info(&block.der),
            "RSA PUBLIC KEY" => {
                der::rsa_public_key(&block.der)?;
                Self::parsed(KeyKind::Rsa2048, &block.der)
            }
            "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Err(KeyError::PrivateKeyGiven),
            label => Err(pem::unexpected(label)),
        }
    }

    /// Reads a `SubjectPublicKeyInfo`.
    pub(crate) fn from_info(der: &[u8]) -> Result<Self, KeyError> {
        Self::parsed(der::public_key_info(der)?, der)
    }

    fn parsed(kind: KeyKind, der: &[u8]) -> Result<Self, KeyError> {
        let (sha1, sha256): (
            &'static dyn VerificationAlgorithm,
            &'static dyn VerificationAlgorithm,
        ) = match kind {
            KeyKind::EcdsaP256 => (&ECDSA_P256_SHA1_ASN1, &ECDSA_P256_SHA256_ASN1),
            KeyKind::Rsa2048 => (
                &RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
                &RSA_PKCS1_2048_8192_SHA256,
            ),
        };
        Ok(Self {
            kind,
            sha1: ParsedPublicKey::new(sha1, der).map_err(|_| KeyError::Invalid)?,
            sha256: ParsedPublicKey::new(sha256, der).map_err(|_| KeyError::Invalid)?,
        })
    }

    /// Returns the kind of key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Returns the key as PEM (`SubjectPublicKeyInfo`), the form that CloudFront takes.
    ///
    /// # Errors
    /// None that can be provoked: the key was read by the same library.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let der = self.sha256.as_der().map_err(|_| KeyError::Invalid)?;
        Ok(pem::write("PUBLIC KEY", der.as_ref()))
    }

    /// Claims that `signature` is this key's signature of `message`. An ECDSA signature must be
    /// DER without any freedom of form; the library decodes, encodes again and compares.
    pub(crate) fn has_signed(&self, message: &str, signature: &[u8], hash: Hash) -> bool {
        let key = match hash {
            Hash::Sha1 => &self.sha1,
            Hash::Sha256 => &self.sha256,
        };
        key.verify_sig(message.as_bytes(), signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublicKey")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}
