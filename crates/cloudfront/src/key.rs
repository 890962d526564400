//! Private keys: reading them from PEM, making a new one, naming them.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};

use crate::public_key::PublicKey;
use crate::sign::SignError;
use crate::{der, encoding, pem};

/// The id that CloudFront gave a public key (`K2JCJMDEHXQW5F`): 1 to 64 of `A`–`Z` and `0`–`9`.
///
/// Not the id of the key group, which CloudFront refuses as an unknown key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyPairId(String);

impl KeyPairId {
    /// Reads an id.
    ///
    /// # Errors
    /// Refuses any other character and any other length.
    pub fn parse(text: &str) -> Result<Self, KeyPairIdError> {
        if Self::is_written_right(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(KeyPairIdError)
        }
    }

    pub(crate) fn is_written_right(text: &str) -> bool {
        (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    }

    /// Returns the id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

// So that a map of keys can be asked with the text of a request. The derived order and hash are
// those of the text.
impl std::borrow::Borrow<str> for KeyPairId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyPairId {
    type Err = KeyPairIdError;

    fn from_str(text: &str) -> Result<Self, KeyPairIdError> {
        Self::parse(text)
    }
}

impl fmt::Display for KeyPairId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text is not a key pair id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key pair id has 1 to 64 capital letters and digits")]
pub struct KeyPairIdError;

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
            label => return Err(unexpected_block(label)),
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

/// Says why a block that is neither the wanted key nor its other half cannot be used.
pub(crate) fn unexpected_block(label: &str) -> KeyError {
    match label {
        "ENCRYPTED PRIVATE KEY" => KeyError::Encrypted,
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => KeyError::CertificateGiven,
        "OPENSSH PRIVATE KEY" => KeyError::OpenSshKey,
        _ => KeyError::UnsupportedBlock,
    }
}

/// Why a text is not a usable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no line that begins a PEM block.
    #[error("no PEM block found: the text must have a line -----BEGIN … KEY-----")]
    NoBlock,
    /// The line breaks were replaced by a backslash and an `n`, as some configuration files do.
    #[error("the PEM text has \\n where it should have line breaks")]
    EscapedLineBreaks,
    /// There is more than one PEM block.
    #[error("the text has several PEM blocks: give exactly one key")]
    SeveralBlocks,
    /// The block has no end, or its contents are not base64.
    #[error("the PEM block is cut off or is not base64")]
    Damaged,
    /// The key is protected by a passphrase.
    #[error("the key is encrypted: decrypt it first (openssl pkey -in key.pem -out plain.pem)")]
    Encrypted,
    /// A public key stands where the private key is needed.
    #[error("this is a public key: the private key is needed here")]
    PublicKeyGiven,
    /// A private key stands where the public key is needed.
    #[error("this is a private key: only the public key belongs here")]
    PrivateKeyGiven,
    /// A certificate stands where a key is needed.
    #[error("this is a certificate: a key is needed here")]
    CertificateGiven,
    /// The key is in OpenSSH's own format.
    #[error(
        "this key is in OpenSSH's format: convert a copy of it with ssh-keygen -p -m PKCS8 -f FILE"
    )]
    OpenSshKey,
    /// A PEM block of some other kind.
    #[error("this PEM block is not a key in PKCS#8, PKCS#1 or SEC1 form")]
    UnsupportedBlock,
    /// A key of another algorithm, such as Ed25519 or RSA-PSS.
    #[error("CloudFront takes only ECDSA P-256 and RSA-2048 keys, and this is another algorithm")]
    UnsupportedAlgorithm,
    /// An elliptic-curve key on another curve, or one whose curve is not named.
    #[error("the key is not on the curve P-256 (prime256v1)")]
    WrongCurve,
    /// An RSA key of another size.
    #[error("the RSA key has {bits} bits: CloudFront takes 2048")]
    WrongRsaSize {
        /// The modulus' size in bits.
        bits: usize,
    },
    /// The block holds no key, or one whose numbers do not fit together.
    #[error("the PEM block does not hold a sound key")]
    Invalid,
    /// A new key could not be made.
    #[error("a new key could not be made")]
    Generation,
}
