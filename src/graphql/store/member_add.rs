//! `storeMemberAdd`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Store, store_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    store::{change::Code, member_add},
};

store_errors!(StoreMemberAddUserError, StoreMemberAddErrorCode);

/// Who becomes a seller of a store.
#[derive(Clone, Debug, InputObject)]
pub struct StoreMemberAddInput {
    /// The store.
    store: ID,
    /// The user's e-mail address.
    user: String,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
}

/// What came of storeMemberAdd.
#[derive(SimpleObject)]
pub struct StoreMemberAddPayload {
    /// The store; null when the change was refused.
    store: Option<Store>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<StoreMemberAddUserError>,
}

/// `storeMemberAdd`.
#[derive(Default)]
pub struct StoreMemberAdd;

#[Object]
impl StoreMemberAdd {
    /// Makes a user a seller of a store, by staff. Who is one already stays one.
    async fn store_member_add(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who, and which store.")] input: StoreMemberAddInput,
    ) -> Result<StoreMemberAddPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::StoreMemberAdd)?;
        let outcome = match error::id(&input.store, Code::NotFound, &["store"], "Store") {
            Ok(id) => member_add::member_add(here.app, here.origin, id, &input.user, input.idempotency_key.as_deref()).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => StoreMemberAddPayload { store: None, replayed: false, user_errors },
            Ok(added) => {
                here.loaders.store_members.forget(added.store.id).await;
                let store = Some(Store::new(Arc::new(added.store)));
                StoreMemberAddPayload { store, replayed: added.replayed, user_errors: Vec::new() }
            }
        })
    }
}
