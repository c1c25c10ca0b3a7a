//! What a bulk operation has still to work on.

use sea_orm::entity::prelude::*;

use crate::id::BulkOperationId;

/// Some of the things of a bulk operation, worked off in one transaction; the row goes in the same.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_chunks")]
pub struct Model {
    /// The operation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation_id: BulkOperationId,
    /// The place of the first in the operation, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// Their ids as they were given, a JSON array.
    pub items: String,
}

impl ActiveModelBehavior for ActiveModel {}
