//! `productUpdate`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Product, ProductStatus, product_errors};
use crate::{
    auth::policy::Right,
    catalogue::{
        change::Code,
        update::{self, Edit},
    },
    graphql::{Here, error},
};

product_errors!(ProductUpdateUserError, ProductUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct ProductUpdateInput {
    /// The product.
    product: ID,
    /// Shown name, 1 to 255 characters.
    name: Option<String>,
    /// Shown text, at most 20000 characters; an empty one takes it away.
    description: Option<String>,
    /// Whether it can be sold.
    status: Option<ProductStatus>,
    /// Whether it is shipped, so that an order of it needs an address.
    is_physical: Option<bool>,
}

/// What came of productUpdate.
#[derive(SimpleObject)]
pub struct ProductUpdatePayload {
    /// The product as it is now; null when the change was refused.
    product: Option<Product>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ProductUpdateUserError>,
}

/// `productUpdate`.
#[derive(Default)]
pub struct ProductUpdate;

#[Object]
impl ProductUpdate {
    /// Changes a product, by sellers in own stores. Orders keep what was agreed.
    async fn product_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: ProductUpdateInput,
    ) -> Result<ProductUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ProductUpdate)?;
        let outcome = match error::id(&input.product, Code::NotFound, &["product"], "Product") {
            Ok(id) => {
                let status = input.status.map(Into::into);
                let edit = Edit { name: input.name, description: input.description, status, is_physical: input.is_physical };
                update::update(here.app, here.origin, id, edit).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ProductUpdatePayload { product: None, user_errors },
            Ok(product) => {
                here.loaders.products.forget(product.id).await;
                ProductUpdatePayload { product: Some(Product::new(Arc::new(product))), user_errors: Vec::new() }
            }
        })
    }
}
