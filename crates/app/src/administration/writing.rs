//! What acts write: each is decided alone, and all are written together.

use std::collections::{BTreeMap, BTreeSet};

use domain::audit::{Cause, Event};
use domain::grant::Term;
use domain::payment::EndReason;
use domain::{BlockId, ExtensionId, ExternalId, GrantId, OrderId, ProductId, Timestamp};
use serde_json::json;
use storage::blocks::{self, NewBlock};
use storage::extensions::{self, Extended, Extension};
use storage::grants::{self, HeldGrant, ManualGrant, Revocation};
use storage::{StorageError, Tx};

use super::AdministrationError;
use super::act::{Act, Deed, Holding};
use super::acting::Made;
use crate::App;
use crate::reconcile::{administrator, grant_state};

/// The products that lines pay for at present.
pub(super) type Products = BTreeMap<(OrderId, ExternalId), ProductId>;

/// The rows to write, the events that tell of them, and the orders to reconcile behind them.
pub(super) struct Writing<'a> {
    app: &'a App,
    by: &'a Cause,
    now: Timestamp,
    products: Products,
    granted: Vec<ManualGrant>,
    revoked: Vec<Revocation>,
    lifted: Vec<BlockId>,
    blocked: Vec<NewBlock>,
    extensions: Vec<Extension>,
    extended: Vec<(GrantId, Timestamp)>,
    events: Vec<Event>,
    touched: BTreeSet<OrderId>,
}

impl<'a> Writing<'a> {
    pub(super) fn new(app: &'a App, by: &'a Cause, now: Timestamp, products: Products) -> Self {
        Self {
            app,
            by,
            now,
            products,
            granted: Vec::new(),
            revoked: Vec::new(),
            lifted: Vec::new(),
            blocked: Vec::new(),
            extensions: Vec::new(),
            extended: Vec::new(),
            events: Vec::new(),
            touched: BTreeSet::new(),
        }
    }

    /// Writes down what an act does, or refuses it and writes down nothing.
    pub(super) fn write_down(
        &mut self,
        act: &Act,
        holding: &Holding,
    ) -> Result<Made, AdministrationError> {
        match &act.deed {
            Deed::Grant { expires_at, note } => {
                self.grant(act, holding, *expires_at, note.as_deref())
            }
            Deed::Revoke { reason } => Ok(self.revoke(act, holding, reason.as_deref())),
            Deed::Lift if holding.blocks.is_empty() => Err(AdministrationError::NotBlocked),
            Deed::Lift => {
                self.lift(act, holding, "block.lifted");
                Ok(Made::Nothing)
            }
            Deed::Extend { only, until, note } => {
                self.extend(act, holding, *only, *until, note.as_deref())
            }
        }
    }

    fn grant(
        &mut self,
        act: &Act,
        holding: &Holding,
        expires_at: Option<Timestamp>,
        note: Option<&str>,
    ) -> Result<Made, AdministrationError> {
        if expires_at.is_some_and(|end| end <= self.now) {
            return Err(AdministrationError::EndsBeforeItBegins);
        }
        let id = self.app.new_id(self.now, GrantId::from_parts);
        let term = Term {
            granted_at: self.now,
            expires_at,
            extended_until: None,
        };
        self.granted.push(ManualGrant {
            id,
            customer: act.customer,
            content: act.content,
            term,
            granted_by: self.by.actor.to_string(),
            note: note.map(str::to_owned),
        });
        let created = Event::of("grant.created", id);
        self.tell(
            act,
            Event {
                after: Some(grant_state(term, None)),
                ..created
            },
        );
        self.lift(act, holding, "block.lifted");
        Ok(Made::Grant(id))
    }

    fn revoke(&mut self, act: &Act, holding: &Holding, reason: Option<&str>) -> Made {
        let by_hand = holding.grants.iter().filter(|held| held.line.is_none());
        for held in by_hand.filter(|held| held.grant.revoked.is_none()) {
            let ended = EndReason::ByAdministrator;
            self.revoked.push(Revocation {
                id: held.grant.id,
                reason: ended,
                by: administrator(self.by),
            });
            let event = Event {
                before: Some(grant_state(held.term(), None)),
                after: Some(grant_state(held.term(), Some(ended))),
                ..Event::of("grant.revoked", held.grant.id)
            };
            self.tell(act, event);
        }
        self.lift(act, holding, "block.replaced");
        let (id, actor) = (
            self.app.new_id(self.now, BlockId::from_parts),
            self.by.actor.to_string(),
        );
        let placed = Event {
            after: Some(json!({ "blocked_by": actor })),
            ..Event::of("block.placed", id)
        };
        self.tell(act, placed);
        self.blocked.push(NewBlock {
            id,
            customer: act.customer,
            content: act.content,
            by: actor,
            reason: reason.map(str::to_owned),
        });
        self.touched.extend(holding.orders());
        Made::Block(id)
    }

