//! Secrets at rest: sealed with AES-256-GCM under a key that is not in the database.
//!
//! A sealed box is a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. The context (which store it belongs to) is
//! authenticated, so that a box cannot be moved to another row.
//!
//! The key of the audit log's chain is derived from the same secret.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use domain::audit::chain::ChainKey;

use crate::random::Random;

/// The key that seals.
pub struct SealingKey {
    cipher: LessSafeKey,
    audit: ChainKey,
}

/// Tells that a box was altered, or sealed under another key or for another context.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a stored secret cannot be opened with this key")]
pub struct NotOurs;

impl SealingKey {
    /// Makes the key from 32 secret bytes.
    ///
    /// # Errors
    /// The cipher refuses the key; that does not happen with 32 bytes.
    pub fn new(bytes: &[u8; 32]) -> Result<Self, NotOurs> {
        let key = UnboundKey::new(&AES_256_GCM, bytes).map_err(|_| NotOurs)?;
        Ok(Self {
            cipher: LessSafeKey::new(key),
            audit: ChainKey::derive(bytes),
        })
    }

    /// Returns the key of the audit log's chain.
    pub(crate) const fn audit_key(&self) -> &ChainKey {
        &self.audit
    }

    /// Seals a secret for a context.
    ///
    /// # Errors
    /// The secret is too long for the cipher (64 GiB).
    pub fn seal(
        &self,
        secret: &[u8],
        context: &str,
        random: &dyn Random,
    ) -> Result<Vec<u8>, NotOurs> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = secret.to_vec();
        let aad = Aad::from(context.as_bytes());
        let key = &self.cipher;
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| NotOurs)?;
        Ok([nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Opens a box that was sealed for the same context.
    ///
    /// # Errors
    /// See [`NotOurs`].
    pub fn open(&self, sealed: &[u8], context: &str) -> Result<Vec<u8>, NotOurs> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(NotOurs)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotOurs)?;
        let mut rest = rest.to_vec();
        let aad = Aad::from(context.as_bytes());
        let secret = self
            .cipher
            .open_in_place(nonce, aad, &mut rest)
            .map_err(|_| NotOurs)?;
        Ok(secret.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn a_box_opens_only_unaltered_for_its_context_and_with_its_key() {
        let key = SealingKey::new(&[1; 32]).unwrap();
        let sealed = key.seal(b"whsec_secret", "sto_1", &SystemRandom).unwrap();
        assert_eq!(key.open(&sealed, "sto_1").unwrap(), b"whsec_secret");
        assert_eq!(key.open(&sealed, "sto_2"), Err(NotOurs));
        assert_eq!(
            SealingKey::new(&[2; 32]).unwrap().open(&sealed, "sto_1"),
            Err(NotOurs)
        );
        for place in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[place] ^= 1;
            assert_eq!(key.open(&altered, "sto_1"), Err(NotOurs));
        }
        assert_eq!(key.open(&[], "sto_1"), Err(NotOurs));
    }
}
