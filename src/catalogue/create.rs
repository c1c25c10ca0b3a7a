//! `productCreate`.

use std::collections::BTreeSet;

use entity::{
    id::{ProductId, StoreId, VariantId},
    product, product_variant, store,
    stored::ProductStatus,
    time::Timestamp,
};
use sea_orm::{ActiveModelTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect};
use serde::Serialize;

use super::change::{self, CheckedVariant, Code, MAX_VARIANTS, NewVariant};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::{is_duplicate, retrying},
    event::{Change, Origin},
    fault::{Failure, Refusal},
    idempotency::{self, Key},
    money::Currency,
};

/// What is to be created.
#[derive(Clone, Debug, Serialize)]
pub struct NewProduct {
    /// Whose product.
    pub store: StoreId,
    /// Shown name.
    pub name: String,
    /// Shown text.
    pub description: Option<String>,
    /// Whether it can be sold.
    pub status: ProductStatus,
    /// Whether it is shipped.
    pub is_physical: bool,
    /// What is sold, at least one.
    pub variants: Vec<NewVariant>,
}

/// What came of it.
#[derive(Debug)]
pub struct Created {
    /// The product.
    pub product: product::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Creates a product with its variants and their opening stock.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewProduct, key: Option<&str>) -> Result<Created, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::ProductCreate, &app.config.orders)?;
    let key = idempotency::given(&origin.actor, Right::ProductCreate, key, &new)?;
    let (name, description) = (change::name(&new.name)?, change::description(new.description.as_deref().unwrap_or_default())?);
    match new.variants.len() {
        0 => return Err(Failure::refused(Code::Empty, ["variants"], "a product has at least one variant")),
        1..=MAX_VARIANTS => {}
        _ => {
            return Err(Failure::refused(
                Code::TooManyVariants,
                ["variants"],
                format!("a product has at most {MAX_VARIANTS} variants"),
            ));
        }
    }
    let new = NewProduct { name, description: Some(description), ..new };
    retrying(|| create_once(app, origin, reach, &new, key.as_ref())).await
}

async fn create_once(
    app: &App,
    origin: &Origin,
    reach: Reach,
    new: &NewProduct,
    key: Option<&Key>,
) -> Result<Created, Failure<Code>> {
    let now = app.clock.now();
    let id = ProductId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    if let Some(first) = idempotency::claim_id(&tx, key, id, now).await? {
        let product = product::Entity::find_by_id(first).one(&tx).await?;
        let product = product.filter(|product| change::reaches(origin, reach, product.store_id));
        let product =
            product.ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the product of this key was deleted"))?;
        return Ok(Created { product, replayed: true });
    }
    let currency = currency_of(&tx, origin, reach, new.store).await?;
    let variants = check_variants(&tx, &new.variants, currency).await?;
    let product = product::Model {
        id,
        store_id: new.store,
        name: new.name.clone(),
        description: new.description.clone().unwrap_or_default(),
        status: new.status,
        is_physical: new.is_physical,
        external_id: None,
        created_at: now,
        updated_at: now,
    };
    product::Entity::insert(product.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    insert_variants(&tx, id, &variants, currency, now).await?;
    let mut changes = vec![
        Change::new("name", serde_json::Value::Null, product.name.as_str()),
        Change::new("status", serde_json::Value::Null, product.status.as_str()),
    ];
    changes.extend(variants.iter().flat_map(|variant| variant.changes(currency)));
    change::log(&tx, origin, now, id, "PRODUCT_CREATED", &changes).await?;
    tx.commit().await?;
    tracing::info!(product = %id, variants = variants.len(), "product created");
    Ok(Created { product, replayed: false })
}

/// The currency of the prices of a store within the caller's reach. The store's row is held, so that its currency stays.
async fn currency_of(tx: &DatabaseTransaction, origin: &Origin, reach: Reach, id: StoreId) -> Result<Currency, Failure<Code>> {
    let store =
        store::Entity::find_by_id(id).lock_shared().one(tx).await?.filter(|store| change::reaches(origin, reach, store.id));
    let store = store.ok_or_else(|| Failure::refused(Code::NotFound, ["store"], "Store not found"))?;
    Ok(change::currency(&store.currency)?)
}

/// The variants as they are kept, or all that is wrong with them at once.
async fn check_variants(
    tx: &DatabaseTransaction,
    variants: &[NewVariant],
    currency: Currency,
) -> Result<Vec<CheckedVariant>, Failure<Code>> {
    let at = |index: usize| vec!["variants".to_owned(), index.to_string()];
    let mut refusals: Vec<Refusal<Code>> = Vec::new();
    let mut checked = Vec::with_capacity(variants.len());
    for (index, variant) in variants.iter().enumerate() {
        match variant.check(&at(index), currency) {
            Ok(variant) => checked.push((index, variant)),
            Err(problems) => refusals.extend(problems),
        }
    }
    let skus: Vec<&str> = checked.iter().map(|(_, variant)| variant.sku.as_str()).collect();
    let mut taken: BTreeSet<String> = change::taken_skus(tx, &skus).await?.into_iter().collect();
    for (index, variant) in &checked {
        if !taken.insert(variant.sku.clone()) {
            refusals.push(change::sku_taken([at(*index), vec!["sku".to_owned()]].concat()));
        }
    }
    match refusals.is_empty() {
        true => Ok(checked.into_iter().map(|(_, variant)| variant).collect()),
        false => Err(Failure::Refused(refusals)),
    }
}

async fn insert_variants(
    tx: &DatabaseTransaction,
    product: ProductId,
    variants: &[CheckedVariant],
    currency: Currency,
    now: Timestamp,
) -> Result<(), Failure<Code>> {
    let rows: Vec<_> = (0..)
        .zip(variants)
        .map(|(position, variant)| {
            let row = variant.row(VariantId::at(now, random_bytes()), product, currency, position, now);
            row.into_active_model().reset_all()
        })
        .collect();
    match product_variant::Entity::insert_many(rows).exec_without_returning(tx).await {
        Ok(_) => Ok(()),
        // Somebody else took one of them after they were looked for.
        Err(error) if is_duplicate(&error) => Err(change::sku_taken(vec!["variants".to_owned()]).into()),
        Err(error) => Err(error.into()),
    }
}
