//! `savedViewDelete`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::view_errors;
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    saved_view::{change::Code, delete},
};

view_errors!(SavedViewDeleteUserError, SavedViewDeleteErrorCode);

/// Which view is to be deleted.
#[derive(Clone, Debug, InputObject)]
pub struct SavedViewDeleteInput {
    /// The view: your own, or for administrators a shared one.
    view: ID,
}

/// What came of savedViewDelete.
#[derive(SimpleObject)]
pub struct SavedViewDeletePayload {
    /// The id of the view that was deleted; null when it was refused.
    deleted_id: Option<ID>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<SavedViewDeleteUserError>,
}

/// `savedViewDelete`.
#[derive(Default)]
pub struct SavedViewDelete;

#[Object]
impl SavedViewDelete {
    /// Deletes a view of a list.
    async fn saved_view_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which view is to be deleted.")] input: SavedViewDeleteInput,
    ) -> Result<SavedViewDeletePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::SavedViewDelete)?;
        let outcome = match error::id(&input.view, Code::NotFound, &["view"], "Saved view") {
            Ok(id) => delete::delete(here.app, here.origin, id).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => SavedViewDeletePayload { deleted_id: None, user_errors },
            Ok(id) => SavedViewDeletePayload { deleted_id: Some(ID(id.to_string())), user_errors: Vec::new() },
        })
    }
}
