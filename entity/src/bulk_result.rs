//! What came of each thing of a bulk operation.

use sea_orm::entity::prelude::*;

use crate::{id::BulkOperationId, stored::BulkOutcome};

/// What came of one thing.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_results")]
pub struct Model {
    /// The operation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation_id: BulkOperationId,
    /// Its place in the operation, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i64,
    /// Its id as it was given. Without a foreign key: it outlives the thing.
    pub item: String,
    /// What people call it: the number of an order.
    pub number: Option<String>,
    /// What came of it.
    pub outcome: BulkOutcome,
    /// Why it was not done: a code of the API.
    pub code: Option<String>,
    /// Why, in a sentence.
    pub message: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
