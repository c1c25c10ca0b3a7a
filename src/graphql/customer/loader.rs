//! What customers load together.

use std::{collections::HashMap, sync::Arc};

use entity::{address, customer, id::CustomerId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{
    customer::query::{self, OrderSums},
    db::Db,
    fault::Fault,
    graphql::loader::Fetch,
};

/// Customers by id.
pub struct CustomerById;

impl Fetch for CustomerById {
    type Key = CustomerId;
    type Value = Option<Arc<customer::Model>>;

    async fn fetch(db: &Db, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Value>, Fault> {
        let rows = customer::Entity::find().filter(customer::Column::Id.is_in(keys.iter().copied())).all(db.reader()).await?;
        Ok(rows.into_iter().map(|row| (row.id, Some(Arc::new(row)))).collect())
    }
}

/// Saved addresses by customer, oldest first.
pub struct AddressesByCustomerId;

impl Fetch for AddressesByCustomerId {
    type Key = CustomerId;
    type Value = Arc<Vec<address::Model>>;

    async fn fetch(db: &Db, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Value>, Fault> {
        let rows = address::Entity::find()
            .filter(address::Column::CustomerId.is_in(keys.iter().copied()))
            .order_by_asc(address::Column::Id)
            .all(db.reader())
            .await?;
        let mut found: HashMap<CustomerId, Vec<address::Model>> = HashMap::new();
        for row in rows {
            found.entry(row.customer_id).or_default().push(row);
        }
        Ok(found.into_iter().map(|(customer, addresses)| (customer, Arc::new(addresses))).collect())
    }
}

/// Order counts and sums by customer.
pub struct OrderSumsByCustomerId;

impl Fetch for OrderSumsByCustomerId {
    type Key = CustomerId;
    type Value = Arc<Vec<OrderSums>>;

    async fn fetch(db: &Db, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Value>, Fault> {
        let found = query::order_sums(db.reader(), keys).await?;
        Ok(found.into_iter().map(|(customer, sums)| (customer, Arc::new(sums))).collect())
    }
}
