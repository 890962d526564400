//! The acts in a transaction that the caller began and commits: one alone, or many of a list.

use domain::audit::{Cause, Event};
use domain::grant::Term;
use domain::payment::EndReason;
use domain::{BlockId, ContentId, CustomerId, GrantId, Timestamp};
use serde_json::json;
use storage::grants::{self, ManualGrant, Revocation};
use storage::{Tx, blocks, customers};

use super::{
    AdministrationError, Granted, Lifted, Locked, Revoked, Whom, find, lock_orders_of, must_exist,
};
use crate::App;
use crate::reconcile::{administrator, grant_state};

impl App {
    /// See [`App::grant_access`].
    #[expect(
        clippy::too_many_arguments,
        reason = "an act has a time, an actor and its own words"
    )]
    pub(crate) async fn grant_in(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        whom: &Whom,
        content: ContentId,
        expires_at: Option<Timestamp>,
        note: Option<String>,
    ) -> Result<(Granted, Vec<Event>), AdministrationError> {
        if expires_at.is_some_and(|end| end <= now) {
            return Err(AdministrationError::EndsBeforeItBegins);
        }
        must_exist(tx, content).await?;
        let customer = self.find_or_insert(tx, whom, now).await?;
        let locked = lock_orders_of(tx, customer, content).await?;
        let id = self.new_id(now, GrantId::from_parts);
        let grant = ManualGrant {
            id,
            customer,
            content,
            term: Term {
                granted_at: now,
                expires_at,
                extended_until: None,
            },
            granted_by: by.actor.to_string(),
            note,
        };
        grants::insert_manual(tx, &grant).await?;
        let created = Event {
            after: Some(grant_state(grant.term, None)),
            ..about(&locked, Event::of("grant.created", id))
        };
        let mut events = vec![created];
        let lifted = self.lift_locked(tx, now, by, &locked, &mut events).await?;
        let granted = Granted {
            id,
            customer,
            granted_at: now,
            expires_at,
            lifted,
        };
        Ok((granted, events))
    }

    /// See [`App::revoke_access`].
    pub(crate) async fn revoke_in(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        whom: &Whom,
        content: ContentId,
        reason: Option<&str>,
    ) -> Result<(Revoked, Vec<Event>), AdministrationError> {
        must_exist(tx, content).await?;
        let customer = find(tx, whom).await?;
        let locked = lock_orders_of(tx, customer, content).await?;
        let mut events = end_manual(tx, now, by, &locked).await?;
        let actor = by.actor.to_string();
        let block = self.new_id(now, BlockId::from_parts);
        for lifted in blocks::lift(tx, customer, content, &actor, now).await? {
            events.push(about(&locked, Event::of("block.replaced", lifted)));
        }
        blocks::insert(tx, block, customer, content, &actor, reason, now).await?;
        let placed = about(&locked, Event::of("block.placed", block));
        events.push(Event {
            after: Some(json!({ "blocked_by": actor })),
            ..placed
        });
        events.extend(self.reconcile_locked(tx, now, by, &locked).await?);
        let revoked = Revoked {
            customer,
            block,
            grants: count(&events, "grant.revoked"),
        };
        Ok((revoked, events))
    }

    /// See [`App::lift_block`].
    pub(crate) async fn lift_in(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        whom: &Whom,
        content: ContentId,
    ) -> Result<(Lifted, Vec<Event>), AdministrationError> {
        must_exist(tx, content).await?;
        let customer = find(tx, whom).await?;
        let locked = lock_orders_of(tx, customer, content).await?;
        let mut events = Vec::new();
        let blocks = self.lift_locked(tx, now, by, &locked, &mut events).await?;
        if blocks.is_empty() {
            return Err(AdministrationError::NotBlocked);
        }
        let lifted = Lifted {
            customer,
            blocks,
            grants: count(&events, "grant.restored"),
        };
        Ok((lifted, events))
    }

    async fn lift_locked(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        by: &Cause,
        locked: &Locked,
        events: &mut Vec<Event>,
    ) -> Result<Vec<BlockId>, AdministrationError> {
        let actor = by.actor.to_string();
        let lifted = blocks::lift(tx, locked.customer, locked.content, &actor, now).await?;
        for block in &lifted {
            events.push(about(locked, Event::of("block.lifted", block)));
        }
        if !lifted.is_empty() {
            events.extend(self.reconcile_locked(tx, now, by, locked).await?);
        }
        Ok(lifted)
    }

    async fn find_or_insert(
        &self,
        tx: &mut Tx,
        whom: &Whom,
        now: Timestamp,
    ) -> Result<CustomerId, AdministrationError> {
        let Whom::Email(email) = whom else {
            return find(tx, whom).await;
        };
        let new = self.new_id(now, CustomerId::from_parts);
        Ok(customers::insert_by_email(tx, new, email, now).await?)
    }
}

/// Ends the customer's manual grants of the content for good.
async fn end_manual(
    tx: &mut Tx,
    now: Timestamp,
    by: &Cause,
    locked: &Locked,
) -> Result<Vec<Event>, AdministrationError> {
    let live = grants::list_manual_live(tx, locked.customer, locked.content).await?;
    let reason = EndReason::ByAdministrator;
    let revoke = |id: &GrantId| Revocation {
        id: *id,
        reason,
        by: administrator(by),
    };
    let rows: Vec<Revocation> = live.iter().map(revoke).collect();
    grants::revoke(tx, &rows, now).await?;
    let events = live.iter().map(|id| Event {
        after: Some(json!({ "revoke_reason": reason.name() })),
        ..about(locked, Event::of("grant.revoked", id))
    });
    Ok(events.collect())
}

/// Says whose access an event is about.
pub(super) fn about(locked: &Locked, event: Event) -> Event {
    Event {
        customer: Some(locked.customer),
        content: Some(locked.content),
        ..event
    }
}

fn count(events: &[Event], action: &str) -> usize {
    events.iter().filter(|event| event.action == action).count()
}
