//! Loading what a mail is to tell when its turn has come.

use std::collections::BTreeSet;

use domain::access::{Decision, decide};
use domain::mail::MailKind;
use domain::payment::EndReason;
use domain::{ContentId, CustomerId, EmailAddress, Language, Timestamp};
use storage::mails::{self, KeptMail, ToldGrant};
use storage::{Reader, StorageError, admins, customers};

use super::Content;
use super::outbox::wish_of;
use crate::App;
use crate::administration::act::{Holdings, Pair, load};
use crate::random::hash_token;

/// For how long after its payment an order is a new one.
const FRESH_SECONDS: i64 = 14 * 86_400;
/// How long a grant has to be there until its end is told, when its order was not new to us.
const SEEN_SECONDS: i64 = 86_400;

/// To whom a mail goes, and what it tells.
pub(super) struct Prepared {
    pub(super) to: EmailAddress,
    pub(super) language: Language,
    pub(super) content: Content,
}

impl App {
    /// Loads what the mail is to tell; `None` when there is nothing to tell any more, or nobody to tell it to.
    pub(super) async fn prepare(
        &self,
        reader: &mut Reader,
        mail: &KeptMail,
        now: Timestamp,
    ) -> Result<Option<Prepared>, StorageError> {
        match mail.kind {
            MailKind::SignIn => self.prepare_sign_in(mail).await,
            MailKind::AccessGranted | MailKind::AccessEnded => {
                self.prepare_access(reader, mail, now).await
            }
            MailKind::AdminLink => self.prepare_admin_link(reader, mail, now).await,
            MailKind::WeeklyProblems => self.prepare_weekly(reader, mail).await,
        }
    }

    async fn prepare_sign_in(&self, mail: &KeptMail) -> Result<Option<Prepared>, StorageError> {
        let Some(wish) = wish_of(mail) else {
            return Ok(None);
        };
        let sign_in = self.sign_in_to_send(wish).await?;
        Ok(sign_in.map(|sign_in| Prepared {
            to: sign_in.email,
            language: sign_in.language.unwrap_or(self.parts.post.language),
            content: Content::SignIn {
                code: sign_in.code,
                link: sign_in.link,
            },
        }))
    }

    async fn prepare_access(
        &self,
        reader: &mut Reader,
        mail: &KeptMail,
        now: Timestamp,
    ) -> Result<Option<Prepared>, StorageError> {
        let Some(customer) = mail.concerns.customer else {
            return Ok(None);
        };
        let customer = customers::find(reader, customer).await?;
        let Some(found) = customer else {
            return Ok(None);
        };
        let (customer, Some(to)) = (found.id, found.email) else {
            return Ok(None);
        };
        let language = found.language.and_then(|tag| tag.parse().ok());
        let grants = mails::list_told(reader, customer, &mail.concerns.grants).await?;
        let pairs: Vec<Pair> = grants.iter().map(|told| (customer, told.content)).collect();
        let told = Told {
            customer,
            holdings: load(reader, &pairs).await?,
            grants,
        };
        let content = if mail.kind == MailKind::AccessGranted {
            told.granted(format!("{}/", self.parts.public_url), now)
        } else {
            told.ended(now)
        };
        Ok(content.map(|content| Prepared {
            to,
            language: language.unwrap_or(self.parts.post.language),
            content,
        }))
    }

    async fn prepare_weekly(
        &self,
        reader: &mut Reader,
        mail: &KeptMail,
    ) -> Result<Option<Prepared>, StorageError> {
        let Some(admin) = mail.concerns.admin else {
            return Ok(None);
        };
        let admin = mails::find_admin(reader, admin).await?;
        let figures = self.list_problems().await?;
        let admin = admin.filter(|_| !figures.is_empty());
        Ok(admin.map(|admin| Prepared {
            to: admin.email,
            language: self.parts.post.language,
            content: Content::WeeklyProblems {
                name: admin.name,
                figures,
                link: format!("{}/admin/", self.parts.public_url),
            },
        }))
    }

    async fn prepare_admin_link(
        &self,
        reader: &mut Reader,
        mail: &KeptMail,
        now: Timestamp,
    ) -> Result<Option<Prepared>, StorageError> {
        let Some(admin) = mail.concerns.admin else {
            return Ok(None);
        };
        let token = self.admin_link_token(mail.id);
        // Used, replaced or too old meanwhile: there is nothing to do with it any more.
        let link = admins::find_link(reader, &hash_token(&token), now).await?;
        if link.is_none() {
            return Ok(None);
        }
        let admin = mails::find_admin(reader, admin).await?;
        Ok(admin.map(|admin| Prepared {
            to: admin.email,
            language: self.parts.post.language,
            content: Content::AdminLink {
                name: admin.name,
                link: format!("{}/admin/link#token={token}", self.parts.public_url),
            },
        }))
    }
}

/// The grants that a mail tells of, with all that the customer holds of their contents.
struct Told {
    customer: CustomerId,
    grants: Vec<ToldGrant>,
    holdings: Holdings,
}

impl Told {
    /// Tells of what is open now.
    fn granted(&self, link: String, now: Timestamp) -> Option<Content> {
        let open = self.grants.iter().filter(|told| self.is_open(told, now));
        let titles = titles(open);
        (!titles.is_empty()).then_some(Content::AccessGranted { titles, link })
    }

    /// Tells of what has ended and is not open by anything else.
    fn ended(&self, now: Timestamp) -> Option<Content> {
        let closed = |told: &&ToldGrant| {
            was_there(told) && told.published_at.is_some() && !self.is_open(told, now)
        };
        let closed: Vec<&ToldGrant> = self.grants.iter().filter(closed).collect();
        let (_, reason): (Timestamp, EndReason) = closed.first()?.revoked?;
        let titles = titles(closed);
        Some(Content::AccessEnded { titles, reason })
    }

    fn is_open(&self, told: &ToldGrant, now: Timestamp) -> bool {
        let holding = self.holdings.get(&(self.customer, told.content));
        let standing = holding.map(|holding| holding.standing(told.published_at));
        standing.is_some_and(|standing| matches!(decide(&standing, now), Decision::Allowed { .. }))
    }
}

/// Tells whether a grant has ended that its customer may have known of. Of an order of years ago that we met, and whose
/// refund we met a moment later, she knows better than we do.
fn was_there(told: &ToldGrant) -> bool {
    let is_new = told.created_at < told.granted_at.plus_seconds(FRESH_SECONDS);
    let lasted = |ended_at: Timestamp| ended_at >= told.created_at.plus_seconds(SEEN_SECONDS);
    told.revoked
        .is_some_and(|(ended_at, _)| is_new || lasted(ended_at))
}

/// Lists what grants are for, each content once, courses first.
fn titles<'a>(grants: impl IntoIterator<Item = &'a ToldGrant>) -> Vec<String> {
    let mut seen: BTreeSet<ContentId> = BTreeSet::new();
    let contents = grants.into_iter().filter(|told| seen.insert(told.content));
    let (courses, files): (Vec<&ToldGrant>, Vec<&ToldGrant>) =
        contents.partition(|told| told.content.course().is_some());
    let all = courses.into_iter().chain(files);
    all.map(|told| told.title.clone()).collect()
}