    fn lift(&mut self, act: &Act, holding: &Holding, action: &'static str) {
        for block in &holding.blocks {
            self.lifted.push(*block);
            self.tell(act, Event::of(action, block));
        }
        if !holding.blocks.is_empty() {
            self.touched.extend(holding.orders());
        }
    }

    fn extend(
        &mut self,
        act: &Act,
        holding: &Holding,
        only: Option<GrantId>,
        until: Timestamp,
        note: Option<&str>,
    ) -> Result<Made, AdministrationError> {
        if until <= self.now {
            return Err(AdministrationError::EndsBeforeItBegins);
        }
        let chosen = choose(holding, only, until)?;
        let what = chosen.iter().map(|held| self.what(held));
        let what: Vec<Extended> = what.collect::<Result<_, _>>()?;
        let mut made: Vec<(ExtensionId, GrantId)> = Vec::new();
        let first = self.extensions.len();
        for (held, what) in chosen.into_iter().zip(what) {
            let id = held.grant.id;
            let of_this_act = self.extensions.iter().skip(first);
            let shared = of_this_act.rev().find(|known| known.what == what);
            let extension = match shared {
                Some(shared) => shared.id,
                None => self.insert_extension(what, until, note),
            };
            made.push((extension, id));
            self.tell(
                act,
                Event {
                    order: held.line.as_ref().map(|(order, _)| *order),
                    after: Some(json!({ "grant": id, "extended_until": until.to_string() })),
                    ..Event::of("extension.created", extension)
                },
            );
            if let Some((order, _)) = &held.line {
                self.touched.insert(*order);
            } else {
                self.extended.push((id, until));
                self.tell(act, adjusted(held, until));
            }
        }
        Ok(Made::Extensions(made))
    }

    fn insert_extension(
        &mut self,
        what: Extended,
        until: Timestamp,
        note: Option<&str>,
    ) -> ExtensionId {
        let id = self.app.new_id(self.now, ExtensionId::from_parts);
        self.extensions.push(Extension {
            id,
            what,
            until,
            by: self.by.actor.to_string(),
            note: note.map(str::to_owned),
        });
        id
    }

    /// The extension of what an order grants is kept by order, product and content, so that it outlives a line that the
    /// store writes anew.
    fn what(&self, held: &HeldGrant) -> Result<Extended, AdministrationError> {
        let Some(line) = &held.line else {
            return Ok(Extended::Manual(held.grant.id));
        };
        let product = self.products.get(line);
        Ok(Extended::OfOrder {
            order: line.0,
            product: *product.ok_or(AdministrationError::Unmapped)?,
            content: held.content,
        })
    }

    fn tell(&mut self, act: &Act, event: Event) {
        self.events.push(Event {
            customer: Some(act.customer),
            content: Some(act.content),
            ..event
        });
    }

    /// Writes all of it; returns the events, and the orders to reconcile.
    pub(super) async fn save(
        self,
        tx: &mut Tx,
    ) -> Result<(Vec<Event>, BTreeSet<OrderId>), StorageError> {
        let now = self.now;
        let actor = self.by.actor.to_string();
        grants::insert_manual(tx, &self.granted).await?;
        grants::revoke(tx, &self.revoked, now).await?;
        blocks::lift(tx, &self.lifted, &actor, now).await?;
        blocks::insert(tx, &self.blocked, now).await?;
        extensions::insert(tx, &self.extensions, now).await?;
        grants::extend_manual(tx, &self.extended).await?;
        Ok((self.events, self.touched))
    }
}

/// Chooses the grants to extend; what needs no extension is an error when it was named, and passed over when it was not.
fn choose(
    holding: &Holding,
    only: Option<GrantId>,
    until: Timestamp,
) -> Result<Vec<&HeldGrant>, AdministrationError> {
    let ends_before = |held: &HeldGrant| held.grant.expiry().is_some_and(|end| end < until);
    if let Some(id) = only {
        let held = holding.grant(id).ok_or(AdministrationError::NoSuchGrant)?;
        return if ends_before(held) {
            Ok(vec![held])
        } else {
            Err(AdministrationError::LastsLonger)
        };
    }
    let (chosen, longer): (Vec<_>, Vec<_>) = holding
        .grants
        .iter()
        .filter(|held| held.grant.revoked.is_none())
        .partition(|held| ends_before(held));
    match (chosen.is_empty(), longer.is_empty()) {
        (false, _) => Ok(chosen),
        (true, false) => Err(AdministrationError::LastsLonger),
        (true, true) => Err(AdministrationError::NothingToExtend),
    }
}

fn adjusted(held: &HeldGrant, until: Timestamp) -> Event {
    let ended = held.grant.revoked.map(|(_, reason)| reason);
    let term = Term {
        extended_until: Some(until).max(held.grant.extended_until),
        ..held.term()
    };
    Event {
        before: Some(grant_state(held.term(), ended)),
        after: Some(grant_state(term, ended)),
        ..Event::of("grant.adjusted", held.grant.id)
    }
}
