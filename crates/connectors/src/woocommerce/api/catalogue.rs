//! What the shop has for sale: products, and the variations of those that have some.

use std::collections::VecDeque;

use domain::order::StoreItem;

use super::{Api, has_more};
use crate::api::{Answer, ApiError, CatalogueItem, Cursor, Page};
use crate::json::{Field, ParseError};
use crate::woocommerce::order::{id, sku, title};

/// Where the listing stands: at a page of products, or at a page of the first of some products' variations. Products and
/// variations come by rising id, so that a page whose ids do not rise is one that was there already.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Position {
    /// Products whose variations are still to be listed.
    variable: VecDeque<u64>,
    /// The page of the first one's variations, from 1.
    page: u64,
    /// All ids on the page are above this.
    above: u64,
    /// The next page of products, when there is one.
    products: Option<u64>,
    /// All ids on that page are above this.
    products_above: u64,
}

impl Position {
    const fn start() -> Self {
        Self {
            variable: VecDeque::new(),
            page: 1,
            above: 0,
            products: Some(1),
            products_above: 0,
        }
    }

    fn to_cursor(&self) -> Cursor {
        let variable: Vec<_> = self.variable.iter().map(u64::to_string).collect();
        Cursor(format!(
            "{}:{}:{}:{}:{}",
            variable.join(","),
            self.page,
            self.above,
            self.products.unwrap_or(0),
            self.products_above
        ))
    }

    /// Reads a cursor; `None` when it is none of ours.
    fn from_cursor(cursor: &Cursor) -> Option<Self> {
        let (variable, numbers) = cursor.0.split_once(':')?;
        let ids = variable.split(',').filter(|id| !id.is_empty());
        let mut numbers = numbers.split(':').map(str::parse);
        let mut number = || numbers.next()?.ok();
        Some(Self {
            variable: ids.map(|id| id.parse().ok()).collect::<Option<_>>()?,
            page: number()?,
            above: number()?,
            products: number().map(|page| (page > 0).then_some(page))?,
            products_above: number()?,
        })
    }

    fn is_end(&self) -> bool {
        self.variable.is_empty() && self.products.is_none()
    }
}

impl Api {
    /// Lists a page of products, or of one product's variations. A cursor that is none of ours begins anew.
    pub(super) async fn items(
        &self,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Vec<CatalogueItem>>, ApiError> {
        let known = cursor.and_then(Position::from_cursor);
        let mut position = known.unwrap_or_else(Position::start);
        let content = match (position.variable.front().copied(), position.products) {
            (Some(product), _) => self.variations(product, &mut position).await?,
            (None, Some(page)) => self.products(page, &mut position).await?,
            (None, None) => Vec::new(),
        };
        Ok(Page {
            content,
            next: (!position.is_end()).then(|| position.to_cursor()),
            // The shop counts its products, but not with their variations.
            total: None,
        })
    }

    async fn products(
        &self,
        page: u64,
        position: &mut Position,
    ) -> Result<Vec<CatalogueItem>, ApiError> {
        let answer = self.by_id(&["products"], page, "id,name,sku,type").await?;
        let mut items = Vec::new();
        for field in answer.json.root().items()? {
            position.products_above = rising(&field, position.products_above)?;
            // Also those of other plugins: variable-subscription.
            let kind = field.optional("type")?;
            let is_variable =
                kind.is_some_and(|kind| kind.text().is_ok_and(|kind| kind.starts_with("variable")));
            if is_variable {
                position.variable.push_back(position.products_above);
            }
            items.push(CatalogueItem {
                item: StoreItem {
                    product: Some(id(&field)?),
                    variant: None,
                    // Lines of orders name a variation's SKU, never that of the product around it.
                    sku: if is_variable { None } else { sku(&field)? },
                },
                title: title(&field.required("name")?)?,
            });
        }
        position.products = has_more(&answer, page)?.then(|| page.saturating_add(1));
        (position.page, position.above) = (1, 0);
        Ok(items)
    }

    async fn variations(
        &self,
        product: u64,
        position: &mut Position,
    ) -> Result<Vec<CatalogueItem>, ApiError> {
        let mut items = Vec::new();
        let has_more = match self.variations_page(product, position.page).await {
            Ok((name, answer)) => {
                for field in answer.json.root().items()? {
                    position.above = rising(&field, position.above)?;
                    items.push(variation(&field, product, &name)?);
                }
                has_more(&answer, position.page)?
            }
            // Deleted since its page of products was read.
            Err(ApiError::NotFound) => false,
            Err(error) => return Err(error),
        };
        if has_more {
            position.page = position.page.saturating_add(1);
        } else {
            position.variable.pop_front();
            (position.page, position.above) = (1, 0);
        }
        Ok(items)
    }

    async fn variations_page(&self, product: u64, page: u64) -> Result<(String, Answer), ApiError> {
        let product = product.to_string();
        let parent = self
            .get(&["products", &product], &[("_fields", "name")])
            .await?;
        let name = title(&parent.json.root().required("name")?)?;
        let path = ["products", &product, "variations"];
        let answer = self.by_id(&path, page, "id,sku,attributes").await?;
        Ok((name, answer))
    }

    async fn by_id(&self, path: &[&str], page: u64, fields: &str) -> Result<Answer, ApiError> {
        let page = page.to_string();
        let query = [
            ("per_page", "100"),
            ("page", page.as_str()),
            ("orderby", "id"),
            ("order", "asc"),
            ("_fields", fields),
        ];
        self.get(path, &query).await
    }
}

/// Reads a numeric id above `last`; one that is not means that the site gives the same page again.
fn rising(field: &Field<'_>, last: u64) -> Result<u64, ApiError> {
    let number = id(field)?.as_str().parse();
    let number = number.map_err(|_| field.wrong_at("id", "must be a whole number"))?;
    if number > last {
        return Ok(number);
    }
    Err(ApiError::PagingLoop)
}

/// Reads a variation; its name is made as WooCommerce makes those of order lines: `Oil painting - Plus`.
fn variation(
    field: &Field<'_>,
    product: u64,
    name_of_product: &str,
) -> Result<CatalogueItem, ParseError> {
    let mut options = Vec::new();
    if let Some(attributes) = field.optional("attributes")? {
        for attribute in attributes.items()? {
            let option = attribute.optional("option")?;
            options.extend(option.map(|option| title(&option)).transpose()?);
        }
    }
    // An attribute that the buyer may choose freely has no option.
    options.retain(|option| !option.is_empty());
    let title = if options.is_empty() {
        name_of_product.to_owned()
    } else {
        format!("{name_of_product} - {}", options.join(", "))
    };
    Ok(CatalogueItem {
        item: StoreItem {
            product: product.to_string().parse().ok(),
            variant: Some(id(field)?),
            sku: sku(field)?,
        },
        title,
    })
}
