//! The last number given out in each series of billing documents.

use sea_orm::entity::prelude::*;

use crate::{id::StoreId, stored::InvoiceKind};

/// A series' counter. It moves in the transaction of the document, so that a series has no gaps.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoice_counters")]
pub struct Model {
    /// Whose series.
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: StoreId,
    /// Of which documents.
    #[sea_orm(primary_key, auto_increment = false)]
    pub kind: InvoiceKind,
    /// Of which year.
    #[sea_orm(primary_key, auto_increment = false)]
    pub year: i32,
    /// The last number given out.
    pub last: i64,
}

impl ActiveModelBehavior for ActiveModel {}
