//! Orders that were placed together.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::Order;
use crate::{
    fault::Fault,
    graphql::{
        Here, error,
        scalar::{CurrencyCode, Moment, Money},
    },
    money::Currency,
    order::{
        create::Placed,
        group::{self, Group},
        query::Scope,
    },
};

/// Orders that were placed together. Cloning shares it.
#[derive(Clone)]
pub struct OrderGroup {
    group: Arc<Group>,
    /// Its orders when they were just placed: of a dry run nothing can be read.
    placed: Option<Arc<[Placed]>>,
}

impl OrderGroup {
    /// A group as it is stored.
    pub fn new(group: Arc<Group>) -> Self {
        Self { group, placed: None }
    }

    /// A group whose orders were just placed.
    pub fn placed(group: Group, orders: Vec<Placed>) -> Self {
        Self { group: Arc::new(group), placed: Some(orders.into()) }
    }

    /// Its orders that the caller sees.
    async fn seen(&self, ctx: &Context<'_>) -> Result<Vec<Order>> {
        if let Some(placed) = &self.placed {
            return placed.iter().map(|placed| Ok(Order::placed(ctx, placed.clone())?.with_group(self.clone()))).collect();
        }
        let here = Here::of(ctx)?;
        let scope = Scope::of(here.actor()).map_err(error::denied)?;
        let (orders, items) = (&here.loaders.orders, &here.loaders.items);
        let loads = self.group.orders.iter().map(|id| orders.load(&here.app.db, *id));
        let rows = futures_util::future::try_join_all(loads).await.map_err(|fault| error::internal(ctx, &fault))?;
        let mut seen = Vec::new();
        for row in rows.into_iter().flatten() {
            let lines = match scope {
                Scope::All => Arc::default(),
                Scope::Own { .. } => items.load(&here.app.db, row.id).await.map_err(|fault| error::internal(ctx, &fault))?,
            };
            if scope.sees(&row, &lines) {
                seen.push(Order::in_scope(ctx, &scope, row)?);
            }
        }
        Ok(seen)
    }

    fn money(&self, ctx: &Context<'_>) -> Result<Currency> {
        let code = &self.group.row.currency;
        Currency::from_code(code).ok_or_else(|| error::internal(ctx, &Fault::Corrupt(format!("currency {code}"))))
    }
}

/// Orders that were placed together, one per store. Each has its own number, payments, parcels and life; nothing is done with
/// a group as a whole.
#[Object]
impl OrderGroup {
    /// The group's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.group.row.id.to_string())
    }

    /// The orders, in the order in which their goods were named, as far as you may see. Each is paid by itself.
    async fn orders(&self, ctx: &Context<'_>) -> Result<Vec<Order>> {
        self.seen(ctx).await
    }

    /// What the buyer owes for all of them: the sum of the totals of the orders that you see.
    async fn total(&self, ctx: &Context<'_>) -> Result<Money> {
        let mut total = 0_i64;
        for order in self.seen(ctx).await? {
            total = total.saturating_add(order.seen_total(ctx).await?);
        }
        Ok(Money::new(total, self.money(ctx)?))
    }

    /// Currency of every amount of the orders.
    async fn currency(&self, ctx: &Context<'_>) -> Result<CurrencyCode> {
        Ok(CurrencyCode(self.money(ctx)?))
    }

    /// When the orders were placed together.
    async fn created_at(&self) -> Moment {
        Moment(self.group.row.created_at)
    }
}

/// A group of which the caller sees an order.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<OrderGroup>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let group = group::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    Ok(group.map(|group| OrderGroup::new(Arc::new(group))))
}
