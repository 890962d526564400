//! Why a customer may open a content or not: everything that is known about the two, explained by `domain::explain`.

mod gathering;
mod mentions;

pub use storage::why::{ToldExtension, ToldGrant, Trace};

use std::collections::BTreeMap;

use domain::access::GrantStanding;
use domain::explain::{Explanation, Known, Rule, Source, SourcedGrant, ending_rule, explain};
use domain::{ContentId, CustomerId, GrantId, OrderId, Timestamp};
use storage::{Access, courses, customers, files, why};

use self::gathering::Asked;
use crate::App;
use crate::administration::{AdministrationError, Whom};

/// How the audit log names that a grant ended, or got another reason.
const REVOKED: &str = "grant.revoked";

/// The answer.
#[derive(Clone, Debug)]
pub struct Why {
    /// The customer, or the one into whom she was merged.
    pub customer: CustomerId,
    /// What the content is called.
    pub title: String,
    /// Everything that is known.
    pub known: Known,
    /// The decision, explained.
    pub explanation: Explanation,
    /// Every grant with its story.
    pub grants: Vec<ExplainedGrant>,
}

/// A grant with its story.
#[derive(Clone, Debug)]
pub struct ExplainedGrant {
    /// The grant, as its row tells it.
    pub told: ToldGrant,
    /// How it stands.
    pub standing: GrantStanding,
    /// The rule by which it does not hold; `None` when it is live.
    pub rule: Option<Rule>,
    /// What made it.
    pub caused: Option<Trace>,
    /// What ended it, when it is revoked.
    pub ended: Option<Trace>,
    /// Who made it longer.
    pub extensions: Vec<ToldExtension>,
}

impl ExplainedGrant {
    /// Returns the grant with the day on which it ended for the reason that it has now; its row keeps the day on which it
    /// ended first. Where the audit log does not tell, that has to do.
    fn as_it_ended(&self) -> SourcedGrant {
        let mut sourced = self.told.sourced.clone();
        let ended = self.ended.as_ref();
        let last = ended.filter(|trace| trace.action == REVOKED);
        if let (Some((at, _)), Some(trace)) = (&mut sourced.grant.revoked, last) {
            *at = trace.at;
        }
        sourced
    }
}

impl App {
    /// Says why a customer may open a content or not, and what would mend it.
    ///
    /// # Errors
    /// There is no such customer or content, or the database failed.
    pub async fn explain_access(
        &self,
        whom: &Whom,
        content: ContentId,
    ) -> Result<Why, AdministrationError> {
        let now = self.now();
        let mut reader = self.parts.db.reader().await?;
        let customer = find(&mut reader, whom).await?;
        let (title, published_at) = find_content(&mut reader, content).await?;
        let told = why::list_grants(&mut reader, customer, content).await?;
        let asked = Asked {
            customer,
            content,
            now,
        };
        let lines = gathering::closed_lines_of(&mut reader, asked, &told).await?;
        let grants = tell_stories(&mut reader, told, content, now).await?;
        let known = Known {
            content,
            published_at,
            grants: grants.iter().map(ExplainedGrant::as_it_ended).collect(),
            blocks: why::list_blocks(&mut reader, customer, content).await?,
            lines,
            failed: mentions::list_failed(&mut reader, customer).await?,
        };
        Ok(Why {
            customer,
            title,
            explanation: explain(&known, now),
            known,
            grants,
        })
    }

    /// Finds the customer of an address.
    ///
    /// # Errors
    /// There is none, or the database failed.
    pub async fn find_whom(&self, whom: &Whom) -> Result<CustomerId, AdministrationError> {
        let mut reader = self.parts.db.reader().await?;
        find(&mut reader, whom).await
    }
}

async fn find(access: &mut impl Access, whom: &Whom) -> Result<CustomerId, AdministrationError> {
    let found = match whom {
        Whom::Customer(id) => customers::find(access, *id).await?.map(|found| found.id),
        Whom::Email(email) => customers::find_by_email(access, email).await?,
    };
    found.ok_or(AdministrationError::NoSuchCustomer)
}

async fn find_content(
    access: &mut impl Access,
    content: ContentId,
) -> Result<(String, Option<Timestamp>), AdministrationError> {
    let found = match content {
        ContentId::Course(id) => {
            let course = courses::find(access, id).await?;
            course.map(|course| (course.title, course.published_at))
        }
        ContentId::File(id) => {
            let file = files::find(access, id).await?;
            file.map(|file| (file.title, file.published_at))
        }
    };
    found.ok_or(AdministrationError::NoSuchContent)
}

/// Adds to each grant what made, ended and extended it.
async fn tell_stories(
    access: &mut impl Access,
    told: Vec<ToldGrant>,
    content: ContentId,
    now: Timestamp,
) -> Result<Vec<ExplainedGrant>, AdministrationError> {
    let ids: Vec<GrantId> = told.iter().map(|told| told.sourced.grant.id).collect();
    let orders: Vec<OrderId> = told
        .iter()
        .filter_map(|told| order(&told.sourced))
        .collect();
    let extensions = why::list_extensions(access, &ids, &orders, content).await?;
    let subjects: Vec<String> = ids.iter().map(GrantId::to_string).collect();
    let traces = why::list_traces(access, &subjects).await?;
    let explained = told
        .into_iter()
        .map(|told| tell_story(told, &extensions, &traces, now));
    Ok(explained.collect())
}

fn tell_story(
    told: ToldGrant,
    extensions: &[ToldExtension],
    traces: &BTreeMap<String, Vec<Trace>>,
    now: Timestamp,
) -> ExplainedGrant {
    let grant = told.sourced.grant;
    let traces = traces.get(&grant.id.to_string());
    let traces = || traces.into_iter().flatten();
    let standing = grant.standing(now);
    let is_revoked = grant.revoked.is_some();
    let of_order = order(&told.sourced);
    let is_for = |extension: &&ToldExtension| match extension.order {
        Some(order) => of_order == Some(order),
        None => extension.grant == Some(grant.id),
    };
    ExplainedGrant {
        standing,
        rule: ending_rule(standing, &told.sourced.source),
        caused: traces()
            .find(|trace| trace.action == "grant.created")
            .cloned(),
        // A grant may be made ended, when a block stands: then that is what ended it.
        ended: traces()
            .rfind(|trace| matches!(trace.action.as_str(), REVOKED | "grant.created"))
            .filter(|_| is_revoked)
            .cloned(),
        extensions: extensions.iter().filter(is_for).cloned().collect(),
        told,
    }
}

fn order(sourced: &SourcedGrant) -> Option<OrderId> {
    match &sourced.source {
        Source::Line(line) => Some(line.order.id),
        Source::ByHand { .. } => None,
    }
}
