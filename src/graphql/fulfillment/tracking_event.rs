//! The tracking event as the API shows it.

use async_graphql::{Context, ID, Object, Result};
use entity::{order, tracking_event};

use super::ShippingProvider;
use crate::graphql::{Here, error, order::OrderStatus, row::Row, scalar::Moment};

/// A place and time on the way of an order or of one of its fulfillments.
#[derive(Clone)]
pub struct TrackingEvent(Row<tracking_event::Model>);

impl TrackingEvent {
    /// A tracking event of an order that the caller sees.
    pub fn new(row: impl Into<Row<tracking_event::Model>>) -> Self {
        Self(row.into())
    }

    /// All tracking events of an order, whoever asks.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn of_order(ctx: &Context<'_>, order: &order::Model) -> Result<Vec<Self>> {
        let here = Here::of(ctx)?;
        let key = (order.id, order.version);
        let rows = here.loaders.tracking_events.load(&here.app.db, key).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(Row::each(&rows).map(Self::new).collect())
    }

    /// The tracking event's row.
    pub fn row(&self) -> &tracking_event::Model {
        &self.0
    }
}

/// A place and time on the way of an order or of one of its fulfillments.
#[Object]
impl TrackingEvent {
    /// The tracking event's id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The id of the fulfillment it is about; null for the order as a whole.
    async fn fulfillment_id(&self) -> Option<ID> {
        self.0.fulfillment_id.map(|id| ID(id.to_string()))
    }

    /// What it says of the goods.
    async fn status(&self) -> OrderStatus {
        self.0.status.into()
    }

    /// Where.
    async fn location(&self) -> Option<&str> {
        self.0.location.as_deref()
    }

    /// What happened.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// Who told of it.
    async fn source(&self) -> ShippingProvider {
        self.0.source.into()
    }

    /// When it happened.
    async fn occurred_at(&self) -> Moment {
        Moment(self.0.occurred_at)
    }

    /// When it was recorded here.
    async fn recorded_at(&self) -> Moment {
        Moment(self.0.recorded_at)
    }
}
