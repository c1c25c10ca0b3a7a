//! Reading ways to ship: everybody sees those that can be chosen, staff the others too.

use entity::shipping_method;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{auth::actor::Actor, fault::Fault};

/// Whether a caller sees a way to ship.
pub fn is_visible(actor: &Actor, method: &shipping_method::Model) -> bool {
    method.is_active || actor.sees_all()
}

/// The ways to ship, cheapest first: those that can be chosen, or all.
///
/// # Errors
/// When the database fails.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    currency: Option<&str>,
    include_inactive: bool,
) -> Result<Vec<shipping_method::Model>, Fault> {
    let mut select = shipping_method::Entity::find();
    if !include_inactive {
        select = select.filter(shipping_method::Column::IsActive.eq(true));
    }
    if let Some(currency) = currency {
        select = select.filter(shipping_method::Column::Currency.eq(currency));
    }
    let rows =
        select.order_by_asc(shipping_method::Column::PriceMinor).order_by_asc(shipping_method::Column::Id).all(conn).await?;
    Ok(rows)
}
