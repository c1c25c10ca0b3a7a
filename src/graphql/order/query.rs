//! Queries of orders.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::{
    Order, OrderConnection, OrderFilter,
    item::{OrderItem, OrderItemConnection, OrderItemFilter},
    prefetch,
};
use crate::{
    graphql::{
        Here,
        connection::PageArguments,
        error,
        scalar::{Int, SortDirection},
    },
    money::Currency,
    order::{
        filter::{Filter, Range},
        item, kept,
        list::{Beside, Sort, SortField},
        query::{self, Scope},
    },
    page::Page,
    statistics::listed::Sharing,
};

/// What orders are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "SortField")]
pub enum OrderSortField {
    /// When it was placed.
    PlacedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its total; for sellers only of own purchases.
    Total,
    /// Its number.
    Number,
    /// Its status, by name.
    Status,
    /// The buyer's name.
    CustomerName,
    /// Until when it must be shipped; those that need not be by any time come last.
    ShipBy,
}

/// One key of a sort order; earlier keys come first.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct OrderSort {
    /// What by.
    field: OrderSortField,
    /// Which way.
    #[graphql(default_with = "SortDirection::Desc")]
    direction: SortDirection,
}

impl OrderSort {
    /// The key in the domain's values.
    pub fn key(self) -> Sort {
        Sort { field: self.field.into(), descending: self.direction == SortDirection::Desc }
    }
}

/// Queries of orders.
#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// An order by its id; null when there is none that you may see.
    async fn order(&self, ctx: &Context<'_>, #[graphql(desc = "The order's id.")] id: ID) -> Option<Result<Order>> {
        find(ctx, &id).await.transpose()
    }

    /// An order by its number; null when there is none that you may see.
    async fn order_by_number(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ORD-YYYYMMDD-NNNN.")] number: String,
    ) -> Option<Result<Order>> {
        by_number(ctx, &number).await.transpose()
    }

    /// The orders you may see: buyers their own, sellers those with goods of their stores, staff all.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first: page n of size s is first: s, offset: (n - 1) * s.")] offset: Option<Int>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(desc = "In which order; newest first unless told.")] sort: Option<Vec<OrderSort>>,
    ) -> Result<OrderConnection> {
        let scope = Scope::of(Here::of(ctx)?.actor()).map_err(error::denied)?;
        let filter = filter.unwrap_or_default().filter(Here::of(ctx)?.app.clock.now())?;
        list(ctx, &scope, &filter, sort, PageArguments { first, after, last, before, offset }, None).await
    }

    /// The orders you placed.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn my_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(desc = "In which order; newest first unless told.")] sort: Option<Vec<OrderSort>>,
    ) -> Result<OrderConnection> {
        let standing = Here::of(ctx)?.actor().standing().map_err(error::denied)?;
        let scope = Scope::Own { customer: standing.customer, stores: Vec::new() };
        let filter = filter.unwrap_or_default().filter(Here::of(ctx)?.app.clock.now())?;
        list(ctx, &scope, &filter, sort, PageArguments { first, after, last, before, offset }, None).await
    }

    /// The newest orders you may see, such as for a table of `number`, `customerName`, `customerEmail`, `total`,
    /// `statusDisplay`, `createdAt`, `productImage`, `itemsCount` and `firstProductName`.
    async fn recent_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only of so many days back, 1 to 3650.")] days: Option<Int>,
        #[graphql(desc = "How many; 6 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
    ) -> Result<OrderConnection> {
        let here = Here::of(ctx)?;
        let scope = Scope::of(here.actor()).map_err(error::denied)?;
        let mut filter = Filter::default();
        if let Some(Int(days)) = days {
            if !(1..=3650).contains(&days) {
                return Err(error::bad_input("days", "must be between 1 and 3650"));
            }
            let since = here.app.clock.now().plus_seconds(-days * 86_400);
            filter.placed_at = Some(Range { gte: Some(since), gt: None, lte: None, lt: None });
        }
        let arguments = PageArguments { first, after, ..Default::default() };
        list(ctx, &scope, &filter, None, arguments, Some(6)).await
    }

    /// The lines you may see, newest orders first.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn order_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which lines.")] filter: Option<OrderItemFilter>,
    ) -> Result<OrderItemConnection> {
        let here = Here::of(ctx)?;
        let scope = Scope::of(here.actor()).map_err(error::denied)?;
        let filter = filter.unwrap_or_default();
        let request = PageArguments { first, after, last, before, offset }.request(
            ctx,
            &here.app.config.pages,
            here.app.config.pages.page_size,
        );
        let wanted = filter.filter()?;
        let page = item::list(here.app.db.reader(), here.app, &scope, &wanted, &request)
            .await
            .map_err(|error| error::no_page(ctx, error))?;
        let orders: Vec<_> = page.rows.iter().map(|(row, _)| row.order_id).collect();
        let ahead = ctx.look_ahead();
        let asks_for_orders =
            ahead.field("nodes").field("order").exists() || ahead.field("edges").field("node").field("order").exists();
        let currencies = match asks_for_orders {
            true => {
                let loaded = orders.into_iter().map(|id| here.loaders.orders.load(&here.app.db, id));
                let loaded = futures_util::future::try_join_all(loaded).await.map_err(|fault| error::internal(ctx, &fault))?;
                loaded.into_iter().flatten().map(|order| (order.id, order.currency.clone())).collect()
            }
            false => query::currencies(here.app.db.reader(), &orders).await.map_err(|fault| error::internal(ctx, &fault))?,
        };
        let fallback = Currency::from_code("USD").ok_or_else(|| error::coded("INTERNAL_SERVER_ERROR", "no currency"))?;
        Ok(OrderItemConnection::new(page, |row| {
            let currency = currencies.get(&row.order_id).and_then(|code| Currency::from_code(code)).unwrap_or(fallback);
            OrderItem::new(row, currency)
        }))
    }
}

