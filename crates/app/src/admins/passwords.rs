//! Passwords: hashed with Argon2id, two at a time, and none that is short or common.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

use crate::random::Random;

/// The fewest characters of a password.
pub(crate) const SHORTEST: usize = 12;
/// The most characters of a password: more would only be slow to look at.
pub(crate) const LONGEST: usize = 128;

/// Memory in KiB, passes and lanes: what OWASP and ASVS 5.0 (11.4.2) name as the least.
const MEMORY: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// What is checked for somebody who does not exist, so that it takes as long: of the same cost, and of no password.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// How many are hashed at once: each takes 19 MiB and a core, and the rest of the machine is for everybody else.
const AT_ONCE: usize = 2;

/// Hashes and verifies, so many at once.
pub(crate) struct Passwords {
    slots: Semaphore,
}

/// Tells that hashing failed, for want of memory or because the process ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a password could not be hashed")]
pub struct HashingFailed;

/// Why a password is not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum WeakPassword {
    /// It is too short.
    #[error("a password has at least {SHORTEST} characters")]
    TooShort,
    /// It is too long.
    #[error("a password has at most {LONGEST} characters")]
    TooLong,
    /// It is a common one, or made of common parts, or of her own name and address.
    #[error("this password is easy to guess; take several unrelated words")]
    Common,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            slots: Semaphore::new(AT_ONCE),
        }
    }
}

impl Passwords {
    /// Hashes a password as a PHC string.
    pub(crate) async fn hash(
        &self,
        password: String,
        random: &dyn Random,
    ) -> Result<String, HashingFailed> {
        let mut salt = [0; 16];
        random.fill(&mut salt);
        self.work(move || {
            let hashed = argon2()?.hash_password_with_salt(password.as_bytes(), &salt);
            hashed
                .map(|hash| hash.to_string())
                .map_err(|_| HashingFailed)
        })
        .await?
    }

    /// Tells whether it is the password of this hash. Without a hash it takes as long, and it is not.
    pub(crate) async fn is_right(
        &self,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, HashingFailed> {
        self.work(move || {
            let hash = hash.as_deref().unwrap_or(NOBODYS);
            let hash = PasswordHash::new(hash).map_err(|_| HashingFailed)?;
            let verified = argon2()?.verify_password(password.as_bytes(), &hash);
            Ok(verified.is_ok())
        })
        .await?
    }

    /// Checks a new password against what is common and against what is known of her.
    pub(crate) async fn check(
        &self,
        password: String,
        known: [String; 3],
    ) -> Result<Result<(), WeakPassword>, HashingFailed> {
        self.work(move || check(&password, &known)).await
    }

    /// Works off the threads that answer requests.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, HashingFailed> {
        let _slot = self.slots.acquire().await.map_err(|_| HashingFailed)?;
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|_| HashingFailed)
    }
}

fn argon2() -> Result<Argon2<'static>, HashingFailed> {
    let params = Params::new(MEMORY, PASSES, LANES, None).map_err(|_| HashingFailed)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn check(password: &str, known: &[String]) -> Result<(), WeakPassword> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(WeakPassword::TooShort);
    }
    if length > LONGEST {
        return Err(WeakPassword::TooLong);
    }
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if zxcvbn(password, &known).score() < Score::Three {
        return Err(WeakPassword::Common);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn short_and_common_passwords_are_refused() {
        let known = ["Ada Lovelace", "ada@example.com", "Test shop"].map(String::from);
        for (password, expected) in [
            ("", Err(WeakPassword::TooShort)),
            ("x7#kQ9!pL2w", Err(WeakPassword::TooShort)),
            ("passwordpassword", Err(WeakPassword::Common)),
            ("123456789012", Err(WeakPassword::Common)),
            ("qwertyuiopasdf", Err(WeakPassword::Common)),
            ("ada lovelace ada", Err(WeakPassword::Common)),
            ("ada@example.com1", Err(WeakPassword::Common)),
            ("correct lamp river ninety", Ok(())),
            ("x7#kQ9!pL2wz", Ok(())),
            ("ὦ ξεῖν᾽ ἀγγέλλειν", Ok(())),
        ] {
            assert_eq!(check(password, &known), expected, "{password}");
        }
        let long = "correct lamp river ninety ".repeat(5);
        assert_eq!(check(&long, &known), Err(WeakPassword::TooLong));
        assert_eq!(check(long.get(..LONGEST).unwrap(), &known), Ok(()));
    }

    #[tokio::test]
    async fn a_hash_is_of_its_password_alone_and_says_what_it_cost() {
        let passwords = Passwords::default();
        let hash = |text: &str| passwords.hash(text.to_owned(), &SystemRandom);
        let one = hash("correct lamp river ninety").await.unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
        assert_ne!(one, hash("correct lamp river ninety").await.unwrap());
        let is_right = |text: &str, hash: Option<&str>| {
            passwords.is_right(text.to_owned(), hash.map(str::to_owned))
        };
        let right = "correct lamp river ninety";
        assert_eq!(is_right(right, Some(&one)).await, Ok(true));
        assert_eq!(
            is_right("correct lamp river ninety ", Some(&one)).await,
            Ok(false)
        );
        assert_eq!(is_right(right, None).await, Ok(false));
        assert_eq!(
            is_right(right, Some("$argon2id$")).await,
            Err(HashingFailed)
        );
    }

    #[test]
    fn what_stands_for_nobody_costs_the_same_as_what_is_kept() {
        let nobodys = PasswordHash::new(NOBODYS).unwrap();
        let params = Params::try_from(&nobodys).unwrap();
        assert_eq!(
            (params.m_cost(), params.t_cost(), params.p_cost()),
            (MEMORY, PASSES, LANES)
        );
        assert_eq!(
            nobodys.hash.unwrap().as_bytes().len(),
            Params::DEFAULT_OUTPUT_LEN
        );
    }
}
