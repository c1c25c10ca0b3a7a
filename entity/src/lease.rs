//! Leases: who does what only one process may do at a time.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::time::Timestamp;

/// A lease, held until it runs out or is renewed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leases")]
pub struct Model {
    /// What it is for.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The process that holds it, by a number of its own.
    pub holder: Uuid,
    /// When it runs out.
    pub until: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
