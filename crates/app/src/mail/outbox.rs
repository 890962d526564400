//! The outbox: queueing a mail with the fact that causes it, sending it from a job, and sending it again.
//!
//! A mail is sent at least once. It is sent twice only when a process dies, or stands still for longer than its lease, between
//! the mail server's yes and the database's; the two then bear one Message-ID.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::audit::{Cause, Event};
use domain::mail::{MailKind, MailState};
use domain::payment::EndReason;
use domain::{AdminId, CustomerId, EmailAddress, GrantId, MailId, OrderId, SignInId, Timestamp};
use serde_json::json;
use storage::jobs::ClaimedJob;
use storage::mails::{self, Concerns, KeptMail, MailFilter, NewMail};
use storage::{Reader, StorageError, Tx, customers};

use super::preparing::Prepared;
use super::weekly;
use super::{Content, Letter, Letterhead, MailError, write};
use crate::App;
use crate::recompute::Step;
use crate::worker::{Job, MOST_ATTEMPTS, WorkError};

/// How long after it was queued a mail is still worth sending: a server may be configured late.
const LONGEST_WAIT_SECONDS: i64 = 14 * 86_400;
/// What begins the occasion of a mail that answers a wish to sign in.
const SIGN_IN: &str = "sign_in/";
/// How many waiting mails are queued at once.
const BATCH: i64 = 200;
/// How many mails a page holds at most.
pub const LONGEST_PAGE: u32 = 200;
/// For how long a mail that failed is counted.
const FAILED_SECONDS: i64 = 30 * 86_400;

/// A mail to be queued, by what it tells.
#[derive(Clone, Debug)]
pub enum Mail {
    /// A customer's link and code by which she signs in; [`App::sign_in_to_send`] says them.
    SignIn(SignInId),
    /// A customer can open what these grants are for. One mail for each order and customer; without an order, for these
    /// grants.
    AccessGranted {
        /// Whom they are for.
        customer: CustomerId,
        /// The order that made them.
        order: Option<OrderId>,
        /// The grants, at least one.
        grants: Vec<GrantId>,
    },
    /// A customer can no longer open what these grants were for, all for one reason. One mail for these grants and that
    /// reason, however often they come back and end again.
    AccessEnded {
        /// Whose they were.
        customer: CustomerId,
        /// The order that had made them.
        order: Option<OrderId>,
        /// The grants, at least one.
        grants: Vec<GrantId>,
        /// Why they ended.
        reason: EndReason,
    },
    /// An administrator's one-time link; [`App::admin_link_token`] says its token.
    AdminLink(AdminId),
    /// What stands in somebody's way in this week, for an administrator.
    WeeklyProblems {
        /// Who is told.
        admin: AdminId,
        /// Which week it is.
        week: i64,
    },
}

/// A page of mails, the newest first.
#[derive(Clone, Debug, Default)]
pub struct MailsPage {
    /// The mails.
    pub items: Vec<KeptMail>,
    /// The mail before which the next page begins; `None` when there is none.
    pub next: Option<MailId>,
}

