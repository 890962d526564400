//! Randomness that repeats: the same in every run, different at every draw.

use std::sync::atomic::{AtomicU64, Ordering};

use app::random::{Random, hash_token};

/// Draws the hashes of a count.
#[derive(Debug, Default)]
pub struct CountingRandom(AtomicU64);

impl Random for CountingRandom {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(32) {
            let count = self.0.fetch_add(1, Ordering::SeqCst);
            let bytes = hash_token(&count.to_string());
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
    }
}
