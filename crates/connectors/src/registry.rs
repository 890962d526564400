//! Which connector speaks with which kind of store.

use crate::connector::{Connector, StoreKind};
use crate::custom::Custom;
use crate::medusa::Medusa;
use crate::shopify::Shopify;
use crate::stripe::Stripe;
use crate::woocommerce::Woocommerce;

/// Returns the connector that speaks with stores of this kind.
#[must_use]
pub fn connector(kind: StoreKind) -> &'static dyn Connector {
    match kind {
        StoreKind::Custom => &Custom,
        StoreKind::Stripe => &Stripe,
        StoreKind::Shopify => &Shopify,
        StoreKind::Medusa => &Medusa,
        StoreKind::Woocommerce => &Woocommerce,
    }
}
