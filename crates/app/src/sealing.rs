//! Secrets at rest: sealed with AES-256-GCM under a key that is not in the database.
//!
//! A sealed box is a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes. The context (which store it belongs to) is
//! authenticated, so that a box cannot be moved to another row.
//!
//! There may be several keys: the newest seals, all of them open, so that a key can be replaced while everything runs on
//! ([`crate::secrets`]). The key of the audit log's chain is derived from the oldest, and so outlives them all.

use std::sync::{PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use domain::StoreId;
use domain::audit::chain::ChainKey;

use crate::random::Random;

/// The bytes of a key.
pub type KeyBytes = [u8; 32];

/// Reads the keys anew, the newest first; `None` when they cannot be read now.
pub type ReadKeys = Box<dyn Fn() -> Option<Vec<KeyBytes>> + Send + Sync>;

/// Which of a store's secrets a box is for: none opens in the place of another, nor in another store's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum StoreBox {
    /// What its webhooks are signed with.
    Webhooks,
    /// What reads its API.
    Api,
    /// What its hand-off tokens are signed with.
    HandOff,
}

impl StoreBox {
    /// Returns the context of a box of that store.
    pub(crate) fn of(self, store: StoreId) -> String {
        match self {
            Self::Webhooks => store.to_string(),
            Self::Api => format!("{store}/api"),
            Self::HandOff => format!("{store} hand-off"),
        }
    }
}

/// The keys that seal and open.
pub struct SealingKey {
    /// The newest first; never empty.
    ciphers: RwLock<Vec<LessSafeKey>>,
    audit: ChainKey,
    derived: hmac::Key,
    read_anew: Option<ReadKeys>,
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
    pub fn new(bytes: &KeyBytes) -> Result<Self, NotOurs> {
        Self::of(&[*bytes])
    }

    /// Makes the key from several, the newest first.
    ///
    /// # Errors
    /// There is none.
    pub fn of(keys: &[KeyBytes]) -> Result<Self, NotOurs> {
        let oldest = keys.last().ok_or(NotOurs)?;
        Ok(Self {
            ciphers: RwLock::new(ciphers(keys)?),
            audit: ChainKey::derive(oldest),
            derived: hmac::Key::new(hmac::HMAC_SHA256, oldest),
            read_anew: None,
        })
    }

    /// Says how to read the keys anew: when a box does not open, another process may have sealed it under a newer key.
    #[must_use]
    pub fn reading_anew(self, read: ReadKeys) -> Self {
        Self {
            read_anew: Some(read),
            ..self
        }
    }

    /// Returns the key of the audit log's chain.
    pub(crate) const fn audit_key(&self) -> &ChainKey {
        &self.audit
    }

    /// Derives a secret that need not be kept: the same for the same purpose and subject, and as long-lived as the audit
    /// log's key. The purpose is a sentence that nobody else uses.
    pub(crate) fn derive(&self, purpose: &'static str, subject: &str) -> [u8; 32] {
        let for_purpose = hmac::sign(&self.derived, purpose.as_bytes());
        let for_purpose = hmac::Key::new(hmac::HMAC_SHA256, for_purpose.as_ref());
        let mut secret = [0; 32];
        secret.copy_from_slice(hmac::sign(&for_purpose, subject.as_bytes()).as_ref());
        secret
    }

    /// Seals a secret for a context, under the newest key.
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
        let ciphers = self.ciphers.read().unwrap_or_else(PoisonError::into_inner);
        let newest = ciphers.first().ok_or(NotOurs)?;
        newest
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
            .map_err(|_| NotOurs)?;
        Ok([nonce.as_slice(), sealed.as_slice()].concat())
    }

    /// Opens a box that was sealed for the same context, under whichever of the keys.
    ///
    /// # Errors
    /// See [`NotOurs`].
    pub fn open(&self, sealed: &[u8], context: &str) -> Result<Vec<u8>, NotOurs> {
        if let Some((_, secret)) = self.try_keys(sealed, context) {
            return Ok(secret);
        }
        self.refresh()?;
        let opened = self.try_keys(sealed, context).ok_or(NotOurs)?;
        Ok(opened.1)
    }

    /// Seals anew what is sealed under an older key; `None` when it is under the newest already.
    ///
    /// # Errors
    /// None of the keys opens it.
    pub fn renew(
        &self,
        sealed: &[u8],
        context: &str,
        random: &dyn Random,
    ) -> Result<Option<Vec<u8>>, NotOurs> {
        match self.try_keys(sealed, context).ok_or(NotOurs)? {
            (0, _) => Ok(None),
            (_, secret) => self.seal(&secret, context, random).map(Some),
        }
    }

    /// Opens a box, and says which key did: 0 for the newest.
    fn try_keys(&self, sealed: &[u8], context: &str) -> Option<(usize, Vec<u8>)> {
        let ciphers = self.ciphers.read().unwrap_or_else(PoisonError::into_inner);
        let mut opened = ciphers
            .iter()
            .enumerate()
            .map(|(place, cipher)| Some((place, open(cipher, sealed, context)?)));
        opened.find_map(|opened| opened)
    }

    fn refresh(&self) -> Result<(), NotOurs> {
        let read = self.read_anew.as_ref().ok_or(NotOurs)?;
        let keys = read().filter(|keys| !keys.is_empty()).ok_or(NotOurs)?;
        let ciphers = ciphers(&keys)?;
        *self.ciphers.write().unwrap_or_else(PoisonError::into_inner) = ciphers;
        Ok(())
    }
}

