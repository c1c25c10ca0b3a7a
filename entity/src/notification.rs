//! What users are told.

use sea_orm::entity::prelude::*;

use crate::{
    id::{NotificationId, OrderId, UserId},
    stored::NotificationKind,
    time::Timestamp,
};

/// Something that a user is told, once for each event.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notifications")]
pub struct Model {
    /// The notification's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: NotificationId,
    /// Who is told.
    pub user_id: UserId,
    /// The order it is about; null when the order was deleted.
    pub order_id: Option<OrderId>,
    /// The event it tells of; with the user unique, so that work done twice tells once.
    pub event_id: i64,
    /// What it tells of.
    pub kind: NotificationKind,
    /// A line.
    pub title: String,
    /// A few sentences.
    pub message: String,
    /// When the user read it.
    pub read_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
