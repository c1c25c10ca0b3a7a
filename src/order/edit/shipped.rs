//! Which lines of an order have left or are packed: the one place where an edit asks.

use std::collections::BTreeSet;

use entity::{
    fulfillment, fulfillment_line,
    id::OrderItemId,
    order, order_item,
    stored::{FulfillmentState, FulfillmentStatus},
};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect, QueryTrait as _};

/// The lines of which pieces are in a fulfillment that was not called off, so that they are as they are. An order that left
/// without fulfillments left whole.
///
/// # Errors
/// When the database fails.
pub(super) async fn shipped(
    tx: &DatabaseTransaction,
    order: &order::Model,
    lines: &[order_item::Model],
) -> Result<BTreeSet<OrderItemId>, DbErr> {
    use FulfillmentStatus::{Delivered, OutForDelivery, PartiallyShipped, Processing, Returned, Shipped, Unfulfilled};
    let packed: Vec<OrderItemId> = fulfillment_line::Entity::find()
        .select_only()
        .column(fulfillment_line::Column::OrderItemId)
        .filter(fulfillment_line::Column::FulfillmentId.in_subquery(live_of(order)))
        .into_tuple()
        .all(tx)
        .await?;
    if !packed.is_empty() {
        return Ok(packed.into_iter().collect());
    }
    Ok(match order.fulfillment_status {
        Unfulfilled | Processing => BTreeSet::new(),
        PartiallyShipped | Shipped | OutForDelivery | Delivered | Returned => lines.iter().map(|line| line.id).collect(),
    })
}

fn live_of(order: &order::Model) -> sea_orm::sea_query::SelectStatement {
    fulfillment::Entity::find()
        .select_only()
        .column(fulfillment::Column::Id)
        .filter(fulfillment::Column::OrderId.eq(order.id))
        .filter(fulfillment::Column::Status.ne(FulfillmentState::Cancelled))
        .into_query()
}
