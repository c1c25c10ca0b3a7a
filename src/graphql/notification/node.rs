//! A notification as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::{notification, stored};

use crate::{
    graphql::{Here, connection::connection, error, order::Order, scalar::Moment},
    order::query::Scope,
};

/// What a notification tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::NotificationKind")]
pub enum NotificationKind {
    /// An order with goods of your store was placed.
    OrderCreated,
    /// Your order was accepted.
    OrderConfirmed,
    /// Your order is on its way.
    OrderShipped,
    /// A part of your order is on its way; told only when it does not go in one piece.
    FulfillmentShipped,
    /// Your order arrived.
    OrderDelivered,
    /// A part of your order arrived; told only when it did not come in one piece.
    FulfillmentDelivered,
    /// An order was called off.
    OrderCancelled,
    /// The money of your order was given back.
    OrderRefunded,
    /// Your payment came in.
    PaymentCaptured,
    /// Your payment was refused.
    PaymentFailed,
    /// Money of your payment was given back.
    RefundSucceeded,
    /// An order should have been on its way.
    OrderOverdue,
}

/// Something you are told. Nobody gets hold of another's, so its fields do not ask again.
#[derive(Clone)]
pub struct Notification(Arc<notification::Model>);

impl Notification {
    /// A row of the caller's.
    pub fn new(row: notification::Model) -> Self {
        Self(Arc::new(row))
    }

    async fn load_order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        let Some(id) = self.0.order_id else { return Ok(None) };
        let here = Here::of(ctx)?;
        let fault = |fault: Arc<crate::fault::Fault>| error::internal(ctx, &fault);
        let scope = Scope::of(here.actor()).map_err(error::denied)?;
        let db = &here.app.db;
        let (row, lines) = futures_util::future::join(here.loaders.orders.load(db, id), here.loaders.items.load(db, id)).await;
        let (Some(row), lines) = (row.map_err(fault)?, lines.map_err(fault)?) else { return Ok(None) };
        // A member who left a store keeps the notification and no longer sees the order.
        match scope.sees(&row, &lines) {
            true => Ok(Some(Order::in_scope(ctx, &scope, row)?.with_items(lines))),
            false => Ok(None),
        }
    }
}

/// Something you are told.
#[Object]
impl Notification {
    /// The notification's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What it tells of.
    async fn kind(&self) -> NotificationKind {
        self.0.kind.into()
    }

    /// One line.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// A few sentences.
    async fn message(&self) -> &str {
        &self.0.message
    }

    /// The order it is about; null when it is gone or no longer yours to see.
    async fn order(&self, ctx: &Context<'_>) -> Option<Result<Order>> {
        self.load_order(ctx).await.transpose()
    }

    /// Whether you read it.
    async fn is_read(&self) -> bool {
        self.0.read_at.is_some()
    }

    /// When you read it.
    async fn read_at(&self) -> Option<Moment> {
        self.0.read_at.map(Moment)
    }

    /// When you were told.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }
}

connection!(NotificationConnection, NotificationEdge, Notification);
