//! Deliveries of outgoing webhooks: one event for one endpoint.

use sea_orm::entity::prelude::*;

use crate::{
    id::{OrderId, WebhookDeliveryId, WebhookEndpointId},
    stored::WebhookDeliveryState,
    time::Timestamp,
};

/// What an endpoint is to be told.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookDeliveryId,
    /// Who is told.
    pub endpoint_id: WebhookEndpointId,
    /// The event, once per endpoint; none for a test message.
    pub event_id: Option<i64>,
    /// The event's place in the log.
    pub position: Option<i64>,
    /// The order it is about. Without a foreign key: it outlives the order.
    pub order_id: Option<OrderId>,
    /// The event's kind, `ORDER_CONFIRMED`.
    pub kind: String,
    /// How it stands.
    pub state: WebhookDeliveryState,
    /// Growing with each redelivery: a job of an earlier round is void.
    pub round: i32,
    /// Attempts of this round.
    pub attempts: i32,
    /// When it is tried next, while it is not over.
    pub next_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was over.
    pub finished_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
