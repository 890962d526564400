//! The answer as JSON.

use app::why::{ExplainedGrant, ToldExtension, Trace, Why};
use domain::access::{Decision, GrantStanding};
use domain::explain::{Closed, ClosedLine, FailedDelivery, NamedLine, PlacedBlock, Rule, Source};
use domain::{
    BlockId, ContentId, CustomerId, DeliveryId, ExtensionId, ExternalId, GrantId, ProductId,
    StoreName,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::mending::{ItemName, MendingBody, OrderName};
use crate::wire::{Text, Time};

/// Why a customer may open a content or not.
#[derive(Serialize, ToSchema)]
#[schema(as = Why)]
pub(crate) struct WhyBody {
    /// The customer; when she was merged into another, that one.
    #[schema(value_type = String)]
    customer_id: Text<CustomerId>,
    /// The customer who was asked about, when she was merged into another.
    #[schema(value_type = Option<String>, required = true)]
    merged_from: Option<Text<CustomerId>>,
    #[schema(value_type = String)]
    content: Text<ContentId>,
    /// What the content is called.
    title: String,
    /// When the content was or will be published; null: it is a draft.
    #[schema(required = true)]
    published_at: Option<Time>,
    /// Whether it is open.
    allowed: bool,
    /// Until when it is open; null: for ever, or it is closed.
    #[schema(required = true)]
    until: Option<Time>,
    /// Why, in one word: `open`, `not_published`, `blocked`, `never_granted`, `not_begun`, `expired`, or the reason for
    /// which the last grant ended, such as `refunded`.
    #[schema(example = "refunded")]
    reason: &'static str,
    /// Why, in one sentence.
    #[schema(example = "Closed: order 1001 was refunded on 3 March 2027; nothing else grants it.")]
    sentence: String,
    /// Every grant, ended ones too.
    grants: Vec<GrantStory>,
    /// Every block, lifted ones too.
    blocks: Vec<BlockStory>,
    /// The lines of her orders that do not open it, and why.
    closed_lines: Vec<LineStory>,
    /// Deliveries that failed for good and name her or one of her orders.
    failed_deliveries: Vec<DeliveryStory>,
    /// What would open it, what is to be done first first; empty when it is open.
    mending: Vec<MendingBody>,
}

/// A line of an order.
#[derive(Serialize, ToSchema)]
#[schema(as = NamedLine)]
pub(crate) struct LineName {
    order: OrderName,
    /// The store's id of the line.
    #[schema(value_type = String)]
    id: Text<ExternalId>,
    /// What the store calls it; null: it is no longer in the order.
    #[schema(required = true)]
    title: Option<String>,
}

/// A grant with its story.
#[derive(Serialize, ToSchema)]
pub(crate) struct GrantStory {
    #[schema(value_type = String)]
    id: Text<GrantId>,
    /// `order_confirmation` or `manual_assignment`.
    source: &'static str,
    /// The line that pays for it; null: it was granted by hand.
    #[schema(required = true)]
    line: Option<LineName>,
    /// Who granted it by hand; null: an order did.
    #[schema(required = true)]
    granted_by: Option<String>,
    #[schema(required = true)]
    note: Option<String>,
    /// `live`, `future`, `expired` or `revoked`.
    standing: &'static str,
    granted_at: Time,
    /// When it ends by its line or by hand; null: never.
    #[schema(required = true)]
    expires_at: Option<Time>,
    /// Until when it was extended; the later of the two counts.
    #[schema(required = true)]
    extended_until: Option<Time>,
    #[schema(required = true)]
    revoked_at: Option<Time>,
    #[schema(required = true)]
    revoke_reason: Option<&'static str>,
    #[schema(required = true)]
    revoked_by: Option<String>,
    /// When it was last brought back.
    #[schema(required = true)]
    restored_at: Option<Time>,
    /// The rule by which it does not hold; null: it is live.
    #[schema(required = true)]
    rule: Option<RuleBody>,
    /// What made it; null: it is older than the audit log.
    #[schema(required = true)]
    caused_by: Option<TraceBody>,
    /// What ended it, when it is revoked.
    #[schema(required = true)]
    ended_by: Option<TraceBody>,
    extensions: Vec<ExtensionStory>,
}

/// A rule about access.
#[derive(Serialize, ToSchema)]
#[schema(as = Rule)]
pub(crate) struct RuleBody {
    /// Its section on the rule sheet.
    #[schema(example = "2.4, 2.5")]
    section: &'static str,
    /// What it says here.
    words: &'static str,
}

/// What the audit log tells of a change.
#[derive(Serialize, ToSchema)]
#[schema(as = Trace)]
pub(crate) struct TraceBody {
    at: Time,
    /// Who: the id of a token, a store, a job or a customer, or `command line`.
    actor: String,
    /// The delivery that said it.
    #[schema(required = true)]
    delivery_id: Option<String>,
}

/// An extension.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExtensionStory {
    #[schema(value_type = String)]
    id: Text<ExtensionId>,
    until: Time,
    /// Who extended it.
    by: String,
    #[schema(required = true)]
    note: Option<String>,
    at: Time,
}

/// A block.
#[derive(Serialize, ToSchema)]
pub(crate) struct BlockStory {
    #[schema(value_type = String)]
    id: Text<BlockId>,
    /// Who placed it.
    by: String,
    #[schema(required = true)]
    reason: Option<String>,
    at: Time,
    /// Null: it stands.
    #[schema(required = true)]
    lifted_at: Option<Time>,
    #[schema(required = true)]
    lifted_by: Option<String>,
}