/// Why a mail is not sent again.
#[derive(Debug, thiserror::Error)]
pub enum ResendError {
    /// There is no such mail.
    #[error("there is no mail of that id")]
    NoSuchMail,
    /// It is to be sent already, or waits for a mail server.
    #[error("this mail is still in the queue")]
    StillQueued,
    /// It brought a link that works once: make a new one instead.
    #[error("this mail brought a link that works once; make a new link instead")]
    WorksOnce,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a mail that tries the server was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// No mail server is configured.
    #[error("no mail server is configured: set mail.server and mail.from")]
    NoServer,
    /// The server did not take it.
    #[error(transparent)]
    Mail(#[from] MailError),
}

impl Mail {
    fn into_new(self, id: MailId) -> NewMail {
        match self {
            Self::SignIn(wish) => NewMail {
                id,
                kind: MailKind::SignIn,
                occasion: format!("{SIGN_IN}{wish}"),
                // Whose it is, is found out when it is sent.
                concerns: Concerns::default(),
            },
            Self::AccessGranted {
                customer,
                order,
                grants,
            } => NewMail {
                id,
                kind: MailKind::AccessGranted,
                occasion: match order {
                    Some(order) => format!("access_granted/{order}/{customer}"),
                    None => format!("access_granted/{}", first(&grants)),
                },
                concerns: Concerns {
                    customer: Some(customer),
                    order,
                    grants,
                    ..Concerns::default()
                },
            },
            Self::AccessEnded {
                customer,
                order,
                grants,
                reason,
            } => NewMail {
                id,
                kind: MailKind::AccessEnded,
                occasion: format!("access_ended/{}/{}", reason.name(), first(&grants)),
                concerns: Concerns {
                    customer: Some(customer),
                    order,
                    grants,
                    ..Concerns::default()
                },
            },
            Self::WeeklyProblems { admin, week } => NewMail {
                id,
                kind: MailKind::WeeklyProblems,
                occasion: format!("{}{admin}", weekly::occasion(week)),
                concerns: Concerns {
                    admin: Some(admin),
                    ..Concerns::default()
                },
            },
            Self::AdminLink(admin) => NewMail {
                id,
                kind: MailKind::AdminLink,
                // Every link is an occasion of its own.
                occasion: format!("admin_link/{id}"),
                concerns: Concerns {
                    admin: Some(admin),
                    ..Concerns::default()
                },
            },
        }
    }
}

/// Returns the wish to sign in that a mail answers.
pub(super) fn wish_of(mail: &KeptMail) -> Option<SignInId> {
    mail.occasion.strip_prefix(SIGN_IN)?.parse().ok()
}

/// Names grants by the oldest of them.
fn first(grants: &[GrantId]) -> String {
    let oldest = grants.iter().min();
    oldest.map(GrantId::to_string).unwrap_or_default()
}

impl App {
    /// Queues a mail in the transaction of the fact that causes it; `None` when there has been one of that occasion.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue_mail(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        mail: Mail,
    ) -> Result<Option<MailId>, StorageError> {
        let id = self.new_id(now, MailId::from_parts);
        let new = mail.into_new(id);
        if !mails::insert(tx, &new, now).await? {
            return Ok(None);
        }
        self.enqueue(tx, &Job::SendMail(id), now).await?;
        Ok(Some(id))
    }

    /// Returns the token of the link that an administrator's mail brings. It is derived, and kept nowhere.
    #[must_use]
    pub fn admin_link_token(&self, mail: MailId) -> String {
        let purpose = "stoa administrator's link by mail 1";
        URL_SAFE_NO_PAD.encode(self.parts.sealing.derive(purpose, &mail.to_string()))
    }

