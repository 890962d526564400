//! Orders and previews as JSON.

use app::orders::{KeptContent, LostContent, OrderHead, RefundPreview, ShownLine, ShownOrder};
use domain::explain::Source;
use domain::order::{DisputeStatus, RefundStatus};
use domain::payment::EndReason;
use domain::reconcile::KeptGrant;
use domain::{
    ContentId, CustomerId, ExternalId, GrantId, OrderId, OrderNumber, ProductId, StoreName,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::mending::{ItemName, OrderName};
use crate::wire::{Text, Time};

/// An order without what is in it.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderHead)]
pub(crate) struct OrderHeadBody {
    #[schema(value_type = String)]
    id: Text<OrderId>,
    /// The name of its store.
    #[schema(value_type = String)]
    store: Text<StoreName>,
    /// The store's id of it.
    #[schema(value_type = String)]
    external_id: Text<ExternalId>,
    /// The number by which people speak of it; null: the store tells none.
    #[schema(value_type = Option<String>, required = true, example = "1001")]
    number: Option<Text<OrderNumber>>,
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    #[schema(example = "paid")]
    status: String,
    is_test: bool,
    /// Null: the store does not say.
    #[schema(required = true)]
    paid_at: Option<Time>,
    #[schema(example = "EUR")]
    currency: String,
    /// Money captured, in minor units.
    captured_minor: i64,
}

impl From<OrderHead> for OrderHeadBody {
    fn from(head: OrderHead) -> Self {
        Self {
            id: Text(head.id),
            store: Text(head.store),
            external_id: Text(head.external),
            number: head.number.map(Text),
            customer_id: Text(head.customer),
            status: head.status,
            is_test: head.is_test,
            paid_at: head.paid_at.map(Time),
            currency: head.currency,
            captured_minor: head.captured_minor,
        }
    }
}

/// An order with what is in it.
#[derive(Serialize, ToSchema)]
#[schema(as = Order)]
pub(crate) struct OrderBody {
    #[serde(flatten)]
    head: OrderHeadBody,
    lines: Vec<OrderLineBody>,
    refunds: Vec<RefundBody>,
    disputes: Vec<DisputeBody>,
    /// What it grants or granted.
    grants: Vec<OrderGrantBody>,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub(crate) struct OrderLineBody {
    /// The store's id of it.
    #[schema(value_type = String)]
    id: Text<ExternalId>,
    title: String,
    item: ItemName,
    quantity: u32,
    /// How many were given back.
    refunded: u32,
    /// The product that its item stands for; null: none.
    #[schema(value_type = Option<String>, required = true)]
    product_id: Option<Text<ProductId>>,
    /// Whether its item is known to grant nothing.
    is_ignored: bool,
    /// Whether it pays at present.
    pays: bool,
    /// Why it does not pay.
    #[schema(required = true)]
    reason: Option<&'static str>,
}

/// A refund of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderRefund)]
pub(crate) struct RefundBody {
    #[schema(value_type = String)]
    id: Text<ExternalId>,
    /// `pending`, `succeeded` or `failed`.
    status: &'static str,
    amount_minor: i64,
    lines: Vec<QuantityBody>,
}

/// A dispute of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderDispute)]
pub(crate) struct DisputeBody {
    #[schema(value_type = String)]
    id: Text<ExternalId>,
    /// `inquiry`, `open`, `won` or `lost`.
    status: &'static str,
}

/// How many of a line.
#[derive(Serialize, ToSchema)]
#[schema(as = LineQuantity)]
pub(crate) struct QuantityBody {
    #[schema(value_type = String)]
    line_id: Text<ExternalId>,
    quantity: u32,
}

/// A grant of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderGrant)]
pub(crate) struct OrderGrantBody {
    #[schema(value_type = String)]
    id: Text<GrantId>,
    #[schema(value_type = String)]
    line_id: Text<ExternalId>,
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    #[schema(value_type = String)]
    content: Text<ContentId>,
    granted_at: Time,
    #[schema(required = true)]
    expires_at: Option<Time>,
    #[schema(required = true)]
    extended_until: Option<Time>,
    /// Null: it is not revoked.
    #[schema(required = true)]
    revoke_reason: Option<&'static str>,
}

impl From<ShownOrder> for OrderBody {
    fn from(shown: ShownOrder) -> Self {
        let refunds = shown.refunds.into_iter().map(|(id, refund)| RefundBody {
            id: Text(id),
            status: match refund.status {
                RefundStatus::Pending => "pending",
                RefundStatus::Succeeded => "succeeded",
                RefundStatus::Failed => "failed",
            },
            amount_minor: refund.amount_minor,
            lines: quantities(refund.lines),
        });
        let disputes = shown.disputes.into_iter().map(|(id, dispute)| DisputeBody {
            id: Text(id),
            status: match dispute.status {
                DisputeStatus::Inquiry => "inquiry",
                DisputeStatus::Open => "open",
                DisputeStatus::Won => "won",
                DisputeStatus::Lost => "lost",
            },
        });
        Self {
            head: OrderHeadBody::from(shown.head),
            lines: shown.lines.into_iter().map(OrderLineBody::from).collect(),
            refunds: refunds.collect(),
            disputes: disputes.collect(),
            grants: shown.grants.into_iter().map(OrderGrantBody::from).collect(),
        }
    }
}

fn quantities(lines: impl IntoIterator<Item = (ExternalId, u32)>) -> Vec<QuantityBody> {
    let lines = lines.into_iter().map(|(line, quantity)| QuantityBody {
        line_id: Text(line),
        quantity,
    });
    lines.collect()
}

impl From<ShownLine> for OrderLineBody {
    fn from(shown: ShownLine) -> Self {
        Self {
            id: Text(shown.line.external_id),
            title: shown.line.title,
            item: ItemName::from(shown.line.item),
            quantity: shown.line.quantity,
            refunded: shown.refunded,
            product_id: shown.product.map(Text),
            is_ignored: shown.is_ignored,
            pays: shown.unpaid.is_none(),
            reason: shown.unpaid.map(EndReason::name),
        }
    }
}

impl From<KeptGrant> for OrderGrantBody {
    fn from(kept: KeptGrant) -> Self {
        Self {
            id: Text(kept.id),
            line_id: Text(kept.key.line),
            customer_id: Text(kept.key.customer),
            content: Text(kept.key.content),
            granted_at: Time(kept.term.granted_at),
            expires_at: kept.term.expires_at.map(Time),
            extended_until: kept.term.extended_until.map(Time),
            revoke_reason: kept.ended.map(EndReason::name),
        }
    }
}

/// What a refund would take away.
#[derive(Serialize, ToSchema)]
#[schema(as = RefundPreview)]
pub(crate) struct PreviewBody {
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    /// What would be given back.
    lines: Vec<QuantityBody>,
    /// What would close.
    loses: Vec<LostBody>,
    /// What the order opens now and would stay open.
    keeps: Vec<KeptBody>,
    /// Why nothing would close, when nothing would: `already_refunded`, `not_paying`, `quantity_left`, `grants_nothing`,
    /// `closed_anyhow` or `kept_by_others`.
    #[schema(required = true)]
    unaffected_reason: Option<&'static str>,
    /// The same in one sentence.
    #[schema(required = true)]
    unaffected_words: Option<&'static str>,
}

/// A content that would close.
#[derive(Serialize, ToSchema)]
#[schema(as = LostContent)]
pub(crate) struct LostBody {
    #[schema(value_type = String)]
    content: Text<ContentId>,
    title: String,
}

/// A content that would stay open.
#[derive(Serialize, ToSchema)]
#[schema(as = KeptContent)]
pub(crate) struct KeptBody {
    #[schema(value_type = String)]
    content: Text<ContentId>,
    title: String,
    /// By which grants.
    by: Vec<KeepingGrant>,
    /// Until when then; null: for ever.
    #[schema(required = true)]
    until: Option<Time>,
    /// Until when now; null: for ever.
    #[schema(required = true)]
    until_now: Option<Time>,
}

/// A grant that keeps a content open.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeepingGrant {
    #[schema(value_type = String)]
    id: Text<GrantId>,
    /// The order; null: it was granted by hand.
    #[schema(required = true)]
    order: Option<OrderName>,
    /// The store's id of the line.
    #[schema(value_type = Option<String>, required = true)]
    line_id: Option<Text<ExternalId>>,
}

impl From<RefundPreview> for PreviewBody {
    fn from(preview: RefundPreview) -> Self {
        Self {
            customer_id: Text(preview.customer),
            lines: quantities(preview.lines),
            loses: preview.loses.into_iter().map(LostBody::from).collect(),
            keeps: preview.keeps.into_iter().map(KeptBody::from).collect(),
            unaffected_reason: preview.unaffected.map(domain::preview::Unaffected::name),
            unaffected_words: preview.unaffected.map(domain::preview::Unaffected::words),
        }
    }
}

impl From<LostContent> for LostBody {
    fn from(lost: LostContent) -> Self {
        Self {
            content: Text(lost.content),
            title: lost.title,
        }
    }
}

impl From<KeptContent> for KeptBody {
    fn from(kept: KeptContent) -> Self {
        let by = kept.by.into_iter().map(|(id, source)| {
            let (order, line) = match source {
                Source::Line(line) => (Some(line.order), Some(line.line)),
                Source::ByHand { .. } => (None, None),
            };
            KeepingGrant {
                id: Text(id),
                order: order.map(OrderName::from),
                line_id: line.map(Text),
            }
        });
        Self {
            content: Text(kept.content),
            title: kept.title,
            by: by.collect(),
            until: kept.until.map(Time),
            until_now: kept.until_now.map(Time),
        }
    }
}
