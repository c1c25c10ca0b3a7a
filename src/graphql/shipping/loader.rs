//! What ways of shipping load together.

use std::{collections::HashMap, sync::Arc};

use entity::{id::ShippingMethodId, shipping_method};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch};

/// Ways of shipping by id.
pub struct ShippingMethodById;

impl Fetch for ShippingMethodById {
    type Key = ShippingMethodId;
    type Value = Option<Arc<shipping_method::Model>>;

    async fn fetch(db: &Db, keys: &[ShippingMethodId]) -> Result<HashMap<ShippingMethodId, Self::Value>, Fault> {
        let rows = shipping_method::Entity::find()
            .filter(shipping_method::Column::Id.is_in(keys.iter().copied()))
            .all(db.reader())
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}
