//! Events of orders: the timeline.

use async_graphql::{Context, Enum, ID, Json, Result, SimpleObject};
use entity::{event, stored};

use super::{Here, auth::User, connection::connection, error, order::Order, scalar::Moment};
use crate::{
    event::{Change, query as events},
    order::live,
};
use std::sync::Arc;

/// Who did what an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::ActorKind")]
pub enum ActorKind {
    /// A buyer.
    Customer,
    /// A member of a store.
    Seller,
    /// The shop's staff.
    Staff,
    /// An administrator.
    Admin,
    /// The service itself.
    System,
    /// An import of data from elsewhere.
    Import,
}

/// One field that changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct FieldChange {
    /// The field's name in the API.
    field: String,
    /// What it was.
    old: Option<Json<serde_json::Value>>,
    /// What it is.
    new: Option<Json<serde_json::Value>>,
}

impl From<Change> for FieldChange {
    fn from(change: Change) -> Self {
        let json = |value: serde_json::Value| Some(Json(value)).filter(|json| !json.0.is_null());
        Self { field: change.field, old: json(change.old), new: json(change.new) }
    }
}

/// Something that happened to an order.
#[derive(Clone)]
pub struct OrderEvent {
    row: Arc<event::Model>,
    whole: bool,
    sees_all: bool,
}

impl OrderEvent {
    /// An event as a caller sees it: sellers only changes of status, users' names only staff.
    pub fn new(row: event::Model, whole: bool, sees_all: bool) -> Self {
        Self { row: Arc::new(row), whole, sees_all }
    }
}

/// Something that happened to an order.
#[async_graphql::Object]
impl OrderEvent {
    /// The event's id.
    async fn id(&self) -> ID {
        ID(format!("event_{}", self.row.id))
    }

    /// Its place among the events of all orders, for `orderEvents(after:)`; null for the moment until it has one.
    async fn cursor(&self) -> Option<String> {
        self.row.position.map(live::cursor)
    }

    /// The order it is about; null when the order is gone.
    async fn order(&self, ctx: &Context<'_>) -> Option<Result<Order>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.orders.load(&here.app.db, self.row.order_id?).await {
            Ok(order) => order.map(|row| Order::seen(ctx, row)),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// Sequence within the order, from 1, without gaps.
    async fn sequence(&self) -> i32 {
        self.row.seq
    }

    /// What happened, such as ORDER_CONFIRMED.
    async fn kind(&self) -> &str {
        &self.row.kind
    }

    /// Who did it.
    async fn actor_kind(&self) -> ActorKind {
        self.row.actor.into()
    }

    /// The user who did it; shown to staff.
    async fn actor(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        let id = self.row.actor_id.filter(|_| self.sees_all)?;
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.users.load(&here.app.db, id).await {
            Ok(user) => user.map(|row| Ok(User::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// Why, in the words of who did it.
    async fn reason(&self) -> Option<&str> {
        self.row.reason.as_deref().filter(|_| self.whole)
    }

    /// What changed.
    async fn changes(&self) -> Vec<FieldChange> {
        events::changes(&self.row)
            .into_iter()
            .filter(|change| self.whole || change.field == "status")
            // That there is a private note is for those who may read it.
            .filter(|change| self.sees_all || change.field != "notes" || tells_public(change))
            .map(FieldChange::from)
            .collect()
    }

    /// The order's version after it.
    async fn version(&self) -> i32 {
        self.row.version
    }

    /// When it happened.
    async fn occurred_at(&self) -> Moment {
        Moment(self.row.occurred_at)
    }

    /// When it was recorded here; differs for imported history.
    async fn recorded_at(&self) -> Moment {
        Moment(self.row.recorded_at)
    }
}

/// Whether a change of a note is one that the buyer sees.
fn tells_public(change: &Change) -> bool {
    [&change.old, &change.new].into_iter().any(|note| note["isPublic"] == true)
}

connection!(OrderEventConnection, OrderEventEdge, OrderEvent);
