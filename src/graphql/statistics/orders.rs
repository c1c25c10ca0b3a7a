//! Figures of orders as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, Json, Object, Result, SimpleObject};

use super::{Amounts, Asked, counted, is_alone, reading};
use crate::{
    graphql::{
        Here, error,
        order::{Order, OrderFilter, OrderStatus, prefetch},
        scalar::{CurrencyCode, Int, Moment, Money, count},
    },
    order::{
        filter::Filter,
        list::{self, Beside},
        state,
    },
    page::PageRequest,
    statistics::{
        Window,
        kept::{self, Dated},
        orders::{self, Figures},
    },
};

/// Orders in one status.
#[derive(SimpleObject)]
pub struct OrderStatusCount {
    /// The status.
    status: OrderStatus,
    /// The status as people call it.
    status_display: &'static str,
    /// How many orders.
    count: i32,
    /// The sum of their totals, whatever was given back later; for sellers of own lines.
    total: Money,
    /// The sum ÷ the count, halves away from zero; 0 when there are none.
    average_order_value: Money,
    /// Exactly these orders: the `filter` of `orders`, to be sent as a variable.
    filter: Json<serde_json::Value>,
}

/// Orders placed in one calendar month.
#[derive(SimpleObject)]
pub struct PeriodCount {
    /// The month, such as "2024-01".
    period: String,
    /// How many orders, whatever their status.
    count: i32,
    /// The sum of their totals; for sellers of own lines.
    total: Money,
    /// The same without cancelled orders.
    gross_sales: Money,
    /// What was given back on orders that are not cancelled; for sellers 0.
    refunds: Money,
    /// `grossSales` − `refunds`.
    net_sales: Money,
}

/// Figures of orders. All amounts are in `currency`, and only orders in it are counted; `currencies` tells which others
/// the orders use, to ask for each.
pub struct OrderStatistics {
    figures: Arc<Dated<Figures>>,
    amounts: Amounts,
    filter: Filter,
    given: serde_json::Value,
    asked: Asked,
}

/// The figures of the orders that match.
///
/// # Errors
/// For faults.
pub(crate) async fn statistics(ctx: &Context<'_>, given: OrderFilter, mut asked: Asked) -> Result<OrderStatistics> {
    let json = counted::of_filter(&given)?;
    let filter = given.filter_of_figures(asked.now)?;
    let here = Here::of(ctx)?;
    asked.whose = asked.whose.asking(here.actor(), &filter);
    let alone = is_alone(ctx) && !ctx.look_ahead().field("ordersByMonth").exists();
    let figures = kept::orders(here.app, &here.loaders.figures, asked.question(alone), &filter).await;
    let figures = figures.map_err(|fault| error::internal(ctx, &fault))?;
    let amounts = Amounts::in_currency(figures.figures.currency)?;
    Ok(OrderStatistics { figures, amounts, filter, given: json, asked })
}

impl OrderStatistics {
    fn orders_in(&self, status: OrderStatus) -> i32 {
        count(self.figures.figures.in_status(status.into()))
    }

    fn counted(&self, status: Option<OrderStatus>) -> Json<serde_json::Value> {
        let Asked { whose, window, .. } = &self.asked;
        counted::orders(whose, &self.given, *window, self.figures.figures.currency, status)
    }
}

/// Figures of orders. All amounts are in `currency`, and only orders in it are counted; `currencies` tells which others
/// the orders use, to ask for each.
#[Object]
impl OrderStatistics {
    /// The currency of all amounts and of all orders that are counted: the one asked for; else the one that most of the
    /// orders use. Null when there are no orders and none was asked for.
    async fn currency(&self) -> Option<CurrencyCode> {
        self.figures.figures.currency.map(CurrencyCode)
    }

    /// Every currency that the orders use, by code. More than one: ask for each to see all orders.
    async fn currencies(&self) -> Vec<CurrencyCode> {
        self.figures.figures.currencies.iter().copied().map(CurrencyCode).collect()
    }

    /// The moment that the figures are of: now, or before, when nothing has changed since.
    async fn as_of(&self) -> Moment {
        Moment(self.figures.as_of)
    }

    /// Exactly the orders that are counted: the `filter` of `orders`, to be sent as a variable.
    async fn filter(&self) -> Json<serde_json::Value> {
        self.counted(None)
    }

    /// The first moment that is counted; null for all time.
    async fn from(&self) -> Option<Moment> {
        self.asked.window.map(|window| Moment(window.from))
    }

    /// The last moment that is counted; null for all time.
    async fn to(&self) -> Option<Moment> {
        self.asked.window.map(|window| Moment(window.to))
    }

    /// How many orders, whatever their status.
    async fn total_orders(&self) -> i32 {
        count(self.figures.figures.totals.all.count)
    }

