//! What a page of orders will be asked for, fetched at once: one statement per relation for the whole page, with none of
//! the waiting that gathers keys. The dataloaders stay for everything that is not foreseen here.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Lookahead, Result};
use entity::{id::OrderId, order};

use super::{
    Order,
    loader::{ItemsByOrderId, PaymentsByOrderId},
};
use crate::{
    fault::Fault,
    graphql::{Here, customer::loader::CustomerById, error, loader::Fetch},
    order::query::Scope,
};

/// Which relations of orders are selected.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    items: bool,
    payments: bool,
    customer: bool,
}

impl Wanted {
    /// Of the orders in a connection.
    pub fn in_connection(ahead: Lookahead<'_>) -> Self {
        let (nodes, edges) = (Self::of_node(ahead.field("nodes")), Self::of_node(ahead.field("edges").field("node")));
        Self {
            items: nodes.items || edges.items,
            payments: nodes.payments || edges.payments,
            customer: nodes.customer || edges.customer,
        }
    }

    /// Of an order.
    pub fn of_node(ahead: Lookahead<'_>) -> Self {
        let selected = |name: &str| ahead.field(name).exists();
        let lines = ["items", "stores", "productsDisplay"];
        Self { items: lines.into_iter().any(selected), payments: selected("payments"), customer: selected("customer") }
    }
}

/// The orders of a page as a scope sees them, with the relations that are selected.
///
/// # Errors
/// When the database fails.
pub async fn orders(ctx: &Context<'_>, scope: &Scope, rows: Vec<order::Model>, wanted: Wanted) -> Result<Vec<Order>> {
    let db = &Here::of(ctx)?.app.db;
    let ids: Vec<OrderId> = rows.iter().map(|row| row.id).collect();
    let mut customers: Vec<_> = rows.iter().filter_map(|row| row.customer_id).collect();
    customers.sort();
    customers.dedup();
    let fetched = futures_util::try_join!(
        fetch_if::<ItemsByOrderId>(wanted.items, db, &ids),
        fetch_if::<PaymentsByOrderId>(wanted.payments, db, &ids),
        fetch_if::<CustomerById>(wanted.customer, db, &customers),
    );
    let (mut items, mut payments, customers) = fetched.map_err(|fault| error::internal(ctx, &fault))?;
    rows.into_iter()
        .map(|row| {
            let id = row.id;
            let customer = row.customer_id.and_then(|id| customers.get(&id).cloned().flatten());
            let mut order = Order::in_scope(ctx, scope, Arc::new(row))?;
            if wanted.items {
                order = order.with_items(items.remove(&id).unwrap_or_default());
            }
            if wanted.payments {
                order = order.with_payments(payments.remove(&id).unwrap_or_default());
            }
            if wanted.customer {
                order = order.with_customer(customer);
            }
            Ok(order)
        })
        .collect()
}

async fn fetch_if<F: Fetch>(wanted: bool, db: &crate::db::Db, keys: &[F::Key]) -> Result<HashMap<F::Key, F::Value>, Fault> {
    match wanted && !keys.is_empty() {
        true => F::fetch(db, keys).await,
        false => Ok(HashMap::new()),
    }
}