/// An order the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Order>> {
    let here = Here::of(ctx)?;
    let scope = Scope::of(here.actor()).map_err(error::denied)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let with = prefetch::of_node(&ctx.look_ahead());
    let whole = query::visible_whole(here.app.db.reader(), here.actor(), id, with).await;
    let whole = whole.map_err(|unseen| error::unseen(ctx, unseen))?;
    whole.map(|whole| prefetch::order(ctx, &scope, whole)).transpose()
}

async fn by_number(ctx: &Context<'_>, number: &str) -> Result<Option<Order>> {
    let here = Here::of(ctx)?;
    let row = query::visible_by_number(here.app.db.reader(), here.actor(), number).await;
    let row = row.map_err(|unseen| error::unseen(ctx, unseen))?;
    row.map(|row| Order::seen(ctx, Arc::new(row))).transpose()
}

/// A page of orders with what is selected of them.
///
/// # Errors
/// For bad page arguments, and for faults.
pub(crate) async fn list(
    ctx: &Context<'_>,
    scope: &Scope,
    filter: &Filter,
    sort: Option<Vec<OrderSort>>,
    arguments: PageArguments,
    default_size: Option<u32>,
) -> Result<OrderConnection> {
    let here = Here::of(ctx)?;
    let sort: Vec<Sort> = sort.unwrap_or_default().into_iter().map(OrderSort::key).collect();
    if sort.len() > 6 {
        return Err(error::bad_input("sort", "has at most 6 keys"));
    }
    let request = arguments.request(ctx, &here.app.config.pages, default_size.unwrap_or(here.app.config.pages.page_size));
    let with = prefetch::in_connection(&ctx.look_ahead());
    let sums = Sharing { app: here.app, shared: &here.loaders.figures };
    let beside = Beside { app: here.app, sums: &sums, followed: Some(&here.app.followed) };
    let page = Box::pin(kept::list(beside, scope, filter, &sort, &request, with)).await;
    let Page { rows, has_next, has_previous, total } = page.map_err(|error| error::no_page(ctx, error))?;
    let rows = rows.into_iter().map(|(whole, cursor)| Ok((prefetch::order(ctx, scope, whole)?, cursor)));
    let page = Page { rows: rows.collect::<Result<_>>()?, has_next, has_previous, total };
    Ok(OrderConnection::new(page, |order| order))
}
