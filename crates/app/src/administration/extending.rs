//! Making access longer (RULES §4.3). The extension of what an order grants is kept by order, product and content, so it
//! outlives a line that the store writes anew.

use domain::access::Grant;
use domain::audit::{Cause, Event};
use domain::grant::Term;
use domain::{ContentId, ExtensionId, GrantId, Timestamp};
use serde_json::json;
use storage::extensions::{self, Extension};
use storage::grants::{self, FoundGrant};
use storage::{Tx, access};

use super::{
    AdministrationError, Extended, ExtendedGrant, Longer, find, lock_orders_of, must_exist,
};
use crate::App;
use crate::reconcile::{grant_state, product_of_line};

impl App {
    /// See [`App::extend_access`].
    pub(crate) async fn extend_in(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        longer: &Longer,
        until: Timestamp,
        note: Option<&str>,
    ) -> Result<(Extended, Vec<Event>), AdministrationError> {
        if until <= now {
            return Err(AdministrationError::EndsBeforeItBegins);
        }
        let chosen = choose(tx, longer, until).await?;
        let (mut extensions, mut events) = (Vec::new(), Vec::new());
        for id in chosen {
            let extended = self.extend_one(tx, now, by, id, until, note, &mut events);
            extensions.push(extended.await?);
        }
        Ok((Extended { extensions }, events))
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "an act has a time, an actor and its own words"
    )]
    async fn extend_one(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        id: GrantId,
        until: Timestamp,
        note: Option<&str>,
        events: &mut Vec<Event>,
    ) -> Result<ExtendedGrant, AdministrationError> {
        let found = grants::find(tx, id).await?;
        let grant = found.ok_or(AdministrationError::NoSuchGrant)?;
        let locked = lock_orders_of(tx, grant.customer, grant.content).await?;
        let extension = Extension {
            id: self.new_id(now, ExtensionId::from_parts),
            what: what(tx, id, &grant).await?,
            until,
            by: by.actor.to_string(),
            note: note.map(str::to_owned),
        };
        extensions::insert(tx, &extension, now).await?;
        let event = Event::of("extension.created", extension.id);
        events.push(Event {
            customer: Some(grant.customer),
            content: Some(grant.content),
            order: grant.line.as_ref().map(|(order, _)| *order),
            after: Some(json!({ "grant": id, "extended_until": until.to_string() })),
            ..event
        });
        if grant.line.is_some() {
            events.extend(self.reconcile_locked(tx, now, by, &locked).await?);
        } else {
            grants::extend_manual(tx, id, until).await?;
            events.push(adjusted(id, &grant, until));
        }
        Ok(ExtendedGrant {
            id: extension.id,
            grant: id,
            revoked: grant.ended,
        })
    }
}

/// Chooses the grants to extend; what needs no extension is an error when it was named, and passed over when it was not.
async fn choose(
    tx: &mut Tx,
    longer: &Longer,
    until: Timestamp,
) -> Result<Vec<GrantId>, AdministrationError> {
    match longer {
        Longer::Grant(id) => {
            let found = grants::find(tx, *id).await?;
            let grant = found.ok_or(AdministrationError::NoSuchGrant)?;
            if ends_before(grant.term, until) {
                Ok(vec![*id])
            } else {
                Err(AdministrationError::LastsLonger)
            }
        }
        Longer::Content(whom, content) => {
            must_exist(tx, *content).await?;
            let customer = find(tx, whom).await?;
            let on = access::list_on_content(tx, customer, *content).await?;
            let ending = |grant: &&Grant| {
                grant.revoked.is_none() && grant.expiry().is_some_and(|end| end < until)
            };
            let chosen: Vec<GrantId> = on.grants.iter().filter(ending).map(|g| g.id).collect();
            if chosen.is_empty() {
                return Err(AdministrationError::NothingToExtend);
            }
            Ok(chosen)
        }
    }
}

fn ends_before(term: Term, until: Timestamp) -> bool {
    let end = term
        .expires_at
        .map(|end| Some(end).max(term.extended_until));
    end.flatten().is_some_and(|end| end < until)
}

async fn what(
    tx: &mut Tx,
    id: GrantId,
    grant: &FoundGrant,
) -> Result<extensions::Extended, AdministrationError> {
    let Some((order, line)) = &grant.line else {
        return Ok(extensions::Extended::Manual(id));
    };
    let product = product_of_line(tx, *order, line).await?;
    let content: ContentId = grant.content;
    Ok(extensions::Extended::OfOrder {
        order: *order,
        product: product.ok_or(AdministrationError::Unmapped)?,
        content,
    })
}

fn adjusted(id: GrantId, grant: &FoundGrant, until: Timestamp) -> Event {
    let term = Term {
        extended_until: Some(until).max(grant.term.extended_until),
        ..grant.term
    };
    Event {
        customer: Some(grant.customer),
        content: Some(grant.content),
        before: Some(grant_state(grant.term, grant.ended)),
        after: Some(grant_state(term, grant.ended)),
        ..Event::of("grant.adjusted", id)
    }
}
