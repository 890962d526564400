//! The bell that rings when work was committed: who waits for work of a lane is woken.

use tokio::sync::Notify;

use crate::jobs::Lane;

/// One bell for each lane, so that no worker hears a call that was meant for another.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    here: Notify,
    outside: Notify,
    mail: Notify,
}

impl Bell {
    /// Wakes one worker of each lane.
    pub(crate) fn ring(&self) {
        self.here.notify_one();
        self.outside.notify_one();
        self.mail.notify_one();
    }

    /// Wakes one worker of a lane.
    pub(crate) fn ring_in(&self, lane: Lane) {
        self.of(lane).notify_one();
    }

    /// Waits for the next ring; one that came while nobody waited counts.
    pub(crate) async fn heard(&self, lane: Lane) {
        self.of(lane).notified().await;
    }

    fn of(&self, lane: Lane) -> &Notify {
        match lane {
            Lane::Here => &self.here,
            Lane::Outside => &self.outside,
            Lane::Mail => &self.mail,
        }
    }
}
