//! The order as the API shows it: its row, how much of it the caller sees, and what was fetched with it. `fields` is the object
//! itself, the other files are what its longer fields do.

mod action;
mod fields;
mod goods;
mod past;
mod related;
mod totals;

use std::sync::{Arc, OnceLock};

use async_graphql::{Context, Result};
use entity::{
    customer,
    id::{OrderItemId, StoreId},
    order, order_item, payment,
};

use super::{OrderGroup, item::OrderItem};
use crate::{
    graphql::{Here, connection::connection, error, row::Row},
    money::Currency,
    order::{
        create::Placed,
        query::{Scope, View},
    },
};

pub use action::AvailableAction;
pub use totals::OrderTotals;

/// An order. Cloning shares it.
#[derive(Clone)]
pub struct Order(Arc<Node>);

/// An order's row, how much of it the caller sees, and what was fetched with it.
struct Node {
    row: Arc<order::Model>,
    view: View,
    currency: Currency,
    items: OnceLock<Arc<[order_item::Model]>>,
    payments: OnceLock<Arc<[payment::Model]>>,
    customer: OnceLock<Option<Arc<customer::Model>>>,
    group: OnceLock<OrderGroup>,
}

impl Order {
    /// An order as the caller of a request sees it.
    ///
    /// # Errors
    /// For nobody, and when the stored currency is not one.
    pub fn seen(ctx: &Context<'_>, row: Arc<order::Model>) -> Result<Self> {
        let scope = Scope::of(Here::of(ctx)?.actor()).map_err(error::denied)?;
        Self::in_scope(ctx, &scope, row)
    }

    /// An order as a scope sees it.
    ///
    /// # Errors
    /// When the stored currency is not one.
    pub fn in_scope(ctx: &Context<'_>, scope: &Scope, row: Arc<order::Model>) -> Result<Self> {
        let currency = Currency::from_code(&row.currency)
            .ok_or_else(|| error::internal(ctx, &crate::fault::Fault::Corrupt(format!("currency {}", row.currency))))?;
        let view = scope.view(&row);
        Ok(Self(Arc::new(Node {
            row,
            view,
            currency,
            items: OnceLock::new(),
            payments: OnceLock::new(),
            customer: OnceLock::new(),
            group: OnceLock::new(),
        })))
    }

    /// An order that was just placed, with its lines if they are at hand.
    ///
    /// # Errors
    /// For nobody, and when the stored currency is not one.
    pub fn placed(ctx: &Context<'_>, placed: Placed) -> Result<Self> {
        let order = Self::seen(ctx, Arc::new(placed.order))?;
        Ok(match placed.items {
            Some(items) => order.with_items(items.into()).with_payments(Arc::new([])),
            None => order,
        })
    }

    /// The order's row.
    pub fn row(&self) -> &order::Model {
        &self.0.row
    }

    /// Gives the order its lines, so that they are not loaded again.
    pub fn with_items(self, items: Arc<[order_item::Model]>) -> Self {
        let _ = self.0.items.set(items);
        self
    }

    /// Gives the order its payments, so that they are not loaded again.
    pub fn with_payments(self, payments: Arc<[payment::Model]>) -> Self {
        let _ = self.0.payments.set(payments);
        self
    }

    /// Gives the order its customer, so that it is not loaded again.
    pub fn with_customer(self, customer: Option<Arc<customer::Model>>) -> Self {
        let _ = self.0.customer.set(customer);
        self
    }

    /// Gives the order its group, so that it is not loaded.
    pub fn with_group(self, group: OrderGroup) -> Self {
        let _ = self.0.group.set(group);
        self
    }

    /// The lines that the caller sees.
    fn seen_lines(&self, lines: &Arc<[order_item::Model]>) -> impl Iterator<Item = Row<order_item::Model>> {
        Row::each(lines).filter(|line| self.0.view.shows(line.store_id))
    }

    /// Whether the caller sees all of it: the buyer and staff do, a seller sees own lines.
    pub fn is_whole(&self) -> bool {
        self.0.view == View::Whole
    }

    /// The lines that the caller sees, as objects.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn seen_items(&self, ctx: &Context<'_>) -> Result<Vec<OrderItem>> {
        let lines = self.lines(ctx).await?;
        Ok(self.seen_lines(&lines).map(|row| OrderItem::new(row, self.0.currency)).collect())
    }

    /// The currency of its amounts.
    pub fn money(&self) -> Currency {
        self.0.currency
    }

    /// One of its lines, if the caller sees it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn item(&self, ctx: &Context<'_>, id: OrderItemId) -> Result<Option<OrderItem>> {
        let lines = self.lines(ctx).await?;
        let line = self.seen_lines(&lines).find(|line| line.id == id);
        Ok(line.map(|row| OrderItem::new(row, self.0.currency)))
    }

    async fn lines(&self, ctx: &Context<'_>) -> Result<Arc<[order_item::Model]>> {
        if let Some(items) = self.0.items.get() {
            return Ok(items.clone());
        }
        let here = Here::of(ctx)?;
        here.loaders.items.load(&here.app.db, self.0.row.id).await.map_err(|fault| error::internal(ctx, &fault))
    }

    /// The stores of the lines that the caller sees.
    async fn seen_stores(&self, ctx: &Context<'_>) -> Result<Vec<StoreId>> {
        let lines = self.lines(ctx).await?;
        let mut ids: Vec<_> = lines.iter().map(|line| line.store_id).filter(|store| self.0.view.shows(*store)).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }
}

connection!(OrderConnection, OrderEdge, Order);
