//! Reading labels.

use std::collections::HashMap;

use entity::{id::FulfillmentId, shipping_label};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::fault::Fault;

/// The latest label of several fulfillments: bought, being bought, or what came of the last try.
///
/// # Errors
/// When the database fails.
pub(crate) async fn latest(
    conn: &impl ConnectionTrait,
    fulfillments: &[FulfillmentId],
) -> Result<HashMap<FulfillmentId, shipping_label::Model>, Fault> {
    let rows = shipping_label::Entity::find()
        .filter(shipping_label::Column::FulfillmentId.is_in(fulfillments.iter().copied()))
        .order_by_asc(shipping_label::Column::CreatedAt)
        .order_by_asc(shipping_label::Column::Id)
        .all(conn)
        .await?;
    Ok(rows.into_iter().map(|row| (row.fulfillment_id, row)).collect())
}
