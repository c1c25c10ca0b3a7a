//! The event log: what happened, append-only.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::{
    id::{OrderId, UserId},
    stored::{ActorKind, EventSubject},
    time::Timestamp,
};

/// One thing that happened, written in the transaction that made it happen.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    /// Growing with insertion; becomes visible out of order under concurrency, so never a feed position.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What kind of thing it is about.
    pub subject: EventSubject,
    /// The thing's id.
    pub subject_id: Uuid,
    /// The order it is about, if one.
    pub order_id: Option<OrderId>,
    /// Sequence within the order, from 1, without gaps; 0 for other subjects.
    pub seq: i32,
    /// The order's version after it; 0 for other subjects.
    pub version: i32,
    /// What happened, `ORDER_CREATED`.
    pub kind: String,
    /// Who did it.
    pub actor: ActorKind,
    /// The user who did it, if one did.
    pub actor_id: Option<UserId>,
    /// The request that did it.
    pub request_id: Option<String>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// JSON list of `{field, old, new}`.
    pub changes: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it was written; differs from `occurred_at` for imported history.
    pub recorded_at: Timestamp,
    /// Place in the whole log, without gaps in time: given after commit by the dispatcher alone, null until then.
    pub position: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
