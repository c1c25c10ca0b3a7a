//! The tabs above a list of products.

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{ProductFilter, ProductStatus};
use crate::{
    catalogue::tabs,
    graphql::{Here, error, scalar::count},
};

/// How many products are in one state.
#[derive(SimpleObject)]
pub struct ProductStatusTab {
    /// The state.
    status: ProductStatus,
    /// How many.
    count: i32,
}

/// How many products there are, together, by state and by stock.
#[derive(SimpleObject)]
pub struct ProductStatusCounts {
    /// All of them, whatever their state.
    all: i32,
    /// Every state, in the order of a product's life.
    tabs: Vec<ProductStatusTab>,
    /// Those with a variant of which few are left: at most as many as the shop calls low, 10 unless set.
    low_stock: i32,
    /// Those with no variant that can be had.
    out_of_stock: i32,
}

/// Queries of the tabs.
#[derive(Default)]
pub struct ProductTabsQuery;

#[Object]
impl ProductTabsQuery {
    /// How many of the products you may see are in each state: the tabs above a list. What the filter itself says of the state
    /// is left out, so that the list's own filter can be given.
    async fn product_status_counts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which products.")] filter: Option<ProductFilter>,
    ) -> Result<ProductStatusCounts> {
        let here = Here::of(ctx)?;
        let filter = filter.unwrap_or_default().filter()?;
        let low = here.app.config.orders.low_stock_threshold;
        let found = tabs::count(here.app.db.reader(), here.actor(), &filter, low).await;
        let found = found.map_err(|fault| error::internal(ctx, &fault))?;
        let tab = |(status, found): &(_, i64)| ProductStatusTab { status: ProductStatus::from(*status), count: count(*found) };
        Ok(ProductStatusCounts {
            all: count(found.by_status.iter().map(|(_, found)| found).sum()),
            tabs: found.by_status.iter().map(tab).collect(),
            low_stock: count(found.low_stock),
            out_of_stock: count(found.out_of_stock),
        })
    }
}
