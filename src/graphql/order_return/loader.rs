//! What returns load together.

use std::{collections::HashMap, sync::Arc};

use entity::{id::OrderId, order_return, return_line};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch, order_return::query};

/// Returns by order, oldest first, each with its lines.
pub struct ReturnsByOrderId;

impl Fetch for ReturnsByOrderId {
    type Key = OrderId;
    type Value = Arc<Vec<(order_return::Model, Vec<return_line::Model>)>>;

    async fn fetch(db: &Db, keys: &[OrderId]) -> Result<HashMap<OrderId, Self::Value>, Fault> {
        let found = query::by_order(db.reader(), keys).await?;
        Ok(found.into_iter().map(|(order, returns)| (order, Arc::new(returns))).collect())
    }
}