fn ciphers(keys: &[KeyBytes]) -> Result<Vec<LessSafeKey>, NotOurs> {
    let cipher = |key: &KeyBytes| UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new);
    keys.iter()
        .map(|key| cipher(key).map_err(|_| NotOurs))
        .collect()
}

fn open(cipher: &LessSafeKey, sealed: &[u8], context: &str) -> Option<Vec<u8>> {
    let (nonce, rest) = sealed.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut rest = rest.to_vec();
    let aad = Aad::from(context.as_bytes());
    let secret = cipher.open_in_place(nonce, aad, &mut rest).ok()?;
    Some(secret.to_vec())
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

    #[test]
    fn a_derived_secret_is_another_for_each_purpose_and_subject_and_outlives_a_new_key() {
        let key = SealingKey::new(&[1; 32]).unwrap();
        let secret = key.derive("tests", "mal_1");
        assert_eq!(key.derive("tests", "mal_1"), secret);
        assert_ne!(key.derive("tests", "mal_2"), secret);
        assert_ne!(key.derive("others", "mal_1"), secret);
        let renewed = SealingKey::of(&[[2; 32], [1; 32]]).unwrap();
        assert_eq!(renewed.derive("tests", "mal_1"), secret);
    }

    #[test]
    fn the_newest_of_several_keys_seals_and_all_of_them_open() {
        let [old, new] = [[1; 32], [2; 32]];
        let before = SealingKey::new(&old).unwrap();
        let sealed = before.seal(b"secret", "sto_1", &SystemRandom).unwrap();
        let both = SealingKey::of(&[new, old]).unwrap();
        assert_eq!(both.open(&sealed, "sto_1").unwrap(), b"secret");
        assert_eq!(both.renew(&sealed, "sto_2", &SystemRandom), Err(NotOurs));
        let renewed = both
            .renew(&sealed, "sto_1", &SystemRandom)
            .unwrap()
            .unwrap();
        assert_eq!(before.open(&renewed, "sto_1"), Err(NotOurs));
        let alone = SealingKey::new(&new).unwrap();
        assert_eq!(alone.open(&renewed, "sto_1").unwrap(), b"secret");
        assert_eq!(both.renew(&renewed, "sto_1", &SystemRandom), Ok(None));
        assert!(SealingKey::of(&[]).is_err());
    }

    #[test]
    fn a_running_process_takes_up_a_key_that_was_added_meanwhile() {
        let [old, new] = [[1; 32], [2; 32]];
        let sealed = SealingKey::new(&new)
            .unwrap()
            .seal(b"secret", "sto_1", &SystemRandom);
        let sealed = sealed.unwrap();
        let running = SealingKey::new(&old).unwrap();
        let running = running.reading_anew(Box::new(move || Some(vec![new, old])));
        assert_eq!(running.open(&sealed, "sto_2"), Err(NotOurs));
        assert_eq!(running.open(&sealed, "sto_1").unwrap(), b"secret");
        // From then on it seals under the new key as well.
        let sealed = running.seal(b"another", "sto_1", &SystemRandom).unwrap();
        assert_eq!(
            SealingKey::new(&new)
                .unwrap()
                .open(&sealed, "sto_1")
                .unwrap(),
            b"another"
        );
        let unreadable = SealingKey::new(&old)
            .unwrap()
            .reading_anew(Box::new(|| None));
        assert_eq!(unreadable.open(&sealed, "sto_1"), Err(NotOurs));
    }
}
