//! `productVariantUpdate`: SKU, name and price of a variant. Its stock has `stockAdjust`; orders keep what was agreed.

use entity::{id::VariantId, product, product_variant};
use rust_decimal::Decimal;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QuerySelect};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::{is_duplicate, retrying},
    event::{Change, Origin},
    fault::Failure,
    money::{Currency, format_minor},
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Stock keeping unit, unique in the whole shop.
    pub sku: Option<String>,
    /// What tells it from its siblings; an empty one takes it away.
    pub name: Option<String>,
    /// Price of one, in the store's currency.
    pub price: Option<Decimal>,
}

/// Changes a variant.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn variant_update(
    app: &App,
    origin: &Origin,
    id: VariantId,
    edit: Edit,
) -> Result<product_variant::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::ProductVariantUpdate, &app.config.orders)?;
    retrying(|| update_once(app, origin, reach, id, &edit)).await
}

async fn update_once(
    app: &App,
    origin: &Origin,
    reach: Reach,
    id: VariantId,
    edit: &Edit,
) -> Result<product_variant::Model, Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["variant"], "Product variant not found");
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let before = product_variant::Entity::find_by_id(id).lock_exclusive().one(&tx).await?.ok_or_else(not_found)?;
    let product = product::Entity::find_by_id(before.product_id).one(&tx).await?.ok_or_else(not_found)?;
    if !change::reaches(origin, reach, product.store_id) {
        return Err(not_found());
    }
    let currency = change::currency(&before.currency)?;
    let after = edited(&before, edit, currency)?;
    let changes = changes(&before, &after, currency);
    if changes.is_empty() {
        return Ok(before);
    }
    let mut row = before.into_active_model();
    row.sku = Set(after.sku);
    row.name = Set(after.name);
    row.price_minor = Set(after.price_minor);
    row.updated_at = Set(now);
    let variant = match row.update(&tx).await {
        Ok(variant) => variant,
        Err(error) if is_duplicate(&error) => return Err(change::sku_taken(vec!["sku".to_owned()]).into()),
        Err(error) => return Err(error.into()),
    };
    change::log(&tx, origin, now, product.id, "VARIANT_UPDATED", &changes).await?;
    tx.commit().await?;
    Ok(variant)
}

fn edited(before: &product_variant::Model, edit: &Edit, currency: Currency) -> Result<product_variant::Model, Failure<Code>> {
    let at = |name: &str| vec![name.to_owned()];
    let mut after = before.clone();
    if let Some(sku) = &edit.sku {
        after.sku = change::sku(sku, at("sku"))?;
    }
    if let Some(name) = &edit.name {
        after.name = change::variant_name(name, at("name"))?;
    }
    if let Some(price) = edit.price {
        after.price_minor = change::price(price, currency, at("price"))?;
    }
    Ok(after)
}

/// What changed, under the SKU the variant had.
fn changes(before: &product_variant::Model, after: &product_variant::Model, currency: Currency) -> Vec<Change> {
    let field = |name: &str| format!("{name}.{}", before.sku);
    let price = |variant: &product_variant::Model| format_minor(variant.price_minor, currency);
    let compared = [
        Change::new(&field("sku"), before.sku.as_str(), after.sku.as_str()),
        Change::new(&field("name"), before.name.as_str(), after.name.as_str()),
        Change::new(&field("price"), price(before), price(after)),
    ];
    compared.into_iter().filter(|change| change.old != change.new).collect()
}
