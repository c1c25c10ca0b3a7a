//! `storeUpdate`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Store, store_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, scalar::CurrencyCode},
    store::{
        change::Code,
        update::{self, Edit},
    },
};

store_errors!(StoreUpdateUserError, StoreUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct StoreUpdateInput {
    /// The store.
    store: ID,
    /// Shown name, 1 to 255 characters.
    name: Option<String>,
    /// Name in addresses, unique: lower-case letters, digits and hyphens, at most 63.
    slug: Option<String>,
    /// Currency of its prices, while it has no products.
    currency: Option<CurrencyCode>,
}

/// What came of storeUpdate.
#[derive(SimpleObject)]
pub struct StoreUpdatePayload {
    /// The store as it is now; null when the change was refused.
    store: Option<Store>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<StoreUpdateUserError>,
}

/// `storeUpdate`.
#[derive(Default)]
pub struct StoreUpdate;

#[Object]
impl StoreUpdate {
    /// Changes a store, by its sellers and staff.
    async fn store_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: StoreUpdateInput,
    ) -> Result<StoreUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::StoreUpdate)?;
        let outcome = match error::id(&input.store, Code::NotFound, &["store"], "Store") {
            Ok(id) => {
                let edit = Edit { name: input.name, slug: input.slug, currency: input.currency.map(|code| code.0) };
                update::update(here.app, here.origin, id, edit).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => StoreUpdatePayload { store: None, user_errors },
            Ok(store) => {
                here.loaders.stores.forget(store.id).await;
                StoreUpdatePayload { store: Some(Store::new(Arc::new(store))), user_errors: Vec::new() }
            }
        })
    }
}
