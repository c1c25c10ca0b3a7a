//! The tabs above a list of orders.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{OrderFilter, OrderStatus};
use crate::{
    graphql::{Here, error, scalar::count},
    order::{
        list::{Beside, tabs},
        query::Scope,
        state,
    },
    statistics::listed::Sharing,
};

/// How many orders are in one status.
#[derive(SimpleObject)]
pub struct OrderStatusTab {
    /// The status.
    status: OrderStatus,
    /// The status in words for people.
    status_display: &'static str,
    /// How many.
    count: i32,
}

/// How many orders there are, together and by status.
#[derive(SimpleObject)]
pub struct OrderStatusCounts {
    /// All of them, whatever their status.
    all: i32,
    /// Every status, in the order of an order's life.
    tabs: Vec<OrderStatusTab>,
}

/// Queries of the tabs.
#[derive(Default)]
pub struct OrderTabsQuery;

#[Object]
impl OrderTabsQuery {
    /// How many of the orders you may see are in each status: the tabs above a list. What the filter itself says of the
    /// status is left out, so that the list's own filter can be given; orderStatistics has the sums.
    async fn order_status_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
    ) -> Result<OrderStatusCounts> {
        let here = Here::of(ctx)?;
        let scope = Scope::of(here.actor()).map_err(error::denied)?;
        let filter = filter.unwrap_or_default().filter(here.app.clock.now())?;
        let sums = Sharing { app: here.app, shared: &here.loaders.figures };
        let beside = Beside { app: here.app, sums: &sums, followed: Some(&here.app.followed) };
        let found =
            tabs::by_status(here.app.db.reader(), beside, &scope, &filter).await.map_err(|fault| error::internal(ctx, &fault))?;
        let tab = |(status, found)| OrderStatusTab {
            status: OrderStatus::from(status),
            status_display: state::display(status),
            count: count(found),
        };
        Ok(OrderStatusCounts {
            all: count(found.iter().map(|(_, found)| found).sum()),
            tabs: found.into_iter().map(tab).collect(),
        })
    }
}
