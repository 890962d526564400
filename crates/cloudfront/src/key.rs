//! Private keys: reading them from PEM, making a new one, signing with them.

use std::fmt;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};

use crate::key_error::KeyError;
use crate::key_kind::KeyKind;
use crate::key_pair_id::KeyPairId;
use crate::public_key::PublicKey;
use crate::sign_error::SignError;
use crate::{der, encoding, pem};

/// A private key with the id under which CloudFront knows its public half.
///
/// Its `Debug` form shows id and kind only.
pub struct SigningKey {
    id: KeyPairId,
    secret: Secret,
    public_der: Vec<u8>,
}

enum Secret {
    Ecdsa(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl SigningKey {
    /// Reads a private key from PEM: PKCS#8 (`PRIVATE KEY`), PKCS#1 (`RSA PRIVATE KEY`) or SEC1
    /// (`EC PRIVATE KEY`). The text must hold one unencrypted key, ECDSA P-256 or RSA-2048.
    ///
    /// # Errors
    /// Says what the text holds instead; the message never repeats any of it.
    pub fn from_pem(id: KeyPairId, pem: &str) -> Result<Self, KeyError> {
        let block = pem::read(pem)?;
        let der = block.der.as_slice();
        let secret = match block.label {
            "PRIVATE KEY" => match der::private_key_info(der)? {
                KeyKind::EcdsaP256 => {
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der)
                        .map(Secret::Ecdsa)
                }
                KeyKind::Rsa2048 => RsaKeyPair::from_pkcs8(der).map(Secret::Rsa),
            },
            "RSA PRIVATE KEY" => {
                der::rsa_private_key(der)?;
                RsaKeyPair::from_der(der).map(Secret::Rsa)
            }
            "EC PRIVATE KEY" => {
                der::ec_private_key(der)?;
                EcdsaKeyPair::from_private_key_der(&ECDSA_P256_SHA256_ASN1_SIGNING, der)
                    .map(Secret::Ecdsa)
            }
            "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(KeyError::PublicKeyGiven),
            label => return Err(pem::unexpected(label)),
        }
        .map_err(|_| KeyError::Invalid)?;
        let public_der = match &secret {
            Secret::Ecdsa(pair) => pair.public_key().as_der(),
            Secret::Rsa(pair) => pair.public_key().as_der(),
        }
        .map_err(|_| KeyError::Invalid)?;
        Ok(Self {
            id,
            public_der: public_der.as_ref().to_vec(),
            secret,
        })
    }

    /// Returns the id under which CloudFront knows the public half.
    #[must_use]
    pub fn id(&self) -> &KeyPairId {
        &self.id
    }

    /// Returns the kind of key.
    #[must_use]
    pub fn kind(&self) -> KeyKind {
        match self.secret {
            Secret::Ecdsa(_) => KeyKind::EcdsaP256,
            Secret::Rsa(_) => KeyKind::Rsa2048,
        }
    }

    /// Returns the public half as PEM (`SubjectPublicKeyInfo`), the form that CloudFront takes.
    #[must_use]
    pub fn public_key_pem(&self) -> String {
        pem::write("PUBLIC KEY", &self.public_der)
    }

    /// Returns the public half, ready for a [`Verifier`](crate::Verifier).
    ///
    /// # Errors
    /// None that can be provoked: the key was read by the same library.
    pub fn public_key(&self) -> Result<PublicKey, KeyError> {
        PublicKey::from_info(&self.public_der)
    }

    /// Appends the signature of `message` with SHA-256, in CloudFront's base64.
    pub(crate) fn push_signature(&self, out: &mut String, message: &str) -> Result<(), SignError> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::Ecdsa(pair) => {
                let signature = pair
                    .sign(&random, message.as_bytes())
                    .map_err(|_| SignError::Cryptography)?;
                encoding::push(out, signature.as_ref());
            }
            Secret::Rsa(pair) => {
                let mut signature = [0; 256];
                pair.sign(
                    &RSA_PKCS1_SHA256,
                    &random,
                    message.as_bytes(),
                    &mut signature,
                )
                .map_err(|_| SignError::Cryptography)?;
                encoding::push(out, &signature);
            }
        }
        Ok(())
    }

    /// Returns the length of a signature's base64 text, at most.
    pub(crate) fn signature_room(&self) -> usize {
        match self.secret {
            Secret::Ecdsa(_) => 96,
            Secret::Rsa(_) => 344,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

/// Makes a new ECDSA P-256 private key and returns it as PKCS#8 PEM.
///
/// # Errors
/// [`KeyError::Generation`] when the system's source of randomness fails.
pub fn generate_p256_pem() -> Result<String, KeyError> {
    EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new())
        .map(|document| pem::write("PRIVATE KEY", document.as_ref()))
        .map_err(|_| KeyError::Generation)
}