    /// Sends a queued mail, and writes down what became of it. A refusal for good, and the last try, are no failure of the
    /// job: they are written down with the mail.
    pub(crate) async fn send_mail(&self, job: &ClaimedJob, id: MailId) -> Result<Step, WorkError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let mail = mails::find(&mut reader, id).await?;
        let Some(mail) = mail.filter(|mail| mail.state == MailState::Queued) else {
            return Ok(Step::Done);
        };
        let (state, error) = self.try_to_send(&mut reader, job, &mail, now).await?;
        drop(reader);
        if let Some(error) = &error {
            tracing::warn!(mail = %mail.id, kind = mail.kind.name(), error, "a mail is not sent");
        }
        let mut tx = self.parts.db.begin().await?;
        mails::settle(&mut tx, &mail, state, error.as_deref(), self.now()).await?;
        tx.commit().await?;
        Ok(Step::Done)
    }

    async fn try_to_send(
        &self,
        reader: &mut Reader,
        job: &ClaimedJob,
        mail: &KeptMail,
        now: Timestamp,
    ) -> Result<(MailState, Option<String>), WorkError> {
        if mail.queued_at.plus_seconds(LONGEST_WAIT_SECONDS) < now {
            let error = "it waited too long for a mail server to be told now";
            return Ok((MailState::Failed, Some(error.to_owned())));
        }
        let Some(mailer) = &self.parts.post.mailer else {
            let error = "no mail server is configured";
            return Ok((MailState::Waiting, Some(error.to_owned())));
        };
        let Some(prepared) = self.prepare(reader, mail, now).await? else {
            return Ok((MailState::Needless, None));
        };
        let name = format!("{}.{}", mail.id, mail.queued_at.as_microseconds());
        match mailer.send(&self.letter(name, prepared, now)).await {
            Ok(()) => Ok((MailState::Sent, None)),
            Err(error) if error.is_final() || job.tries >= MOST_ATTEMPTS => {
                Ok((MailState::Failed, Some(error.to_string())))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn letter(&self, name: String, prepared: Prepared, now: Timestamp) -> Letter {
        let head = Letterhead {
            shop: &self.parts.shop.name,
            colour: self.parts.post.colour,
            templates: &self.parts.post.templates,
        };
        Letter {
            name,
            to: prepared.to,
            at: now,
            written: write(&prepared.content, &head, prepared.language),
        }
    }

    /// Sends a mail that shows that mail works, at once.
    ///
    /// # Errors
    /// See [`TrialError`].
    pub async fn try_mail(&self, to: &EmailAddress) -> Result<(), TrialError> {
        let mailer = self.parts.post.mailer.as_ref();
        let mailer = mailer.ok_or(TrialError::NoServer)?;
        let now = self.now();
        let prepared = Prepared {
            to: to.clone(),
            language: self.parts.post.language,
            content: Content::Test,
        };
        let name = self.new_id(now, MailId::from_parts).to_string();
        Ok(mailer.send(&self.letter(name, prepared, now)).await?)
    }

    /// Queues the mails that waited for a mail server, when there is one now.
    ///
    /// # Errors
    /// The database failed.
    pub async fn queue_waiting_mails(&self) -> Result<(), StorageError> {
        if self.parts.post.mailer.is_none() {
            return Ok(());
        }
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let waiting = mails::list_in_state(&mut reader, MailState::Waiting, BATCH).await?;
        drop(reader);
        if waiting.is_empty() {
            return Ok(());
        }
        let mut tx = self.parts.db.begin().await?;
        for mail in waiting {
            // It keeps its age.
            let queued_at = mail.queued_at;
            if mails::queue_again(&mut tx, mail.id, MailState::Waiting, queued_at).await? {
                self.enqueue(&mut tx, &Job::SendMail(mail.id), now).await?;
            }
        }
        tx.commit().await
    }

    /// Lists mails, the newest first; those before `before`, at most `limit` (200 at most).
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_mails(
        &self,
        filter: MailFilter,
        before: Option<MailId>,
        limit: u32,
    ) -> Result<MailsPage, StorageError> {
        let limit = i64::from(limit.clamp(1, LONGEST_PAGE));
        let mut reader = self.parts.db.reader().await?;
        let mut items = mails::list(&mut reader, filter, before, limit + 1).await?;
        let length = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = items.len() > length;
        items.truncate(length);
        let last = items.last().map(|mail| mail.id);
        Ok(MailsPage {
            items,
            next: last.filter(|_| has_more),
        })
    }

    /// Lists the addresses of customers, of those who have one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_addresses(
        &self,
        of: &[CustomerId],
    ) -> Result<BTreeMap<CustomerId, EmailAddress>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        customers::list_emails(&mut reader, of).await
    }

    /// Queues a mail to be sent again.
    ///
    /// # Errors
    /// See [`ResendError`].
    pub async fn resend_mail(&self, by: &Cause, id: MailId) -> Result<(), ResendError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        let mail = mails::find(&mut tx, id).await?;
        let mail = mail.ok_or(ResendError::NoSuchMail)?;
        match mail.kind {
            MailKind::AccessGranted | MailKind::AccessEnded | MailKind::WeeklyProblems => {}
            MailKind::SignIn | MailKind::AdminLink => return Err(ResendError::WorksOnce),
        }
        match mail.state {
            MailState::Queued | MailState::Waiting => return Err(ResendError::StillQueued),
            MailState::Sent | MailState::Failed | MailState::Needless => {}
        }
        if !mails::queue_again(&mut tx, id, mail.state, now).await? {
            return Err(ResendError::StillQueued);
        }
        self.enqueue(&mut tx, &Job::SendMail(id), now).await?;
        let event = Event {
            customer: mail.concerns.customer,
            order: mail.concerns.order,
            before: Some(json!({ "state": mail.state.name() })),
            after: Some(json!({ "state": MailState::Queued.name() })),
            ..Event::of("mail.resent", id)
        };
        self.record(&mut tx, now, by, vec![event]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Counts the mails that are not sent, by state: `queued`, `waiting` for a mail server, and, of the last 30 days,
    /// `failed`.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn count_unsent_mails(
        &self,
        now: Timestamp,
    ) -> Result<BTreeMap<String, i64>, StorageError> {
        let mut reader = self.parts.db.reader().await?;
        mails::count_unsent(&mut reader, now.plus_seconds(-FAILED_SECONDS)).await
    }
}
