//! `productUpdate`.

use entity::{id::ProductId, product, stored::ProductStatus};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, IntoActiveModel};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Shown name.
    pub name: Option<String>,
    /// Shown text; an empty one takes it away.
    pub description: Option<String>,
    /// Whether it can be sold.
    pub status: Option<ProductStatus>,
    /// Whether it is shipped.
    pub is_physical: Option<bool>,
}

/// Changes a product.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(app: &App, origin: &Origin, id: ProductId, edit: Edit) -> Result<product::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::ProductUpdate, &app.config.orders)?;
    let name = edit.name.as_deref().map(change::name).transpose()?;
    let description = edit.description.as_deref().map(change::description).transpose()?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let before = change::lock(&tx, origin, reach, id).await?;
        let mut after = before.clone();
        after.name = name.clone().unwrap_or(after.name);
        after.description = description.clone().unwrap_or(after.description);
        after.status = edit.status.unwrap_or(after.status);
        after.is_physical = edit.is_physical.unwrap_or(after.is_physical);
        let changes = changes(&before, &after);
        if changes.is_empty() {
            return Ok(before);
        }
        let mut row = before.into_active_model();
        row.name = Set(after.name);
        row.description = Set(after.description);
        row.status = Set(after.status);
        row.is_physical = Set(after.is_physical);
        row.updated_at = Set(now);
        let product = row.update(&tx).await?;
        change::log(&tx, origin, now, id, change::UPDATED, &changes).await?;
        tx.commit().await?;
        Ok(product)
    })
    .await
}

fn changes(before: &product::Model, after: &product::Model) -> Vec<Change> {
    let compared = [
        Change::new("name", before.name.as_str(), after.name.as_str()),
        Change::new("description", before.description.as_str(), after.description.as_str()),
        Change::new("status", before.status.as_str(), after.status.as_str()),
        Change::new("isPhysical", before.is_physical, after.is_physical),
    ];
    compared.into_iter().filter(|change| change.old != change.new).collect()
}
