//! Goods of an order that come back.

use sea_orm::entity::prelude::*;

use crate::{
    id::{OrderId, ReturnId},
    stored::ReturnStatus,
    time::Timestamp,
};

/// One parcel's worth of goods that come back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "returns")]
pub struct Model {
    /// The return's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ReturnId,
    /// The order.
    pub order_id: OrderId,
    /// Place among the order's returns, from 1.
    pub position: i32,
    /// Where it stands.
    pub status: ReturnStatus,
    /// In the words of who asked for it.
    pub note: Option<String>,
    /// What was given back for it, in minor units of the order's currency.
    pub refund_minor: i64,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When the goods came.
    pub received_at: Option<Timestamp>,
}

impl ActiveModelBehavior for ActiveModel {}
