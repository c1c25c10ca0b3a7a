//! By which ways users want to be told of orders.

use sea_orm::entity::prelude::*;

use crate::{id::UserId, time::Timestamp};

/// A user's choice; one who never chose has no row and is told by every way.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_preferences")]
pub struct Model {
    /// Who chose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: UserId,
    /// E-mails of orders.
    pub email: bool,
    /// Short messages of orders.
    pub sms: bool,
    /// When it was chosen.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
