//! What deliveries load together.

use std::{collections::HashMap, sync::Arc};

use entity::{id::WebhookDeliveryId, webhook_attempt};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use crate::{db::Db, fault::Fault, graphql::loader::Fetch};

/// Attempts by delivery, oldest first.
pub struct AttemptsByDeliveryId;

impl Fetch for AttemptsByDeliveryId {
    type Key = WebhookDeliveryId;
    type Value = Arc<Vec<webhook_attempt::Model>>;

    async fn fetch(db: &Db, keys: &[WebhookDeliveryId]) -> Result<HashMap<WebhookDeliveryId, Self::Value>, Fault> {
        let rows = webhook_attempt::Entity::find()
            .filter(webhook_attempt::Column::DeliveryId.is_in(keys.iter().copied()))
            .order_by_asc(webhook_attempt::Column::Id)
            .all(db.reader())
            .await?;
        let mut found: HashMap<WebhookDeliveryId, Vec<webhook_attempt::Model>> = HashMap::new();
        for row in rows {
            found.entry(row.delivery_id).or_default().push(row);
        }
        Ok(found.into_iter().map(|(delivery, attempts)| (delivery, Arc::new(attempts))).collect())
    }
}
