//! Randomness that repeats: the same in every run, different at every draw.

use std::sync::atomic::{AtomicU64, Ordering};

use app::random::{Random, hash_token};

/// Draws the hashes of a count.
#[derive(Debug, Default)]
pub struct CountingRandom(AtomicU64);

impl CountingRandom {
    /// Begins to count elsewhere, so that two in one test never draw the same.
    #[must_use]
    pub fn beginning_at(count: u64) -> Self {
        Self(AtomicU64::new(count))
    }
}

impl Random for CountingRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            let bytes = hash_token(&count.to_string());
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}

/// Dice that fall the same way in every run (xorshift64*).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Takes dice up; `seed` must not be 0.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        assert_ne!(seed, 0, "these dice would never roll");
        Self(seed)
    }

    /// Rolls a number from 0 to below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % sides
    }
}
