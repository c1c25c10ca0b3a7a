//! What payments load together.

use std::{collections::HashMap, sync::Arc};

use entity::{
    id::{CustomerId, PaymentId},
    payment_method, refund,
};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch};

/// Refunds by payment, oldest first.
pub struct RefundsByPaymentId;

impl Fetch for RefundsByPaymentId {
    type Key = PaymentId;
    type Value = Arc<Vec<refund::Model>>;

    async fn fetch(db: &Db, keys: &[PaymentId]) -> Result<HashMap<PaymentId, Self::Value>, Fault> {
        let rows = refund::Entity::find()
            .filter(refund::Column::PaymentId.is_in(keys.iter().copied()))
            .order_by_asc(refund::Column::CreatedAt)
            .order_by_asc(refund::Column::Id)
            .all(db.reader())
            .await?;
        let mut found: HashMap<PaymentId, Vec<refund::Model>> = HashMap::new();
        for row in rows {
            found.entry(row.payment_id).or_default().push(row);
        }
        Ok(found.into_iter().map(|(payment, refunds)| (payment, Arc::new(refunds))).collect())
    }
}

/// Saved methods by customer, newest first.
pub struct MethodsByCustomerId;

impl Fetch for MethodsByCustomerId {
    type Key = CustomerId;
    type Value = Arc<Vec<payment_method::Model>>;

    async fn fetch(db: &Db, keys: &[CustomerId]) -> Result<HashMap<CustomerId, Self::Value>, Fault> {
        let rows = payment_method::Entity::find()
            .filter(payment_method::Column::CustomerId.is_in(keys.iter().copied()))
            .order_by_desc(payment_method::Column::CreatedAt)
            .order_by_desc(payment_method::Column::Id)
            .all(db.reader())
            .await?;
        let mut found: HashMap<CustomerId, Vec<payment_method::Model>> = HashMap::new();
        for row in rows {
            found.entry(row.customer_id).or_default().push(row);
        }
        Ok(found.into_iter().map(|(customer, methods)| (customer, Arc::new(methods))).collect())
    }
}
