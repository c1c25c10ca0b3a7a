//! How far each reader of the event log has come.

use sea_orm::entity::prelude::*;

/// A reader's place in the log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "cursors")]
pub struct Model {
    /// The reader.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// Position of the last event it has dealt with; 0 before the first.
    pub position: i64,
}

impl ActiveModelBehavior for ActiveModel {}
