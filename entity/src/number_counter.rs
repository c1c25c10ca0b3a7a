//! The last order number given out for each day.

use sea_orm::entity::prelude::*;

/// A day's counter.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "number_counters")]
pub struct Model {
    /// `YYYYMMDD`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: String,
    /// The last number given out.
    pub last: i64,
}

impl ActiveModelBehavior for ActiveModel {}
