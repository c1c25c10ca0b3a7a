//! `productVariantAdd`: one more variant of a product.

use entity::{
    id::{ProductId, VariantId},
    product_variant, store,
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::change::{self, Code, MAX_VARIANTS, NewVariant};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::{is_duplicate, retrying},
    event::Origin,
    fault::{Failure, Fault},
    idempotency::{self, Key},
};

/// What came of it.
#[derive(Debug)]
pub struct Added {
    /// The variant.
    pub variant: product_variant::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Adds a variant behind those a product has.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn variant_add(
    app: &App,
    origin: &Origin,
    product: ProductId,
    new: NewVariant,
    key: Option<&str>,
) -> Result<Added, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::ProductVariantAdd, &app.config.orders)?;
    let key = idempotency::given(&origin.actor, Right::ProductVariantAdd, key, &(product, &new))?;
    retrying(|| add_once(app, origin, reach, product, &new, key.as_ref())).await
}

async fn add_once(
    app: &App,
    origin: &Origin,
    reach: Reach,
    product: ProductId,
    new: &NewVariant,
    key: Option<&Key>,
) -> Result<Added, Failure<Code>> {
    let now = app.clock.now();
    let id = VariantId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    let first = idempotency::claim_id(&tx, key, id, now).await?;
    // The product's row is held, so that two additions do not get one position.
    let product = change::lock(&tx, origin, reach, product).await?;
    if let Some(first) = first {
        let variant = product_variant::Entity::find_by_id(first).one(&tx).await?;
        let variant =
            variant.ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the variant of this key was deleted"))?;
        return Ok(Added { variant, replayed: true });
    }
    let store = store::Entity::find_by_id(product.store_id).lock_shared().one(&tx).await?;
    let store = store.ok_or_else(|| Fault::Corrupt(format!("store of {}", product.id)))?;
    let currency = change::currency(&store.currency)?;
    let checked = new.check(&[], currency).map_err(Failure::Refused)?;
    let positions: Vec<i32> = product_variant::Entity::find()
        .select_only()
        .column(product_variant::Column::Position)
        .filter(product_variant::Column::ProductId.eq(product.id))
        .order_by_desc(product_variant::Column::Position)
        .into_tuple()
        .all(&tx)
        .await?;
    if positions.len() >= MAX_VARIANTS {
        return Err(Failure::refused(
            Code::TooManyVariants,
            ["product"],
            format!("a product has at most {MAX_VARIANTS} variants"),
        ));
    }
    let position = positions.first().map_or(0, |last| last.saturating_add(1));
    let variant = checked.row(id, product.id, currency, position, now);
    match product_variant::Entity::insert(variant.clone().into_active_model().reset_all()).exec_without_returning(&tx).await {
        Ok(_) => {}
        Err(error) if is_duplicate(&error) => return Err(change::sku_taken(vec!["sku".to_owned()]).into()),
        Err(error) => return Err(error.into()),
    }
    change::log(&tx, origin, now, product.id, "VARIANT_ADDED", &checked.changes(currency)).await?;
    tx.commit().await?;
    tracing::info!(sku = %variant.sku, "variant added");
    Ok(Added { variant, replayed: false })
}
