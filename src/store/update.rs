//! `storeUpdate`.

use entity::{id::StoreId, product, store};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::{is_duplicate, retrying},
    event::{Change, Origin},
    fault::Failure,
    money::Currency,
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Shown name.
    pub name: Option<String>,
    /// Name in addresses.
    pub slug: Option<String>,
    /// Currency of its prices, while it has no products.
    pub currency: Option<Currency>,
}

/// Changes a store.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(app: &App, origin: &Origin, id: StoreId, edit: Edit) -> Result<store::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::StoreUpdate, &app.config.orders)?;
    let name = edit.name.as_deref().map(change::name).transpose()?;
    let slug = edit.slug.as_deref().map(change::slug).transpose()?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let before = change::lock(&tx, origin, reach, id).await?;
        let mut after = before.clone();
        after.name = name.clone().unwrap_or(after.name);
        after.slug = slug.clone().unwrap_or(after.slug);
        after.currency = edit.currency.map_or(after.currency, |currency| currency.code().to_owned());
        let changes = changes(&before, &after);
        if changes.is_empty() {
            return Ok(before);
        }
        // Creating a product locks the store's row too, so none can come in between.
        if after.currency != before.currency
            && product::Entity::find().filter(product::Column::StoreId.eq(id)).count(&tx).await? > 0
        {
            let message = "the store has products, whose prices are in its currency";
            return Err(Failure::refused(Code::CurrencyFixed, ["currency"], message));
        }
        let mut row = before.into_active_model();
        row.name = Set(after.name);
        row.slug = Set(after.slug);
        row.currency = Set(after.currency);
        row.updated_at = Set(now);
        let store = match row.update(&tx).await {
            Ok(store) => store,
            Err(error) if is_duplicate(&error) => return change::slug_taken(),
            Err(error) => return Err(error.into()),
        };
        change::log(&tx, origin, now, id, "STORE_UPDATED", &changes).await?;
        tx.commit().await?;
        Ok(store)
    })
    .await
}

fn changes(before: &store::Model, after: &store::Model) -> Vec<Change> {
    let compared = [
        ("name", &before.name, &after.name),
        ("slug", &before.slug, &after.slug),
        ("currency", &before.currency, &after.currency),
    ];
    let changed = compared.into_iter().filter(|(_, old, new)| old != new);
    changed.map(|(field, old, new)| Change::new(field, old.as_str(), new.as_str())).collect()
}
