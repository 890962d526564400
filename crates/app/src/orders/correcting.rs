//! Mending an address that was mistyped in the shop: support gives the order to whom it was meant for.

use domain::audit::{Cause, Event};
use domain::order::CorrectedEmail;
use domain::{CustomerId, EmailAddress, OrderId};
use serde_json::json;
use storage::{catalogue, customers, orders};

use super::OrderError;
use crate::App;
use crate::reconcile::lock_concerned;

impl App {
    /// Puts an address in the place of the one that the shop says for an order, and returns whose the order is now. It holds
    /// until the shop says another. The address that the shop says takes the correction back.
    ///
    /// # Errors
    /// See [`OrderError`].
    pub async fn correct_order_email(
        &self,
        by: &Cause,
        id: OrderId,
        right: &EmailAddress,
    ) -> Result<CustomerId, OrderError> {
        let now = self.now();
        let mut tx = self.parts.db.begin().await?;
        catalogue::lock_shared(&mut tx).await?;
        let known = orders::load(&mut tx, &[id]).await?.into_iter().next();
        let known = known.ok_or(OrderError::NoSuchOrder)?;
        orders::lock(&mut tx, known.store, &known.external).await?;
        // What was read before the lock may be of yesterday.
        let (kept, history) = orders::find(&mut tx, known.store, &known.external).await?;
        let (Some(kept), Some(order)) = (kept, history.order) else {
            return Err(OrderError::NoSuchOrder);
        };
        let mistyped = order.state.email;
        let corrected = (mistyped.as_ref() != Some(right)).then(|| CorrectedEmail {
            mistyped,
            right: right.clone(),
        });
        let new = self.new_id(now, CustomerId::from_parts);
        let owner = customers::insert_by_email(&mut tx, new, right, now).await?;
        orders::correct(&mut tx, id, owner, corrected.as_ref(), now).await?;
        let mut events = vec![email_corrected(id, kept.owner, owner)];
        lock_concerned(&mut tx, &[id]).await?;
        events.extend(self.reconcile_in(&mut tx, &[id], by, now).await?);
        self.record(&mut tx, now, by, events).await?;
        tx.commit().await?;
        Ok(owner)
    }
}

/// Tells whose the order was and whose it is; the addresses themselves are in no audit entry.
fn email_corrected(order: OrderId, from: CustomerId, to: CustomerId) -> Event {
    Event {
        customer: Some(to),
        order: Some(order),
        before: Some(json!({ "customer_id": from })),
        after: Some(json!({ "customer_id": to })),
        ..Event::of("order.email_corrected", order)
    }
}
