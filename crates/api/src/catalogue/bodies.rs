//! How the catalogue is written in JSON.

use app::catalogue::{
    Changed, KeptItem, LONGEST_ACCESS_DAYS, Lasting, ListedItem, Losing, ShownProduct,
};
use domain::{ContentId, ExternalId, JobId, ProductId, StoreId, StoreItemId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::wire::{Text, Time};

/// How many things a page holds when the asker does not say.
pub(super) const USUAL_PAGE: u32 = 50;
/// How many things a page holds at most.
pub(super) const LONGEST_PAGE: u32 = 200;

/// Days of access: 1 to 36500.
#[derive(Clone, Copy)]
pub(super) struct AccessDays(pub(super) u32);

impl<'de> Deserialize<'de> for AccessDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = u32::deserialize(deserializer)?;
        if (1..=LONGEST_ACCESS_DAYS).contains(&days) {
            Ok(Self(days))
        } else {
            Err(D::Error::custom("not days of access"))
        }
    }
}

/// Days of access, or null for ever.
#[derive(Deserialize)]
pub(super) struct NullableDays(Option<AccessDays>);

impl From<NullableDays> for Lasting {
    fn from(days: NullableDays) -> Self {
        days.0.map_or(Self::ForEver, |days| Self::Days(days.0))
    }
}

/// What came of a change.
#[derive(Serialize, ToSchema)]
pub(crate) struct CatalogueChange {
    /// The job that brings it to those whom it touches; null: it touches nobody.
    #[schema(value_type = Option<String>, required = true, example = "job_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    job_id: Option<Text<JobId>>,
}

impl From<Changed> for CatalogueChange {
    fn from(changed: Changed) -> Self {
        Self {
            job_id: changed.job.map(Text),
        }
    }
}

/// Whom and what it touches when something goes away.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct CatalogueLoss {
    /// The customers who can open something now that they then can not. Name this number to go on.
    customers_with_access: i64,
    /// The courses that are deleted, or no longer in the bundle.
    courses: usize,
    /// The files that are deleted, or no longer in the bundle.
    files: usize,
}

impl From<Losing> for CatalogueLoss {
    fn from(losing: Losing) -> Self {
        Self {
            customers_with_access: losing.customers_with_access,
            courses: losing.courses,
            files: losing.files,
        }
    }
}

/// What the asker has seen.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SeenLoss {
    /// How many customers lose access by it, as it was said.
    #[param(minimum = 0)]
    pub(super) customers_with_access: Option<i64>,
}

/// A product as lists show it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductBody {
    #[schema(value_type = String, example = "prd_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<ProductId>,
    title: String,
    /// Whether it, or a product in it, has a course.
    is_video_course: bool,
    /// Days of access that a purchase gives; null: for ever.
    #[schema(required = true)]
    access_days: Option<u32>,
    created_at: Time,
    updated_at: Time,
}

impl From<app::catalogue::ShelvedProduct> for ProductBody {
    fn from(product: app::catalogue::ShelvedProduct) -> Self {
        Self {
            id: Text(product.id),
            title: product.title,
            is_video_course: product.is_video_course,
            access_days: product.access_days,
            created_at: Time(product.created_at),
            updated_at: Time(product.updated_at),
        }
    }
}

/// A product with everything around it.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductDetails {
    #[serde(flatten)]
    product: ProductBody,
    /// Its own courses.
    courses: Vec<ProductContent>,
    /// Its own files.
    files: Vec<ProductContent>,
    /// The products directly in it.
    parts: Vec<ProductBody>,
    /// The bundles that it is directly in.
    bundles: Vec<ProductBody>,
    /// The store items that are mapped to it.
    store_items: Vec<StoreItemBody>,
}

/// A course or file of a product.
#[derive(Serialize, ToSchema)]
pub(crate) struct ProductContent {
    #[schema(value_type = String, example = "crs_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<ContentId>,
    title: String,
    /// When it was or will be published; null: it is a draft.
    #[schema(required = true)]
    published_at: Option<Time>,
}

impl From<ShownProduct> for ProductDetails {
    fn from(shown: ShownProduct) -> Self {
        let courses = shown.courses.into_iter().map(|course| ProductContent {
            id: Text(ContentId::Course(course.id)),
            title: course.title,
            published_at: course.published_at.map(Time),
        });
        let files = shown.files.into_iter().map(|file| ProductContent {
            id: Text(ContentId::File(file.id)),
            title: file.title,
            published_at: file.published_at.map(Time),
        });
        Self {
            product: shown.product.into(),
            courses: courses.collect(),
            files: files.collect(),
            parts: shown.parts.into_iter().map(ProductBody::from).collect(),
            bundles: shown.bundles.into_iter().map(ProductBody::from).collect(),
            store_items: shown.items.into_iter().map(StoreItemBody::from).collect(),
        }
    }
}

/// What a store sells, and what it stands for. What it does not name stands for anything.
#[derive(Serialize, ToSchema)]
pub(crate) struct StoreItemBody {
    #[schema(value_type = String, example = "itm_01JDV5T5ZK8Q0V4B1S6N2X7R3M")]
    id: Text<StoreItemId>,
    #[schema(value_type = String)]
    store_id: Text<StoreId>,
    #[schema(value_type = Option<String>, required = true)]
    external_product_id: Option<Text<ExternalId>>,
    #[schema(value_type = Option<String>, required = true)]
    external_variant_id: Option<Text<ExternalId>>,
    #[schema(value_type = Option<String>, required = true)]
    sku: Option<Text<ExternalId>>,
    /// Its title as the store told it first.
    title: String,
    /// `mapped` to a product; `ignored`: it grants nothing on purpose; `covered` by a less exact item; `unmapped`: whoever
    /// pays for it gets nothing.
    #[schema(example = "unmapped")]
    state: &'static str,
    /// The product that it stands for, by itself or by a less exact item.
    #[schema(value_type = Option<String>, required = true)]
    product_id: Option<Text<ProductId>>,
    /// The one product that has the item's title, when nothing is said of it: confirm it, or map it otherwise.
    #[schema(value_type = Option<String>, required = true)]
    suggestion: Option<Text<ProductId>>,
    /// How many order lines are paid for and open nothing until somebody says what it stands for.
    waiting_lines: i64,
    /// How many customers they are of.
    waiting_customers: i64,
    /// Since when the first of them is known; null: nobody waits.
    #[schema(required = true)]
    waiting_since: Option<Time>,
}

impl From<ListedItem> for StoreItemBody {
    fn from(listed: ListedItem) -> Self {
        let KeptItem {
            id,
            store,
            item,
            title,
            state,
            ..
        } = listed.item;
        Self {
            id: Text(id),
            store_id: Text(store),
            external_product_id: item.product.map(Text),
            external_variant_id: item.variant.map(Text),
            sku: item.sku.map(Text),
            title,
            state: state.name(),
            product_id: listed.product.map(Text),
            suggestion: listed.suggestion.map(Text),
            waiting_lines: listed.waiting.lines,
            waiting_customers: listed.waiting.customers,
            waiting_since: listed.waiting.since.map(Time),
        }
    }
}
