//! `productVariantUpdate`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{ProductVariant, product_errors};
use crate::{
    auth::policy::Right,
    catalogue::{
        change::Code,
        variant_update::{self, Edit},
    },
    graphql::{Here, error, scalar::Money},
};

product_errors!(ProductVariantUpdateUserError, ProductVariantUpdateErrorCode);

/// What is to be changed; fields left out stay as they are. The stock has stockAdjust.
#[derive(Clone, Debug, InputObject)]
pub struct ProductVariantUpdateInput {
    /// The variant.
    variant: ID,
    /// Stock keeping unit, unique in the whole shop, 1 to 100 characters.
    sku: Option<String>,
    /// What tells it from its siblings; an empty one takes it away.
    name: Option<String>,
    /// Price of one, in the store's currency.
    price: Option<Money>,
}

/// What came of productVariantUpdate.
#[derive(SimpleObject)]
pub struct ProductVariantUpdatePayload {
    /// The variant as it is now; null when the change was refused.
    variant: Option<ProductVariant>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ProductVariantUpdateUserError>,
}

/// `productVariantUpdate`.
#[derive(Default)]
pub struct ProductVariantUpdate;

#[Object]
impl ProductVariantUpdate {
    /// Changes a variant, by sellers in own stores. Orders keep what was agreed.
    async fn product_variant_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: ProductVariantUpdateInput,
    ) -> Result<ProductVariantUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ProductVariantUpdate)?;
        let outcome = match error::id(&input.variant, Code::NotFound, &["variant"], "Product variant") {
            Ok(id) => {
                let edit = Edit { sku: input.sku, name: input.name, price: input.price.map(|price| price.decimal()) };
                variant_update::variant_update(here.app, here.origin, id, edit).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ProductVariantUpdatePayload { variant: None, user_errors },
            Ok(variant) => {
                here.loaders.variants.forget(variant.id).await;
                here.loaders.product_variants.forget(variant.product_id).await;
                ProductVariantUpdatePayload { variant: Some(ProductVariant::new(Arc::new(variant))), user_errors: Vec::new() }
            }
        })
    }
}
