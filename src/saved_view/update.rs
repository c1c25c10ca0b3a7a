//! `savedViewUpdate`.

use entity::{id::SavedViewId, saved_view};
use sea_orm::{ActiveModelTrait as _, IntoActiveModel as _};

use super::change::{self, Code, Content};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// What it is called.
    pub name: Option<String>,
    /// What of its list.
    pub content: Option<Content>,
    /// The columns that are shown.
    pub columns: Option<Vec<String>>,
    /// Whether all staff see it.
    pub is_shared: Option<bool>,
}

/// Changes a view.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(app: &App, origin: &Origin, id: SavedViewId, edit: Edit) -> Result<saved_view::Model, Failure<Code>> {
    authorise(&origin.actor, Right::SavedViewUpdate, &app.config.orders)?;
    retrying(|| async {
        let tx = app.db.begin().await?;
        let before = change::lock(&tx, origin, id).await?;
        let mut after = edited(&before, &edit)?;
        if after == before {
            return Ok(before);
        }
        after.updated_at = app.clock.now();
        let view = after.into_active_model().reset_all().update(&tx).await?;
        tx.commit().await?;
        Ok(view)
    })
    .await
}

fn edited(before: &saved_view::Model, edit: &Edit) -> Result<saved_view::Model, Failure<Code>> {
    let mut after = before.clone();
    if let Some(name) = &edit.name {
        after.name = change::name(name)?;
    }
    if let Some(content) = &edit.content {
        if content.list != before.list {
            let message = format!("the view is one of {}", before.list);
            return Err(Failure::refused(Code::InvalidInput, ["content"], message));
        }
        (after.filter, after.sort) = content.texts()?;
    }
    if let Some(columns) = &edit.columns {
        after.columns = change::columns(columns)?;
    }
    after.is_shared = edit.is_shared.unwrap_or(after.is_shared);
    Ok(after)
}
