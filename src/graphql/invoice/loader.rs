//! What invoices load together.

use std::{collections::HashMap, sync::Arc};

use entity::{
    id::{InvoiceId, OrderId},
    invoice,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch, invoice::query};

/// Billing documents by order, oldest first.
pub struct InvoicesByOrderId;

impl Fetch for InvoicesByOrderId {
    type Key = OrderId;
    type Value = Arc<[invoice::Model]>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        let found = query::by_order(db.reader(), keys).await?;
        Ok(found.into_iter().map(|(order, rows)| (order, rows.into())).collect())
    }
}

/// Billing documents by id, whoever asks.
pub struct InvoiceById;

impl Fetch for InvoiceById {
    type Key = InvoiceId;
    type Value = Option<Arc<invoice::Model>>;

    async fn fetch(db: &Db, keys: &[InvoiceId]) -> Result<HashMap<InvoiceId, Self::Value>, Fault> {
        let rows = invoice::Entity::find().filter(invoice::Column::Id.is_in(keys.iter().copied())).all(db.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}
