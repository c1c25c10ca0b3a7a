//! Attempts at deliveries of outgoing webhooks.

use sea_orm::entity::prelude::*;

use crate::{id::WebhookDeliveryId, time::Timestamp};

/// One request to an endpoint, and what came back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_attempts")]
pub struct Model {
    /// Growing with insertion.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What was to be delivered.
    pub delivery_id: WebhookDeliveryId,
    /// When it began.
    pub at: Timestamp,
    /// The status of the answer, if one came.
    pub status_code: Option<i32>,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// How long it took.
    pub duration_ms: i32,
    /// The first kibibyte of the answer.
    pub answer: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
