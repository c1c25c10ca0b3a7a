//! What products load together.

use std::{collections::HashMap, sync::Arc};

use entity::{
    id::{ProductId, VariantId},
    product, product_variant,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch};

/// Products by id.
pub struct ProductById;

impl Fetch for ProductById {
    type Key = ProductId;
    type Value = Option<Arc<product::Model>>;

    async fn fetch(db: &Db, keys: &[ProductId]) -> Result<HashMap<ProductId, Self::Value>, Fault> {
        let rows = product::Entity::find().filter(product::Column::Id.is_in(keys.iter().copied())).all(db.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}

/// Variants by id.
pub struct VariantById;

impl Fetch for VariantById {
    type Key = VariantId;
    type Value = Option<Arc<product_variant::Model>>;

    async fn fetch(db: &Db, keys: &[VariantId]) -> Result<HashMap<VariantId, Self::Value>, Fault> {
        let rows = product_variant::Entity::find()
            .filter(product_variant::Column::Id.is_in(keys.iter().copied()))
            .all(db.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}

/// Variants by product, in their order.
pub struct VariantsByProductId;

impl Fetch for VariantsByProductId {
    type Key = ProductId;
    type Value = Arc<Vec<Arc<product_variant::Model>>>;

    async fn fetch(db: &Db, keys: &[ProductId]) -> Result<HashMap<ProductId, Self::Value>, Fault> {
        let rows = product_variant::Entity::find()
            .filter(product_variant::Column::ProductId.is_in(keys.iter().copied()))
            .order_by_asc(product_variant::Column::Position)
            .order_by_asc(product_variant::Column::Id)
            .all(db.reader())
            .await?;
        let mut found: HashMap<ProductId, Vec<Arc<product_variant::Model>>> = HashMap::new();
        for row in rows {
            found.entry(row.product_id).or_default().push(Arc::new(row));
        }
        Ok(found.into_iter().map(|(product, variants)| (product, Arc::new(variants))).collect())
    }
}
