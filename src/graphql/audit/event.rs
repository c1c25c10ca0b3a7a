//! An event of the log as staff see it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::{event, stored};

use crate::{
    audit::subject_text,
    graphql::{
        Here,
        auth::User,
        connection::connection,
        error,
        event::{ActorKind, FieldChange},
        node::{self, Node},
        order::Order,
        scalar::Moment,
    },
};

/// What kind of thing an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::EventSubject")]
pub enum AuditSubject {
    /// An order, its lines, payments and parcels.
    Order,
    /// A product or one of its variants.
    Product,
    /// A store.
    Store,
    /// A customer.
    Customer,
    /// A way to ship.
    ShippingMethod,
    /// A user.
    User,
    /// Background work.
    Job,
    /// An endpoint of outgoing webhooks.
    WebhookEndpoint,
    /// An export.
    Export,
}

/// Something that happened.
#[derive(Clone)]
pub struct AuditEvent(Arc<event::Model>);

impl AuditEvent {
    /// An event's row.
    pub fn new(row: event::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// Something that happened: to what, by whom, when, why, and which fields went from which value to which.
#[Object]
impl AuditEvent {
    /// The event's id.
    async fn id(&self) -> ID {
        ID(format!("event_{}", self.0.id))
    }

    /// What happened, such as ORDER_CONFIRMED.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// What kind of thing it happened to.
    async fn subject_kind(&self) -> AuditSubject {
        self.0.subject.into()
    }

    /// The id of what it happened to.
    async fn subject_id(&self) -> ID {
        ID(subject_text(self.0.subject, self.0.subject_id))
    }

    /// What it happened to, as it is now; null when it is no longer there, and for users.
    async fn subject(&self, ctx: &Context<'_>) -> Option<Result<Node>> {
        node::find(ctx, &subject_text(self.0.subject, self.0.subject_id)).await.transpose()
    }

    /// The order whose timeline it stands in; null when it is no longer there.
    async fn order(&self, ctx: &Context<'_>) -> Option<Result<Order>> {
        let id = self.0.order_id?;
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.orders.load(&here.app.db, id).await {
            Ok(order) => order.map(|row| Order::seen(ctx, row)),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// Sequence within the order, from 1; 0 for what is not about an order.
    async fn sequence(&self) -> i32 {
        self.0.seq
    }

    /// Who did it.
    async fn actor_kind(&self) -> ActorKind {
        self.0.actor.into()
    }

    /// The user who did it; null when the service itself did, or the user is gone.
    async fn actor(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let id = self.0.actor_id?;
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.users.load(&here.app.db, id).await {
            Ok(user) => user.map(|row| Ok(User::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// The request that did it, as its answer and the logs name it.
    async fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Why, in the words of who did it.
    async fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// Which fields went from which value to which.
    async fn changes(&self) -> Vec<FieldChange> {
        crate::event::query::changes(&self.0).into_iter().map(FieldChange::from).collect()
    }

    /// When it happened.
    async fn occurred_at(&self) -> Moment {
        Moment(self.0.occurred_at)
    }

    /// When it was recorded here; differs for imported history.
    async fn recorded_at(&self) -> Moment {
        Moment(self.0.recorded_at)
    }
}

connection!(AuditEventConnection, AuditEventEdge, AuditEvent);
