//! The little of DER (ITU-T X.690) that it takes to say what a key file holds.
//!
//! Whether the key is sound is decided by the cryptographic library; this only reads names and
//! sizes, so that a wrong key is refused with its reason.

use crate::key_error::KeyError;
use crate::key_kind::KeyKind;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const CONTEXT_0: u8 = 0xa0;

/// 1.2.840.113549.1.1.1
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const PRIME256V1: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

const RSA_BITS: usize = 2048;

/// Says what a PKCS#8 `PrivateKeyInfo` holds.
pub(crate) fn private_key_info(der: &[u8]) -> Result<KeyKind, KeyError> {
    let mut info = Reader(der).expect(SEQUENCE)?;
    info.expect(INTEGER)?;
    let kind = algorithm(info.expect(SEQUENCE)?)?;
    if kind == KeyKind::Rsa2048 {
        rsa_private_key(info.expect(OCTET_STRING)?.0)?;
    }
    Ok(kind)
}

/// Checks the size of a PKCS#1 `RSAPrivateKey`.
pub(crate) fn rsa_private_key(der: &[u8]) -> Result<(), KeyError> {
    let mut key = Reader(der).expect(SEQUENCE)?;
    key.expect(INTEGER)?;
    modulus_size(&key.expect(INTEGER)?)
}

/// Checks the curve of a SEC1 `ECPrivateKey`, where it names one.
pub(crate) fn ec_private_key(der: &[u8]) -> Result<(), KeyError> {
    let mut key = Reader(der).expect(SEQUENCE)?;
    key.expect(INTEGER)?;
    key.expect(OCTET_STRING)?;
    match key.expect(CONTEXT_0) {
        Ok(parameters) => curve(parameters),
        Err(_) => Ok(()),
    }
}

/// Says what an X.509 `SubjectPublicKeyInfo` holds.
pub(crate) fn public_key_info(der: &[u8]) -> Result<KeyKind, KeyError> {
    let mut info = Reader(der).expect(SEQUENCE)?;
    let kind = algorithm(info.expect(SEQUENCE)?)?;
    if kind == KeyKind::Rsa2048 {
        match info.expect(BIT_STRING)?.0 {
            [0, key @ ..] => rsa_public_key(key)?,
            _ => return Err(KeyError::Invalid),
        }
    }
    Ok(kind)
}

/// Checks the size of a PKCS#1 `RSAPublicKey`.
pub(crate) fn rsa_public_key(der: &[u8]) -> Result<(), KeyError> {
    modulus_size(&Reader(der).expect(SEQUENCE)?.expect(INTEGER)?)
}

fn algorithm(mut identifier: Reader<'_>) -> Result<KeyKind, KeyError> {
    match identifier.expect(OBJECT_IDENTIFIER)?.0 {
        RSA_ENCRYPTION => Ok(KeyKind::Rsa2048),
        EC_PUBLIC_KEY => curve(identifier).map(|()| KeyKind::EcdsaP256),
        _ => Err(KeyError::UnsupportedAlgorithm),
    }
}

fn curve(mut parameters: Reader<'_>) -> Result<(), KeyError> {
    match parameters.expect(OBJECT_IDENTIFIER) {
        Ok(Reader(PRIME256V1)) => Ok(()),
        _ => Err(KeyError::WrongCurve),
    }
}

fn modulus_size(integer: &Reader<'_>) -> Result<(), KeyError> {
    let magnitude = match integer.0 {
        [0, rest @ ..] => rest,
        all => all,
    };
    let first = magnitude.first().copied().unwrap_or_default();
    let leading: usize = first.leading_zeros().try_into().unwrap_or_default();
    let bits = (magnitude.len() * 8).saturating_sub(leading);
    if bits == RSA_BITS {
        Ok(())
    } else {
        Err(KeyError::WrongRsaSize { bits })
    }
}

/// What is still to be read of one DER value.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Reads the next value, which must have this tag, and returns its contents.
    fn expect(&mut self, tag: u8) -> Result<Reader<'a>, KeyError> {
        let (length, rest) = match self.0 {
            [first, 0x82, high, low, rest @ ..] if *first == tag => {
                (usize::from(u16::from_be_bytes([*high, *low])), rest)
            }
            [first, 0x81, length, rest @ ..] if *first == tag => (usize::from(*length), rest),
            [first, length @ ..=0x7f, rest @ ..] if *first == tag => (usize::from(*length), rest),
            _ => return Err(KeyError::Invalid),
        };
        let (contents, after) = rest.split_at_checked(length).ok_or(KeyError::Invalid)?;
        self.0 = after;
        Ok(Reader(contents))
    }
}
