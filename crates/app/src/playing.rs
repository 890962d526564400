//! Where customers play: on so many devices at the same time, and on so many in all, as `domain::playing` decides.
//!
//! A device is counted when a link is asked for and when a player reports, and written down at most twice a minute; a
//! report of a device that was counted a moment ago costs one indexed read.

use domain::playing::{TooMany, counted_after, decide, is_fresh, streams_until};
use domain::viewer::Viewer;
use domain::{CustomerId, DeviceId, Timestamp};
use storage::{Reader, StorageError, Tx, customers, playing};

use crate::App;
use crate::library::ShowError;

/// Who learns, and whether a device plays for her.
#[derive(Clone, Debug)]
pub struct Learner {
    pub(crate) viewer: Viewer,
    player: Player,
}

#[derive(Clone, Copy, Debug)]
enum Player {
    /// Nothing is said of any device, and none is counted.
    None,
    /// It plays.
    Plays(DeviceId),
    /// It stands still.
    Stands(DeviceId),
}

impl Learner {
    /// Somebody for whom a device plays.
    #[must_use]
    pub const fn playing(viewer: Viewer, device: DeviceId) -> Self {
        let player = Player::Plays(device);
        Self { viewer, player }
    }

    /// Somebody whose device stands still: it makes room for others.
    #[must_use]
    pub const fn standing(viewer: Viewer, device: DeviceId) -> Self {
        let player = Player::Stands(device);
        Self { viewer, player }
    }
}

impl From<Viewer> for Learner {
    fn from(viewer: Viewer) -> Self {
        let player = Player::None;
        Self { viewer, player }
    }
}

impl From<&Viewer> for Learner {
    fn from(viewer: &Viewer) -> Self {
        viewer.clone().into()
    }
}

impl From<CustomerId> for Learner {
    fn from(customer: CustomerId) -> Self {
        Viewer::of(customer).into()
    }
}

/// Why a video does not play.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// It cannot be shown.
    #[error(transparent)]
    Show(#[from] ShowError),
    /// Her other devices leave no room for this one.
    #[error("too many devices")]
    TooMany(TooMany),
}

impl From<StorageError> for PlayError {
    fn from(error: StorageError) -> Self {
        Self::Show(error.into())
    }
}

/// What is to be written down of a device.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Count {
    /// Nothing: it is known, or nobody counts.
    Nothing,
    /// It wants to play.
    Play(DeviceId),
    /// It has stopped.
    Stop(DeviceId),
}

impl App {
    /// Looks what must be written down of a learner's device; most often nothing.
    pub(crate) async fn to_count(
        &self,
        reader: &mut Reader,
        learner: &Learner,
        now: Timestamp,
    ) -> Result<Count, StorageError> {
        let (Player::Plays(device) | Player::Stands(device)) = learner.player else {
            return Ok(Count::Nothing);
        };
        if self.parts.playing.are_off() {
            return Ok(Count::Nothing);
        }
        let customer = learner.viewer.customer();
        let until = playing::find_stream(reader, customer, device).await?;
        Ok(match learner.player {
            Player::Plays(_) if until.is_none_or(|until| !is_fresh(until, now)) => {
                Count::Play(device)
            }
            Player::Stands(_) if until.is_some_and(|until| until > now) => Count::Stop(device),
            Player::None | Player::Plays(_) | Player::Stands(_) => Count::Nothing,
        })
    }

    /// Counts a device in a transaction of its own; nothing is written when there is nothing to.
    pub(crate) async fn count_alone(
        &self,
        learner: &Learner,
        count: Count,
        now: Timestamp,
    ) -> Result<(), PlayError> {
        if matches!(count, Count::Nothing) {
            return Ok(());
        }
        let (app, asked) = (self.clone(), learner.viewer.customer());
        let counted = self.parts.db.write_grouped(Box::new(move |tx| {
            Box::pin(async move {
                let person = customers::lock_person(tx, asked).await?.unwrap_or(asked);
                app.count(tx, person, count, now).await
            })
        }));
        counted.await?.map_err(PlayError::TooMany)
    }

    /// Counts a device as a part of more. The customer must be held by `customers::lock_person`; what else of hers is
    /// locked is locked after this.
    pub(crate) async fn count(
        &self,
        tx: &mut Tx,
        customer: CustomerId,
        count: Count,
        now: Timestamp,
    ) -> Result<Result<(), TooMany>, StorageError> {
        let device = match count {
            Count::Nothing => return Ok(Ok(())),
            Count::Stop(device) => {
                playing::stop(tx, customer, device, now).await?;
                return Ok(Ok(()));
            }
            Count::Play(device) => device,
        };
        // Of two devices that begin at once, the second shall see the first.
        customers::lock(tx, &[customer]).await?;
        let known = playing::list(tx, customer, counted_after(now), now).await?;
        let decision = decide(self.parts.playing, device, &known, now);
        if decision.is_ok() {
            playing::save(tx, customer, device, now, streams_until(now)).await?;
        }
        Ok(decision)
    }
}
