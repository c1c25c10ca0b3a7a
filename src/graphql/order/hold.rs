//! Holds: the object, `orderHold`, `orderHoldRelease`.

use std::{collections::HashMap, sync::Arc};

use async_graphql::{Context, Enum, ID, InputObject, MergedObject, Object, Result};
use entity::{order_hold, stored};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::transition::{change_types, version};
use crate::{
    auth::policy::Right,
    db::Db,
    fault::Fault,
    graphql::{
        Here,
        auth::User,
        error,
        fulfillment::loader::{OrderAt, at, orders},
        loader::Fetch,
        row::Row,
        scalar::{Int, Moment},
    },
    order::{
        change::{Code, Terms},
        hold::{self, NewHold},
        hold_release,
    },
};

/// What an order is held for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::HoldReason")]
pub enum HoldReason {
    /// The payment is not settled.
    Payment,
    /// It may be a fraud.
    Fraud,
    /// The address must be cleared up.
    Address,
    /// Goods are missing.
    Stock,
    /// The buyer asked for it.
    CustomerRequest,
    /// Anything else.
    Other,
}

/// Holds by order, newest first.
pub struct HoldsByOrder;

impl Fetch for HoldsByOrder {
    type Key = OrderAt;
    type Value = Arc<[order_hold::Model]>;

    async fn fetch(db: &Db, keys: &[OrderAt]) -> Result<HashMap<OrderAt, Self::Value>, Fault> {
        let rows = order_hold::Entity::find()
            .filter(order_hold::Column::OrderId.is_in(orders(keys)))
            .order_by_desc(order_hold::Column::CreatedAt)
            .order_by_desc(order_hold::Column::Id)
            .all(db.reader())
            .await?;
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            found.entry(row.order_id).or_default().push(row);
        }
        Ok(at(keys, found))
    }
}

/// A time in which an order was neither prepared nor sent.
#[derive(Clone)]
pub struct OrderHold(Row<order_hold::Model>);

impl OrderHold {
    /// A hold.
    pub fn new(row: Row<order_hold::Model>) -> Self {
        Self(row)
    }
}

async fn user(ctx: &Context<'_>, id: Option<entity::id::UserId>) -> Option<Result<User>> {
    let here = match Here::of(ctx) {
        Ok(here) => here,
        Err(error) => return Some(Err(error)),
    };
    match here.loaders.users.load(&here.app.db, id?).await {
        Ok(user) => user.map(|row| Ok(User::new(row))),
        Err(fault) => Some(Err(error::internal(ctx, &fault))),
    }
}

/// A time in which an order was neither prepared nor sent.
#[Object]
impl OrderHold {
    /// The hold's id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// What for.
    async fn reason(&self) -> HoldReason {
        self.0.reason.into()
    }

    /// What for, in words.
    async fn note(&self) -> Option<&str> {
        self.0.note.as_deref()
    }

    /// Who holds it; null for the service itself.
    async fn held_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        user(ctx, self.0.held_by).await
    }

    /// Since when.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// Until when; null while it lasts.
    async fn released_at(&self) -> Option<Moment> {
        self.0.released_at.map(Moment)
    }

    /// Who released it.
    async fn released_by(&self, ctx: &Context<'_>) -> Option<Result<User>> {
        user(ctx, self.0.released_by).await
    }
}

change_types!(OrderHoldPayload, OrderHoldUserError, OrderHoldErrorCode);
change_types!(OrderHoldReleasePayload, OrderHoldReleaseUserError, OrderHoldReleaseErrorCode);

/// Which order is held, and what for.
#[derive(Clone, Debug, InputObject)]
pub struct OrderHoldInput {
    /// The order.
    order: ID,
    /// What for.
    reason: HoldReason,
    /// What for, in words, at most 2000 characters.
    note: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// Which order goes on.
#[derive(Clone, Debug, InputObject)]
pub struct OrderHoldReleaseInput {
    /// The order.
    order: ID,
    /// Why; kept in the timeline.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Runs everything and takes it back.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderHold`.
#[derive(Default)]
pub struct HoldMutation;

#[Object]
impl HoldMutation {
    /// Holds an order that is PENDING, CONFIRMED or PROCESSING, by staff: until it is released it is neither prepared nor
    /// sent. It can still be cancelled.
    async fn order_hold(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order, and what for.")] input: OrderHoldInput,
    ) -> Result<OrderHoldPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderHold)?;
        let new = NewHold { reason: input.reason.into(), note: input.note };
        let terms = Terms {
            reason: None,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match error::id(&input.order, Code::NotFound, &["order"], "Order") {
            Ok(id) => hold::hold(here.app, here.origin, id, new, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        OrderHoldPayload::of(ctx, outcome)
    }
}

/// `orderHoldRelease`.
#[derive(Default)]
pub struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Releases an order that is on hold, by staff.
    async fn order_hold_release(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which order.")] input: OrderHoldReleaseInput,
    ) -> Result<OrderHoldReleasePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderHoldRelease)?;
        let terms = Terms {
            reason: input.reason,
            force: false,
            expected_version: version(input.expected_version),
            idempotency_key: input.idempotency_key,
            dry_run: input.dry_run.unwrap_or(false),
        };
        let outcome = match error::id(&input.order, Code::NotFound, &["order"], "Order") {
            Ok(id) => hold_release::release(here.app, here.origin, id, terms).await,
            Err(refusal) => Err(refusal.into()),
        };
        OrderHoldReleasePayload::of(ctx, outcome)
    }
}

/// Mutations of holds.
#[derive(Default, MergedObject)]
pub struct Holds(HoldMutation, ReleaseMutation);
