//! `savedViewCreate`.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::{SavedView, content::SavedViewContentInput, view_errors};
use crate::{
    auth::policy::Right,
    graphql::{Here, error},
    saved_view::create::{self, NewView},
};

view_errors!(SavedViewCreateUserError, SavedViewCreateErrorCode);

/// What is to be kept.
#[derive(Clone, Debug, InputObject)]
pub struct SavedViewCreateInput {
    /// What it is called, 1 to 100 characters.
    name: String,
    /// Of which list, and what of it; at most 16 KiB.
    content: SavedViewContentInput,
    /// The columns that are shown, in their order, at most 50; what their names mean is yours.
    columns: Option<Vec<String>>,
    /// Whether all staff see it.
    #[graphql(default_with = "Some(false)")]
    shared: Option<bool>,
    /// Makes a repeated call the same call: the same key and input give the same view.
    idempotency_key: Option<String>,
}

/// What came of savedViewCreate.
#[derive(SimpleObject)]
pub struct SavedViewCreatePayload {
    /// The view; null when it was refused.
    view: Option<SavedView>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<SavedViewCreateUserError>,
}

/// `savedViewCreate`.
#[derive(Default)]
pub struct SavedViewCreate;

#[Object]
impl SavedViewCreate {
    /// Keeps a filter, an order and columns of a list under a name, for yourself or for all staff.
    async fn saved_view_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be kept.")] input: SavedViewCreateInput,
    ) -> Result<SavedViewCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::SavedViewCreate)?;
        let outcome = match input.content.content(here.app.clock.now()) {
            Ok(content) => {
                let (columns, is_shared) = (input.columns.unwrap_or_default(), input.shared.unwrap_or(false));
                let new = NewView { name: input.name, content, columns, is_shared };
                create::create(here.app, here.origin, new, input.idempotency_key.as_deref()).await
            }
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => SavedViewCreatePayload { view: None, replayed: false, user_errors },
            Ok(created) => SavedViewCreatePayload {
                view: Some(SavedView::new(created.view)),
                replayed: created.replayed,
                user_errors: Vec::new(),
            },
        })
    }
}
