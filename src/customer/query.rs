//! Reading customers: everybody sees themselves, staff see all.

use std::collections::HashMap;

use entity::{customer, id::CustomerId, order, stored::OrderStatus};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};

use crate::{
    auth::actor::Actor,
    fault::{Denied, Fault},
    order::query::Unseen,
};

/// The customers a caller sees, as a condition on `customers`.
///
/// # Errors
/// [`Denied::Unauthenticated`] for nobody.
pub fn visible_to(actor: &Actor) -> Result<Condition, Denied> {
    if actor.sees_all() {
        return Ok(Condition::all());
    }
    Ok(match actor.standing()?.customer {
        Some(customer) => Condition::all().add(customer::Column::Id.eq(customer)),
        None => Condition::all().add(Expr::value(false)),
    })
}

/// A customer the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: CustomerId) -> Result<Option<customer::Model>, Unseen> {
    Ok(customer::Entity::find_by_id(id).filter(visible_to(actor)?).one(conn).await?)
}

/// Orders of a customer in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSums {
    /// ISO 4217 code.
    pub currency: String,
    /// How many orders, whatever their status.
    pub orders: i64,
    /// Totals of those that are not cancelled, less what was given back, in minor units.
    pub spent_minor: i64,
}

/// Orders and money spent by customer, a row a currency (CUST-02).
///
/// # Errors
/// When the database fails.
pub async fn order_sums(
    conn: &impl ConnectionTrait,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<OrderSums>>, Fault> {
    let kept = "CAST(SUM(CASE WHEN status = 'CANCELLED' THEN 0 ELSE total_minor - refunded_minor END) AS bigint)";
    let rows: Vec<(CustomerId, String, i64, i64)> = order::Entity::find()
        .select_only()
        .column(order::Column::CustomerId)
        .column(order::Column::Currency)
        .column_as(order::Column::Id.count(), "orders")
        .column_as(Expr::cust(kept), "spent_minor")
        .filter(order::Column::CustomerId.is_in(customers.iter().copied()))
        .group_by(order::Column::CustomerId)
        .group_by(order::Column::Currency)
        .into_tuple()
        .all(conn)
        .await?;
    debug_assert_eq!(OrderStatus::Cancelled.as_str(), "CANCELLED");
    let mut found: HashMap<CustomerId, Vec<OrderSums>> = HashMap::new();
    for (customer, currency, orders, spent_minor) in rows {
        found.entry(customer).or_default().push(OrderSums { currency, orders, spent_minor });
    }
    Ok(found)
}
