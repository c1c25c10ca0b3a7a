//! `stockAdjust`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use crate::{
    auth::policy::Right,
    graphql::{Here, catalogue::ProductVariant, error, scalar::Int},
    inventory::adjust::{self, Adjustment, Code},
};

error::user_errors! {
    StockAdjustUserError, StockAdjustErrorCode = Code {
        /// No such variant, or not of your stores.
        NotFound,
        /// Not so many pieces left to take out; see available.
        InsufficientStock,
        /// Neither or both of delta and setTo, or out of range.
        InvalidQuantity,
        /// Anything else that is wrong with the input.
        InvalidInput,
        /// The key was used with other input.
        IdempotencyKeyReused,
    }, details: [available]
}

/// Which stock, and by how much or to what: either delta or setTo.
#[derive(Clone, Debug, InputObject)]
pub struct StockAdjustInput {
    /// The variant.
    variant: ID,
    /// Pieces to add, or to take out when negative.
    delta: Option<Int>,
    /// Pieces that are to be available.
    set_to: Option<Int>,
    /// Why; kept in the log, at most 2000 characters.
    reason: Option<String>,
    /// Makes a repeated call the same call: the stock is adjusted once.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back: the variant is returned, nothing is kept.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// What came of stockAdjust.
#[derive(SimpleObject)]
pub struct StockAdjustPayload {
    /// The variant as it is now; null when the adjustment was refused.
    variant: Option<ProductVariant>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<StockAdjustUserError>,
}

/// `stockAdjust`.
#[derive(Default)]
pub struct StockAdjust;

#[Object]
impl StockAdjust {
    /// Puts pieces of a variant into stock or takes them out, by sellers in own stores.
    async fn stock_adjust(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which stock, and by how much or to what.")] input: StockAdjustInput,
    ) -> Result<StockAdjustPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::StockAdjust)?;
        let outcome = match error::id(&input.variant, Code::NotFound, &["variant"], "Product variant") {
            Ok(variant) => {
                let delta = input.delta.map(|delta| delta.0);
                let set_to = input.set_to.map(|pieces| pieces.0);
                let adjustment = Adjustment { variant, delta, set_to, reason: input.reason };
                adjust::adjust(
                    here.app,
                    here.origin,
                    adjustment,
                    input.idempotency_key.as_deref(),
                    input.dry_run.unwrap_or(false),
                )
                .await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => StockAdjustPayload { variant: None, replayed: false, user_errors },
            Ok(adjusted) => {
                here.loaders.variants.forget(adjusted.variant.id).await;
                here.loaders.product_variants.forget(adjusted.variant.product_id).await;
                let variant = Some(ProductVariant::new(Arc::new(adjusted.variant)));
                StockAdjustPayload { variant, replayed: adjusted.replayed, user_errors: Vec::new() }
            }
        })
    }
}
