//! What the shop has for sale.

use domain::order::StoreItem;
use serde_json::json;

use super::graphql::{GraphQl, next_page, number, optional_number};
use super::order::nodes;
use crate::api::{ApiError, CatalogueItem, Cursor, Page};
use crate::json::{Field, ParseError};
use crate::shopify::state;

/// A page costs 2 × 250 points and a few.
const QUERY: &str = "query ($after: String) { productVariants(first: 250, after: $after) \
    { nodes { id sku displayName product { id } } pageInfo { hasNextPage endCursor } } }";

/// Lists the variants of all products; a product without choices has one.
pub(super) async fn list(
    graphql: &GraphQl,
    cursor: Option<&Cursor>,
) -> Result<Page<Vec<CatalogueItem>>, ApiError> {
    let after = cursor.map(|cursor| cursor.0.as_str());
    let reply = graphql.ask(QUERY, json!({ "after": after })).await?;
    let page = reply.read(|data| {
        let variants = data.required("productVariants")?;
        Ok(Page {
            content: nodes(&variants, item)?,
            next: next_page(&variants)?.map(Cursor),
            total: None,
        })
    })?;
    if page.next.as_ref() == cursor && cursor.is_some() {
        return Err(ApiError::PagingLoop);
    }
    Ok(page)
}

fn item(variant: &Field<'_>) -> Result<CatalogueItem, ParseError> {
    Ok(CatalogueItem {
        item: StoreItem {
            product: optional_number(variant, "product")?,
            variant: Some(number(&variant.required("id")?)?),
            sku: state::sku(variant)?,
        },
        title: state::title(variant.optional("displayName")?)?,
    })
}
