//! What stores load together.

use std::{collections::HashMap, sync::Arc};

use entity::{id::StoreId, store, store_member};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch, store::query};

/// Stores by id.
pub struct StoreById;

impl Fetch for StoreById {
    type Key = StoreId;
    type Value = Option<Arc<store::Model>>;

    async fn fetch(db: &Db, keys: &[StoreId]) -> Result<HashMap<StoreId, Self::Value>, Fault> {
        let rows = store::Entity::find().filter(store::Column::Id.is_in(keys.iter().copied())).all(db.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}

/// Members by store, longest first.
pub struct MembersByStoreId;

impl Fetch for MembersByStoreId {
    type Key = StoreId;
    type Value = Arc<Vec<store_member::Model>>;

    async fn fetch(db: &Db, keys: &[StoreId]) -> Result<HashMap<StoreId, Self::Value>, Fault> {
        let found = query::members(db.reader(), keys).await?;
        Ok(found.into_iter().map(|(store, members)| (store, Arc::new(members))).collect())
    }
}
