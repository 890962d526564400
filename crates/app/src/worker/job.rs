//! The kinds of jobs, and how a row of the queue names them.

use connectors::Subject;
use domain::{CustomerId, ExternalId, MailId, PrivacyRequestId, ProductId, StoreId, StoreItemId};
use storage::jobs::Lane;

use crate::sync::SyncDepth;

/// The kinds of jobs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Job {
    /// Reconcile every order of a product.
    ReconcileProduct(ProductId),
    /// Reconcile every order with a line that a store item may speak for.
    ReconcileItem(StoreItemId),
    /// Reconcile every order of a store.
    ReconcileStore(StoreId),
    /// Reconcile one order.
    ReconcileOrder(StoreId, ExternalId),
    /// Ask a store about something.
    LookUp(StoreId, Subject),
    /// Read what changed in a store.
    SyncStore(StoreId, SyncDepth),
    /// Look whether a store's webhooks are there and on.
    CheckWebhooks(StoreId),
    /// Send a mail.
    SendMail(MailId),
    /// Look through the inbox for what names a customer who was erased.
    ForgetDeliveries(CustomerId),
    /// Erase what a store asks to be erased.
    AnswerPrivacy(PrivacyRequestId),
    /// Take what was deleted out of the database's file.
    Scrub,
}

impl Job {
    pub(super) fn parts(&self) -> (&'static str, String) {
        match self {
            Self::ReconcileProduct(product) => ("reconcile_product", product.to_string()),
            Self::ReconcileItem(item) => ("reconcile_item", item.to_string()),
            Self::ReconcileStore(store) => ("reconcile_store", store.to_string()),
            Self::ReconcileOrder(store, order) => ("reconcile_order", format!("{store}/{order}")),
            Self::LookUp(store, subject) => ("look_up", format!("{store}/{subject}")),
            Self::SyncStore(store, SyncDepth::Recent) => ("sync_store", store.to_string()),
            Self::SyncStore(store, SyncDepth::Deep) => ("sync_store_deeply", store.to_string()),
            Self::CheckWebhooks(store) => ("check_webhooks", store.to_string()),
            Self::SendMail(mail) => ("send_mail", mail.to_string()),
            Self::ForgetDeliveries(customer) => ("forget_deliveries", customer.to_string()),
            Self::AnswerPrivacy(request) => ("answer_privacy", request.to_string()),
            Self::Scrub => ("scrub", "database".to_owned()),
        }
    }

    pub(super) fn read(kind: &str, subject: &str) -> Option<Self> {
        match kind {
            "reconcile_product" => subject.parse().ok().map(Self::ReconcileProduct),
            "reconcile_item" => subject.parse().ok().map(Self::ReconcileItem),
            "reconcile_store" => subject.parse().ok().map(Self::ReconcileStore),
            "reconcile_order" => {
                let (store, order) = subject.split_once('/')?;
                Some(Self::ReconcileOrder(
                    store.parse().ok()?,
                    order.parse().ok()?,
                ))
            }
            "look_up" => {
                let (store, about) = subject.split_once('/')?;
                Some(Self::LookUp(store.parse().ok()?, about.parse().ok()?))
            }
            "sync_store" => {
                let store = subject.parse().ok()?;
                Some(Self::SyncStore(store, SyncDepth::Recent))
            }
            "sync_store_deeply" => {
                let store = subject.parse().ok()?;
                Some(Self::SyncStore(store, SyncDepth::Deep))
            }
            "check_webhooks" => subject.parse().ok().map(Self::CheckWebhooks),
            "send_mail" => subject.parse().ok().map(Self::SendMail),
            "forget_deliveries" => subject.parse().ok().map(Self::ForgetDeliveries),
            "answer_privacy" => subject.parse().ok().map(Self::AnswerPrivacy),
            "scrub" => Some(Self::Scrub),
            _ => None,
        }
    }

    /// Returns where the job is worked off.
    pub(super) const fn lane(&self) -> Lane {
        match self {
            Self::ReconcileProduct(_)
            | Self::ReconcileItem(_)
            | Self::ReconcileStore(_)
            | Self::ReconcileOrder(..)
            | Self::ForgetDeliveries(_)
            | Self::AnswerPrivacy(_)
            | Self::Scrub => Lane::Here,
            Self::LookUp(..) | Self::SyncStore(..) | Self::CheckWebhooks(_) => Lane::Outside,
            Self::SendMail(_) => Lane::Mail,
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn a_job_reads_back_from_its_row() {
        let now = Timestamp::from_seconds(1);
        let store = StoreId::from_parts(now, 1);
        let order: ExternalId = "shop/1001".parse().unwrap();
        for job in [
            Job::ReconcileProduct(ProductId::from_parts(now, 1)),
            Job::ReconcileItem(StoreItemId::from_parts(now, 1)),
            Job::ReconcileStore(store),
            Job::ReconcileOrder(store, order.clone()),
            Job::LookUp(store, Subject::Order(order)),
            Job::SyncStore(store, SyncDepth::Recent),
            Job::SyncStore(store, SyncDepth::Deep),
            Job::CheckWebhooks(store),
            Job::SendMail(MailId::from_parts(now, 1)),
            Job::ForgetDeliveries(CustomerId::from_parts(now, 1)),
            Job::AnswerPrivacy(PrivacyRequestId::from_parts(now, 1)),
            Job::Scrub,
        ] {
            let (kind, subject) = job.parts();
            assert_eq!(Job::read(kind, &subject), Some(job));
        }
        assert_eq!(Job::read("sweep", ""), None);
    }
}
