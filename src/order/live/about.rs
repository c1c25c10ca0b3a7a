//! Whom an event of an order concerns: who buys, and whose goods they are.

use std::collections::{BTreeSet, HashMap};

use entity::{
    event,
    id::{CustomerId, OrderId, StoreId},
    order, order_item,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::{event::query::changes, fault::Fault, order::query::Scope};

/// Who buys an order, and whose goods it holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The customer.
    pub customer: Option<CustomerId>,
    /// The stores.
    pub stores: Vec<StoreId>,
}

impl About {
    /// How a scope sees the order: not at all, in part (false), or whole (true).
    pub fn seen_by(&self, scope: &Scope) -> Option<bool> {
        match scope {
            Scope::All => Some(true),
            Scope::Own { customer, .. } if customer.is_some() && *customer == self.customer => Some(true),
            Scope::Own { stores, .. } => self.stores.iter().any(|store| stores.contains(store)).then_some(false),
        }
    }
}

/// Whom orders concern. What is gone is told by the event of its deletion.
///
/// # Errors
/// When the database fails.
pub(crate) async fn of_orders(conn: &impl ConnectionTrait, ids: &BTreeSet<OrderId>) -> Result<HashMap<OrderId, About>, Fault> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let customers: Vec<(OrderId, Option<CustomerId>)> = order::Entity::find()
        .select_only()
        .columns([order::Column::Id, order::Column::CustomerId])
        .filter(order::Column::Id.is_in(ids.iter().copied()))
        .into_tuple()
        .all(conn)
        .await?;
    let mut found: HashMap<OrderId, About> =
        customers.into_iter().map(|(id, customer)| (id, About { customer, stores: Vec::new() })).collect();
    let stores: Vec<(OrderId, StoreId)> = order_item::Entity::find()
        .select_only()
        .columns([order_item::Column::OrderId, order_item::Column::StoreId])
        .filter(order_item::Column::OrderId.is_in(ids.iter().copied()))
        .distinct()
        .into_tuple()
        .all(conn)
        .await?;
    for (id, store) in stores {
        found.entry(id).or_default().stores.push(store);
    }
    let gone: Vec<OrderId> = ids.iter().copied().filter(|id| !found.contains_key(id)).collect();
    if !gone.is_empty() {
        let deletions = event::Entity::find()
            .filter(event::Column::OrderId.is_in(gone))
            .filter(event::Column::Kind.eq("ORDER_DELETED"))
            .all(conn)
            .await?;
        found.extend(deletions.iter().filter_map(|event| Some((event.order_id?, of_deletion(event)))));
    }
    Ok(found)
}

/// Whom a deleted order concerned, from the document that the event of its deletion holds.
fn of_deletion(event: &event::Model) -> About {
    let Some(order) = changes(event).into_iter().find(|change| change.field == "order") else { return About::default() };
    let id = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let items = order.old["items"].as_array().map_or(&[][..], Vec::as_slice);
    let mut stores: Vec<StoreId> = items.iter().filter_map(|item| id(&item["store"])?.parse().ok()).collect();
    stores.sort();
    stores.dedup();
    About { customer: id(&order.old["customer"]).and_then(|id| id.parse().ok()), stores }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids() -> (CustomerId, StoreId, StoreId) {
        let at = |n| entity::time::Timestamp(n);
        (CustomerId::at(at(1), [1; 10]), StoreId::at(at(2), [2; 10]), StoreId::at(at(3), [3; 10]))
    }

    #[test]
    fn buyers_see_all_of_it_and_stores_their_part() {
        let (customer, store, other) = ids();
        let about = About { customer: Some(customer), stores: vec![store] };
        let own = |customer, stores: &[StoreId]| Scope::Own { customer, stores: stores.to_vec() };
        assert_eq!(about.seen_by(&Scope::All), Some(true));
        assert_eq!(about.seen_by(&own(Some(customer), &[])), Some(true));
        assert_eq!(about.seen_by(&own(Some(customer), &[store])), Some(true));
        assert_eq!(about.seen_by(&own(None, &[other, store])), Some(false));
        assert_eq!(about.seen_by(&own(None, &[other])), None);
    }

    #[test]
    fn an_order_of_nobody_is_not_the_order_of_everyone_without_a_customer() {
        let nobody = About { customer: None, stores: Vec::new() };
        assert_eq!(nobody.seen_by(&Scope::Own { customer: None, stores: Vec::new() }), None);
    }
}