    /// How many are pending.
    async fn pending_orders(&self) -> i32 {
        self.orders_in(OrderStatus::Pending)
    }

    /// How many are confirmed.
    async fn confirmed_orders(&self) -> i32 {
        self.orders_in(OrderStatus::Confirmed)
    }

    /// How many are being prepared.
    async fn processing_orders(&self) -> i32 {
        self.orders_in(OrderStatus::Processing)
    }

    /// How many are with the carrier, not yet on the last leg.
    async fn shipped_orders(&self) -> i32 {
        self.orders_in(OrderStatus::Shipped)
    }

    /// How many were delivered.
    async fn delivered_orders(&self) -> i32 {
        self.orders_in(OrderStatus::Delivered)
    }

    /// How many were cancelled.
    async fn cancelled_orders(&self) -> i32 {
        self.orders_in(OrderStatus::Cancelled)
    }

    /// How many were refunded.
    async fn refunded_orders(&self) -> i32 {
        self.orders_in(OrderStatus::Refunded)
    }

    /// Every status with its orders, in the order of an order's life; those without orders too.
    async fn orders_by_status(&self) -> Vec<OrderStatusCount> {
        let rows = self.figures.figures.by_status.iter();
        rows.map(|(status, sum)| OrderStatusCount {
            status: (*status).into(),
            status_display: state::display(*status),
            count: count(sum.count),
            total: self.amounts.money(sum.total),
            average_order_value: self.amounts.money(sum.average()),
            filter: self.counted(Some((*status).into())),
        })
        .collect()
    }

    /// Every calendar month, by the time zone asked for, from that of the first order to that of the last; months without
    /// orders too. Of more than a hundred years only the last hundred up to now.
    async fn orders_by_month(&self, ctx: &Context<'_>) -> Result<Vec<PeriodCount>> {
        let Some(currency) = self.figures.figures.currency else { return Ok(Vec::new()) };
        let asked = &self.asked;
        let reading = reading(ctx).await?;
        let filter = asked.question(false).within(&self.filter);
        let rows = orders::by_month(&reading, &asked.whose, &filter, currency, (asked.now, asked.zone)).await;
        let rows = rows.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(rows
            .into_iter()
            .map(|month| PeriodCount {
                period: month.period,
                count: count(month.totals.all.count),
                total: self.amounts.money(month.totals.all.total),
                gross_sales: self.amounts.money(month.totals.kept.total),
                refunds: self.amounts.money(month.totals.refunds),
                net_sales: self.amounts.money(month.totals.net()),
            })
            .collect())
    }

    /// The totals of all orders, cancelled ones too; for sellers of own lines.
    async fn total_value(&self) -> Money {
        self.amounts.money(self.figures.figures.totals.all.total)
    }

    /// The totals of all orders that are not cancelled, before anything was given back; for sellers of own lines.
    async fn gross_sales(&self) -> Money {
        self.amounts.money(self.figures.figures.totals.kept.total)
    }

    /// What was given back on orders that are not cancelled; for sellers 0.
    async fn refunds(&self) -> Money {
        self.amounts.money(self.figures.figures.totals.refunds)
    }

    /// Net sales, `grossSales` − `refunds`. For a buyer this is the money spent.
    async fn total_revenue(&self) -> Money {
        self.amounts.money(self.figures.figures.totals.net())
    }

    /// `grossSales` ÷ the number of orders that are not cancelled, halves away from zero; 0 when there are none.
    async fn average_order_value(&self) -> Money {
        self.amounts.money(self.figures.figures.totals.kept.average())
    }

    /// The newest of the orders that are counted.
    async fn recent_orders(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 6 unless told.")] first: Option<Int>,
    ) -> Result<Vec<Order>> {
        let first = first.map_or(6, |Int(first)| first);
        if !(1..=100).contains(&first) {
            return Err(error::bad_input("first", "must be between 1 and 100"));
        }
        let Some(currency) = self.figures.figures.currency else { return Ok(Vec::new()) };
        let in_currency = Filter {
            currency: Some(currency.code().to_owned()),
            placed_at: self.asked.window.map(Window::range),
            and: vec![self.asked.whose.counted(), self.filter.clone()],
            ..Default::default()
        };
        let request = PageRequest { first: Some(first), max_size: 100, ..Default::default() };
        let scope = self.asked.whose.scope();
        let with = prefetch::of_node(&ctx.look_ahead());
        let reading = reading(ctx).await?;
        let beside = Beside { app: Here::of(ctx)?.app, sums: &*reading, followed: None };
        let page = list::page(reading.conn(), beside, &scope, &in_currency, &[], &request, with).await;
        let page = page.map_err(|error| error::no_page(ctx, error))?;
        page.rows.into_iter().map(|(whole, _)| prefetch::order(ctx, &scope, whole)).collect()
    }
}
