//! `storeMemberRemove`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Store, store_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    store::{change::Code, member_remove},
};

store_errors!(StoreMemberRemoveUserError, StoreMemberRemoveErrorCode);

/// Who is no longer a seller of a store.
#[derive(Clone, Debug, InputObject)]
pub struct StoreMemberRemoveInput {
    /// The store.
    store: ID,
    /// The user's e-mail address.
    user: String,
}

/// What came of storeMemberRemove.
#[derive(SimpleObject)]
pub struct StoreMemberRemovePayload {
    /// The store; null when the change was refused.
    store: Option<Store>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<StoreMemberRemoveUserError>,
}

/// `storeMemberRemove`.
#[derive(Default)]
pub struct StoreMemberRemove;

#[Object]
impl StoreMemberRemove {
    /// Takes a user's right to sell for a store, by staff.
    async fn store_member_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and which store.")] input: StoreMemberRemoveInput,
    ) -> Result<StoreMemberRemovePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::StoreMemberRemove)?;
        let outcome = match error::id(&input.store, Code::NotFound, &["store"], "Store") {
            Ok(id) => member_remove::member_remove(here.app, here.origin, id, &input.user).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => StoreMemberRemovePayload { store: None, user_errors },
            Ok(store) => {
                here.loaders.store_members.forget(store.id).await;
                StoreMemberRemovePayload { store: Some(Store::new(Arc::new(store))), user_errors: Vec::new() }
            }
        })
    }
}
