//! Writing a new order with its lines and its first event.

use entity::{event, order, order_item, stored::EventSubject, time::Timestamp};
use sea_orm::{DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel};

use crate::event::{Change, NewEvent, OrderPlace, Origin, row};

/// Inserts an order, its lines and the event of its creation.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    tx: &DatabaseTransaction,
    origin: &Origin,
    order: &order::Model,
    items: &[order_item::Model],
    changes: &[Change],
    now: Timestamp,
) -> Result<(), DbErr> {
    order::Entity::insert(order.clone().into_active_model()).exec_without_returning(tx).await?;
    let lines = items.iter().cloned().map(IntoActiveModel::into_active_model);
    order_item::Entity::insert_many(lines).exec_without_returning(tx).await?;
    let created = NewEvent {
        subject: EventSubject::Order,
        subject_id: order.id.0,
        place: Some(OrderPlace { order: order.id, seq: 1, version: 1 }),
        kind: "ORDER_CREATED",
        reason: None,
        changes,
    };
    event::Entity::insert(row(origin, now, &created)?).exec_without_returning(tx).await?;
    Ok(())
}
