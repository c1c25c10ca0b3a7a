//! What of an order will be asked for, seen from its selection: it is read with the order, in one statement for a whole
//! page. The dataloaders stay for everything that is not foreseen here.

use async_graphql::{Context, Lookahead, Result};

use super::Order;
use crate::order::{
    query::Scope,
    read::{Whole, With},
};

/// Of the orders in a connection.
pub fn in_connection(ahead: &Lookahead<'_>) -> With {
    let (nodes, edges) = (of_node(&ahead.field("nodes")), of_node(&ahead.field("edges").field("node")));
    With {
        items: nodes.items || edges.items,
        payments: nodes.payments || edges.payments,
        customer: nodes.customer || edges.customer,
    }
}

/// Of an order.
pub fn of_node(ahead: &Lookahead<'_>) -> With {
    let selected = |name: &str| ahead.field(name).exists();
    let lines = ["items", "store", "stores", "productsDisplay", "firstProductName", "productImage", "itemsCount"];
    With { items: lines.into_iter().any(selected), payments: selected("payments"), customer: selected("customer") }
}

/// An order that was read whole, as a scope sees it.
///
/// # Errors
/// When the stored currency is not one.
pub fn order(ctx: &Context<'_>, scope: &Scope, whole: Whole) -> Result<Order> {
    let mut order = Order::in_scope(ctx, scope, whole.order)?;
    if let Some(items) = whole.items {
        order = order.with_items(items);
    }
    if let Some(payments) = whole.payments {
        order = order.with_payments(payments);
    }
    if let Some(customer) = whole.customer {
        order = order.with_customer(customer);
    }
    Ok(order)
}
