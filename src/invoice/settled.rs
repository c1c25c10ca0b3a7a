//! Which refunds of orders are done: those that their payment's sum holds.

use std::collections::{BTreeSet, HashMap};

use entity::{
    event,
    id::{OrderId, RefundId},
    payment, refund,
    stored::RefundStatus,
};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder};

use crate::event::query::changes;

/// The refunds that events name as done: a change of `refund` to the refund's id.
pub fn named(events: &[event::Model]) -> BTreeSet<RefundId> {
    let told = events.iter().filter(|event| event.kind == "REFUND_SUCCEEDED").flat_map(changes);
    told.filter(|change| change.field == "refund").filter_map(|change| change.new.as_str()?.parse().ok()).collect()
}

/// The refunds of orders that are done, oldest first. A refund may be there before its money moved: it counts when an event
/// said so, or while what was given back of its payment has room for it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
    named: &BTreeSet<RefundId>,
) -> Result<HashMap<OrderId, Vec<refund::Model>>, DbErr> {
    let mut by_order: HashMap<OrderId, Vec<refund::Model>> = HashMap::new();
    let payments = payment::Entity::find()
        .filter(payment::Column::OrderId.is_in(orders.iter().copied()))
        .filter(payment::Column::RefundedMinor.gt(0_i64))
        .order_by_asc(payment::Column::Id)
        .all(conn)
        .await?;
    let rows = refund::Entity::find()
        .filter(refund::Column::PaymentId.is_in(payments.iter().map(|payment| payment.id)))
        .filter(refund::Column::Status.eq(RefundStatus::Succeeded))
        .order_by_asc(refund::Column::Id)
        .all(conn)
        .await?;
    for payment in payments {
        let mut room = payment.refunded_minor;
        let mut rows: Vec<&refund::Model> = rows.iter().filter(|row| row.payment_id == payment.id).collect();
        rows.sort_by_key(|row| (!named.contains(&row.id), row.id));
        for row in rows {
            if row.amount_minor <= room {
                room -= row.amount_minor;
                by_order.entry(payment.order_id).or_default().push(row.clone());
            }
        }
    }
    for refunds in by_order.values_mut() {
        refunds.sort_by_key(|refund| refund.id);
    }
    Ok(by_order)
}
