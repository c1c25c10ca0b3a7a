//! `productVariantAdd`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{ProductVariant, product_errors};
use crate::{
    auth::policy::Right,
    catalogue::{
        change::{Code, NewVariant},
        variant_add,
    },
    graphql::{
        Here, error,
        scalar::{Int, Money},
    },
};

product_errors!(ProductVariantAddUserError, ProductVariantAddErrorCode);

/// Which product gets which variant.
#[derive(Clone, Debug, InputObject)]
pub struct ProductVariantAddInput {
    /// The product.
    product: ID,
    /// Stock keeping unit, unique in the whole shop, 1 to 100 characters.
    sku: String,
    /// What tells it from its siblings.
    name: Option<String>,
    /// Price of one, in the store's currency.
    price: Money,
    /// Pieces to begin with, 0 to 1000000000.
    #[graphql(default_with = "Some(Int(0))")]
    stock: Option<Int>,
    /// Makes a repeated call the same call: the same key and input give the same variant.
    idempotency_key: Option<String>,
}

/// What came of productVariantAdd.
#[derive(SimpleObject)]
pub struct ProductVariantAddPayload {
    /// The variant; null when it was refused.
    variant: Option<ProductVariant>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ProductVariantAddUserError>,
}

/// `productVariantAdd`.
#[derive(Default)]
pub struct ProductVariantAdd;

#[Object]
impl ProductVariantAdd {
    /// Adds a variant behind those a product has, by sellers in own stores.
    async fn product_variant_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which product gets which variant.")] input: ProductVariantAddInput,
    ) -> Result<ProductVariantAddPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ProductVariantAdd)?;
        let outcome = match error::id(&input.product, Code::NotFound, &["product"], "Product") {
            Ok(product) => {
                let new = NewVariant {
                    sku: input.sku,
                    name: input.name,
                    price: input.price.decimal(),
                    stock: input.stock.map_or(0, |stock| stock.0),
                };
                variant_add::variant_add(here.app, here.origin, product, new, input.idempotency_key.as_deref()).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ProductVariantAddPayload { variant: None, replayed: false, user_errors },
            Ok(added) => {
                here.loaders.product_variants.forget(added.variant.product_id).await;
                let variant = Some(ProductVariant::new(Arc::new(added.variant)));
                ProductVariantAddPayload { variant, replayed: added.replayed, user_errors: Vec::new() }
            }
        })
    }
}
