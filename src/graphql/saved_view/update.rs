//! `savedViewUpdate`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::id::SavedViewId;

use super::{SavedView, content::SavedViewContentInput, view_errors};
use crate::{
    auth::policy::Right,
    fault::Refusal,
    graphql::{Here, error},
    saved_view::{
        change::Code,
        update::{self, Edit},
    },
};

view_errors!(SavedViewUpdateUserError, SavedViewUpdateErrorCode);

/// What is to be changed; fields left out stay as they are.
#[derive(Clone, Debug, InputObject)]
pub struct SavedViewUpdateInput {
    /// The view: your own, or for administrators a shared one.
    view: ID,
    /// What it is called, 1 to 100 characters.
    name: Option<String>,
    /// What of its list, as a whole; the list stays the same.
    content: Option<SavedViewContentInput>,
    /// The columns that are shown, in their order, at most 50.
    columns: Option<Vec<String>>,
    /// Whether all staff see it.
    shared: Option<bool>,
}

/// What came of savedViewUpdate.
#[derive(SimpleObject)]
pub struct SavedViewUpdatePayload {
    /// The view as it is now; null when it was refused.
    view: Option<SavedView>,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<SavedViewUpdateUserError>,
}

/// `savedViewUpdate`.
#[derive(Default)]
pub struct SavedViewUpdate;

#[Object]
impl SavedViewUpdate {
    /// Changes a view of a list.
    async fn saved_view_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be changed.")] input: SavedViewUpdateInput,
    ) -> Result<SavedViewUpdatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::SavedViewUpdate)?;
        let now = here.app.clock.now();
        let parts = || -> Result<(SavedViewId, Edit), Refusal<Code>> {
            let id = error::id(&input.view, Code::NotFound, &["view"], "Saved view")?;
            let content = input.content.map(|content| content.content(now)).transpose()?;
            Ok((id, Edit { name: input.name, content, columns: input.columns, is_shared: input.shared }))
        };
        let outcome = match parts() {
            Ok((id, edit)) => update::update(here.app, here.origin, id, edit).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => SavedViewUpdatePayload { view: None, user_errors },
            Ok(row) => SavedViewUpdatePayload { view: Some(SavedView::new(row)), user_errors: Vec::new() },
        })
    }
}
