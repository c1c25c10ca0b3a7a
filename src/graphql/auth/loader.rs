//! What users load together.

use std::{collections::HashMap, sync::Arc};

use entity::{id::UserId, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch};

/// Users by id.
pub struct UserById;

impl Fetch for UserById {
    type Key = UserId;
    type Value = Option<Arc<user::Model>>;

    async fn fetch(db: &Db, keys: &[UserId]) -> Result<HashMap<UserId, Self::Value>, Fault> {
        let rows = user::Entity::find().filter(user::Column::Id.is_in(keys.iter().copied())).all(db.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}
