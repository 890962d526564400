//! Randomness, as an argument of the whole application; and the tokens made of it.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use storage::sessions::TokenHash;

/// Draws random bytes that nobody can guess.
pub trait Random: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

/// The operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is where randomness is drawn"
    )]
    #[expect(
        clippy::expect_used,
        reason = "without randomness no token is safe; stopping is the only answer"
    )]
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("the operating system has randomness");
    }
}

/// Draws a token of 256 bits, in 43 characters of the URL-safe base64 alphabet.
#[must_use]
pub fn new_token(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Hashes a token for keeping: a token of full entropy needs no slow hash.
#[must_use]
pub fn hash_token(token: &str) -> TokenHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
}
