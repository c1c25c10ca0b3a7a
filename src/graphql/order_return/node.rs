//! Returns as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::{order_return, return_line, stored};

use crate::{
    graphql::{
        Here, error,
        order::{Order, OrderItem},
        scalar::{Moment, Money},
    },
    order_return::query,
};

/// Where goods that come back are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::ReturnStatus")]
pub enum ReturnStatus {
    /// Asked for by the buyer.
    Requested,
    /// Accepted: the goods may come.
    Approved,
    /// Not accepted.
    Rejected,
    /// Called off before the goods came.
    Cancelled,
    /// The goods came.
    Received,
}

/// Why goods come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::ReturnReason")]
pub enum ReturnReason {
    /// Broken.
    Damaged,
    /// It does not work.
    Defective,
    /// Something else was sent.
    WrongItem,
    /// It is not what was described.
    NotAsDescribed,
    /// It came too late.
    TooLate,
    /// The buyer changed their mind.
    NotWanted,
    /// Anything else; the note tells.
    Other,
}

/// Goods of an order that come back together.
#[derive(Clone)]
pub struct Return {
    row: Arc<order_return::Model>,
    lines: Arc<Vec<return_line::Model>>,
    order: Order,
}

/// Pieces of a line that come back.
#[derive(Clone, SimpleObject)]
pub struct ReturnLine {
    /// The line.
    item: OrderItem,
    /// Pieces that are to come.
    quantity: i32,
    /// Why.
    reason: ReturnReason,
    /// Pieces that came.
    received: i32,
    /// Pieces of these that went back to stock; the others were written off.
    restocked: i32,
}

impl Return {
    /// A return of an order as the caller sees it.
    pub fn new(row: order_return::Model, lines: Vec<return_line::Model>, order: Order) -> Self {
        Self { row: Arc::new(row), lines: Arc::new(lines), order }
    }
}

/// Goods of an order that come back together.
#[Object]
impl Return {
    /// The return's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// The order.
    async fn order(&self) -> &Order {
        &self.order
    }

    /// Where it stands.
    async fn status(&self) -> ReturnStatus {
        self.row.status.into()
    }

    /// What comes back. Sellers see their own goods.
    async fn lines(&self, ctx: &Context<'_>) -> Result<Vec<ReturnLine>> {
        let items = self.order.seen_items(ctx).await?;
        Ok(items
            .into_iter()
            .filter_map(|item| {
                let line = self.lines.iter().find(|line| line.order_item_id == item.row().id)?;
                let (quantity, received, restocked) = (line.quantity, line.received, line.restocked);
                Some(ReturnLine { item, quantity, reason: line.reason.into(), received, restocked })
            })
            .collect())
    }

    /// In the words of who asked for it; not shown to sellers.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref().filter(|_| self.order.is_whole())
    }

    /// What was given back for it, in the order's currency; not shown to sellers.
    async fn refunded(&self) -> Option<Money> {
        self.order.is_whole().then(|| Money::new(self.row.refund_minor, self.order.money()))
    }

    /// When it was asked for.
    async fn created_at(&self) -> Moment {
        Moment(self.row.created_at)
    }

    /// When it last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.row.updated_at)
    }

    /// When the goods came.
    async fn received_at(&self) -> Option<Moment> {
        self.row.received_at.map(Moment)
    }
}

/// A return by its id, for the caller who may see it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Return>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let found = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    let Some((row, lines)) = found else { return Ok(None) };
    let order = here.loaders.orders.load(&here.app.db, row.order_id).await.map_err(|fault| error::internal(ctx, &fault))?;
    order.map(|order| Ok(Return::new(row, lines, Order::seen(ctx, order)?))).transpose()
}