/// A line that does not open the content.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineStory {
    line: LineName,
    /// Why: `unmapped_item`, `ignored_item`, `not_in_product`, `test_order`, `no_payment_time`, `other_owner`,
    /// `opens_from_store` (it is open to her when she comes from the store), `recomputing` (a job is to open it), or why it
    /// does not pay, such as `refunded`.
    #[schema(example = "unmapped_item")]
    reason: &'static str,
    /// The item that stands for no product.
    #[schema(required = true)]
    item: Option<ItemName>,
    /// The product that does not contain the content.
    #[schema(value_type = Option<String>, required = true)]
    product_id: Option<Text<ProductId>>,
}

/// A delivery that failed for good.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryStory {
    #[schema(value_type = String)]
    id: Text<DeliveryId>,
    /// The name of the store that sent it.
    #[schema(value_type = String)]
    store: Text<StoreName>,
    received_at: Time,
    /// What went wrong.
    error: String,
}

impl WhyBody {
    /// Writes the answer about the customer who was asked about.
    pub(super) fn of(asked: CustomerId, why: Why) -> Self {
        let (known, explanation) = (why.known, why.explanation);
        let (allowed, until) = match explanation.decision {
            Decision::Allowed { until, .. } => (true, until),
            Decision::Refused(_) => (false, None),
        };
        Self {
            customer_id: Text(why.customer),
            merged_from: (asked != why.customer).then_some(Text(asked)),
            content: Text(known.content),
            title: why.title,
            published_at: known.published_at.map(Time),
            allowed,
            until: until.map(Time),
            reason: explanation.reason.name(),
            sentence: explanation.sentence,
            grants: why.grants.into_iter().map(GrantStory::from).collect(),
            blocks: known.blocks.into_iter().map(BlockStory::from).collect(),
            closed_lines: known.lines.into_iter().map(LineStory::from).collect(),
            failed_deliveries: known.failed.into_iter().map(DeliveryStory::from).collect(),
            mending: explanation.mending.iter().map(MendingBody::from).collect(),
        }
    }
}

impl From<NamedLine> for LineName {
    fn from(line: NamedLine) -> Self {
        Self {
            order: OrderName::from(line.order),
            id: Text(line.line),
            title: line.title,
        }
    }
}

impl From<ExplainedGrant> for GrantStory {
    fn from(explained: ExplainedGrant) -> Self {
        let told = explained.told;
        let grant = told.sourced.grant;
        let (source, line, granted_by, note) = match told.sourced.source {
            Source::Line(line) => ("order_confirmation", Some(LineName::from(line)), None, None),
            Source::ByHand { by, note } => ("manual_assignment", None, Some(by), note),
        };
        Self {
            id: Text(grant.id),
            source,
            line,
            granted_by,
            note,
            standing: standing(explained.standing),
            granted_at: Time(grant.granted_at),
            expires_at: grant.expires_at.map(Time),
            extended_until: grant.extended_until.map(Time),
            revoked_at: grant.revoked.map(|(at, _)| Time(at)),
            revoke_reason: grant.revoked.map(|(_, reason)| reason.name()),
            revoked_by: told.revoked_by,
            restored_at: told.restored_at.map(Time),
            rule: explained.rule.map(RuleBody::from),
            caused_by: explained.caused.map(TraceBody::from),
            ended_by: explained.ended.map(TraceBody::from),
            extensions: explained
                .extensions
                .into_iter()
                .map(ExtensionStory::from)
                .collect(),
        }
    }
}

fn standing(standing: GrantStanding) -> &'static str {
    match standing {
        GrantStanding::Live { .. } => "live",
        GrantStanding::Future { .. } => "future",
        GrantStanding::Expired { .. } => "expired",
        GrantStanding::Revoked { .. } => "revoked",
    }
}

impl From<Rule> for RuleBody {
    fn from(rule: Rule) -> Self {
        Self {
            section: rule.section,
            words: rule.words,
        }
    }
}

impl From<Trace> for TraceBody {
    fn from(trace: Trace) -> Self {
        Self {
            at: Time(trace.at),
            actor: trace.actor,
            delivery_id: trace.delivery,
        }
    }
}

impl From<ToldExtension> for ExtensionStory {
    fn from(extension: ToldExtension) -> Self {
        Self {
            id: Text(extension.id),
            until: Time(extension.until),
            by: extension.by,
            note: extension.note,
            at: Time(extension.at),
        }
    }
}

impl From<PlacedBlock> for BlockStory {
    fn from(block: PlacedBlock) -> Self {
        let (lifted_at, lifted_by) = block.lifted.unzip();
        Self {
            id: Text(block.id),
            by: block.by,
            reason: block.reason,
            at: Time(block.at),
            lifted_at: lifted_at.map(Time),
            lifted_by,
        }
    }
}

impl From<ClosedLine> for LineStory {
    fn from(closed: ClosedLine) -> Self {
        let reason = closed.why.name();
        let (item, product) = match closed.why {
            Closed::Unmapped(item) => (Some(item), None),
            Closed::NotIn(product) => (None, Some(product)),
            Closed::Ignored
            | Closed::NotPaying { .. }
            | Closed::NoPaymentTime
            | Closed::OtherOwner
            | Closed::OpensFromStore
            | Closed::Recomputing { .. } => (None, None),
        };
        Self {
            line: LineName::from(closed.line),
            reason,
            item: item.map(ItemName::from),
            product_id: product.map(Text),
        }
    }
}

impl From<FailedDelivery> for DeliveryStory {
    fn from(failed: FailedDelivery) -> Self {
        Self {
            id: Text(failed.id),
            store: Text(failed.store),
            received_at: Time(failed.received_at),
            error: failed.error,
        }
    }
}
