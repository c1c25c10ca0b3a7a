//! `storeCreate`.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::{Store, store_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error, scalar::CurrencyCode},
    store::create::{self, NewStore},
};

store_errors!(StoreCreateUserError, StoreCreateErrorCode);

/// What is to be created.
#[derive(Clone, Debug, InputObject)]
pub struct StoreCreateInput {
    /// Shown name, 1 to 255 characters.
    name: String,
    /// Name in addresses, unique: lower-case letters, digits and hyphens, at most 63. Made from the name when missing.
    slug: Option<String>,
    /// Currency of its prices; USD unless told.
    currency: Option<CurrencyCode>,
    /// Makes a repeated call the same call: the same key and input give the same store.
    idempotency_key: Option<String>,
}

/// What came of storeCreate.
#[derive(SimpleObject)]
pub struct StoreCreatePayload {
    /// The store; null when it was refused.
    store: Option<Store>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<StoreCreateUserError>,
}

/// `storeCreate`.
#[derive(Default)]
pub struct StoreCreate;

#[Object]
impl StoreCreate {
    /// Creates a store, by staff.
    async fn store_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be created.")] input: StoreCreateInput,
    ) -> Result<StoreCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::StoreCreate)?;
        let new = NewStore { name: input.name, slug: input.slug, currency: input.currency.map(|code| code.0) };
        let outcome = create::create(here.app, here.origin, new, input.idempotency_key.as_deref()).await;
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => StoreCreatePayload { store: None, replayed: false, user_errors },
            Ok(created) => {
                let store = Some(Store::new(Arc::new(created.store)));
                StoreCreatePayload { store, replayed: created.replayed, user_errors: Vec::new() }
            }
        })
    }
}
