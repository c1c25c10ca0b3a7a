//! Which lines of an order have left: the one place where an edit asks.

use std::collections::BTreeSet;

use entity::{id::OrderItemId, order, order_item, stored::FulfillmentStatus};

/// The lines of which pieces have left, so that they are as they are. Of a partly shipped order it is not known which did;
/// none of its lines is taken for being here still.
pub(super) fn shipped(order: &order::Model, lines: &[order_item::Model]) -> BTreeSet<OrderItemId> {
    use FulfillmentStatus::{Delivered, OutForDelivery, PartiallyShipped, Processing, Returned, Shipped, Unfulfilled};
    match order.fulfillment_status {
        Unfulfilled | Processing => BTreeSet::new(),
        PartiallyShipped | Shipped | OutForDelivery | Delivered | Returned => lines.iter().map(|line| line.id).collect(),
    }
}
