//! The demo's mails: nothing is sent, all of it can be read in the shop.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use app::mail::{Letter, Mailer, Sending};

/// How many mails are kept, the newest of them.
const KEPT: usize = 50;

/// The mails that would have been sent since the start, in memory alone. Cheap to clone; clones share them.
#[derive(Clone, Default)]
pub(crate) struct DemoMails(Arc<Mutex<VecDeque<Letter>>>);

impl DemoMails {
    /// Returns the mails, the newest first.
    pub(super) fn list(&self) -> Vec<Letter> {
        let letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.iter().cloned().collect()
    }

    fn keep(&self, letter: &Letter) {
        let mut letters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        letters.push_front(letter.clone());
        letters.truncate(KEPT);
    }
}

impl Mailer for DemoMails {
    fn send<'a>(&'a self, letter: &'a Letter) -> Sending<'a> {
        self.keep(letter);
        Box::pin(async { Ok(()) })
    }
}
