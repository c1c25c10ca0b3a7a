//! The files of exports, in parts.

use sea_orm::entity::prelude::*;

use crate::id::ExportId;

/// A part of a file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "export_parts")]
pub struct Model {
    /// The export.
    #[sea_orm(primary_key, auto_increment = false)]
    pub export_id: ExportId,
    /// Place in the file, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub position: i32,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
