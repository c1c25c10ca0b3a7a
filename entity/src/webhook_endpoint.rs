//! Endpoints of outgoing webhooks: who is told what.

use std::fmt;

use sea_orm::{DeriveValueType, entity::prelude::*};

use crate::{
    id::{StoreId, UserId, WebhookEndpointId},
    stored::WebhookStatus,
    time::Timestamp,
};

/// A key that signs messages, `whsec_` and base64. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, DeriveValueType)]
pub struct SigningSecret(pub String);

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("whsec_…")
    }
}

/// Somebody's receiver of events.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_endpoints")]
pub struct Model {
    /// The id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WebhookEndpointId,
    /// The store whose orders it is told of; of all when there is none.
    pub store_id: Option<StoreId>,
    /// Where messages go.
    pub url: String,
    /// What it is for, in its owner's words.
    pub description: String,
    /// JSON list of the types it wants, such as `order.confirmed` or `order.*`; all when it is empty.
    pub events: String,
    /// Whether it is told at all.
    pub status: WebhookStatus,
    /// Why it is not, when the service decided so.
    pub disabled_reason: Option<String>,
    /// Signs its messages.
    pub secret: SigningSecret,
    /// Signs them too, for a while after a rotation.
    pub previous_secret: Option<SigningSecret>,
    /// Until when.
    pub previous_until: Option<Timestamp>,
    /// Failed attempts since the last success.
    pub failures: i32,
    /// The first of them.
    pub failing_since: Option<Timestamp>,
    /// The last of them.
    pub failed_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
