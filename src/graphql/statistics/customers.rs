//! Figures of customers and carts.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entity::stored::OrderStatus;

use super::{Amounts, Asked, Given, StatisticsPeriod, asked, for_staff, reading};
use crate::{
    graphql::{
        Here, customer, error,
        order::{Order, prefetch},
        scalar::{CurrencyCode, Int, Moment, Money, count},
    },
    order::{
        filter::Filter,
        list::{self, Beside},
    },
    page::PageRequest,
    statistics::{
        Period, Whose, Window,
        customers::{active, created},
        growth::growth,
        orders::{self, Figures},
        spans::Stretch,
    },
};

/// How many customers there are, are new and bought.
#[derive(SimpleObject)]
pub struct CustomerMetrics {
    /// Customers created up to the end of the window, whether they bought or not.
    total_customers: i32,
    /// By how many percent these are more than up to the end of the window before, to two digits, halves away from zero; 0 when both are 0, null when
    /// there was nothing to grow from.
    total_growth: Option<f64>,
    /// Customers created in the window.
    new_customers: i32,
    /// By how many percent these are more than in the window before, to two digits, halves away from zero; 0 when both are 0, null when there was
    /// nothing to grow from.
    new_customers_growth: Option<f64>,
    /// Customers with at least one order placed in the window that is not cancelled; each counts once.
    active_customers: i32,
    /// By how many percent these are more than in the window before, to two digits, halves away from zero; 0 when both are 0, null when there was
    /// nothing to grow from.
    active_customers_growth: Option<f64>,
    /// New customers in percent of those there were when the window began, to two digits, halves away from zero; 0 when both are 0, null when there
    /// was nothing to grow from.
    growth_rate: Option<f64>,
    /// Begin of the window, of one that has an end alone the year 1; null without one.
    from: Option<Moment>,
    /// End of the window; null without one.
    to: Option<Moment>,
    /// The moment that the figures are of: all that was done before it is part of them, nothing that was done after it.
    as_of: Moment,
}

/// Carts, and those that were left. This shop keeps no carts yet, so all are 0 until it does.
#[derive(SimpleObject)]
pub struct CartMetrics {
    /// Carts begun in the window.
    total_carts: i32,
    /// Those of them that were left without an order.
    abandoned_carts: i32,
    /// Left carts ÷ carts, from 0 to 1; 0 when there are none.
    abandoned_rate: f64,
    /// Begin of the window, of one that has an end alone the year 1; null without one.
    from: Option<Moment>,
    /// End of the window; null without one.
    to: Option<Moment>,
    /// The moment that the figures are of.
    as_of: Moment,
}

/// A customer's orders by status.
#[derive(SimpleObject)]
pub struct CustomerOrderCounts {
    /// Pending.
    pending: i32,
    /// Confirmed.
    confirmed: i32,
    /// Being prepared.
    processing: i32,
    /// With the carrier, not yet on the last leg.
    shipped: i32,
    /// On the last leg.
    out_for_delivery: i32,
    /// Delivered.
    completed: i32,
    /// Cancelled.
    cancelled: i32,
    /// Refunded.
    refunded: i32,
    /// Returned.
    returned: i32,
    /// Damaged.
    damaged: i32,
}

/// Figures of one customer's orders. All amounts are in `currency`, and only orders in it are counted; `currencies` tells
/// which others the orders use, to ask for each.
pub struct CustomerStatistics {
    figures: Figures,
    amounts: Amounts,
    whose: Whose,
    filter: Filter,
    monthly: i64,
    asked: Asked,
    as_of: Moment,
}

/// Figures of one customer's orders. All amounts are in `currency`, and only orders in it are counted; `currencies` tells
/// which others the orders use, to ask for each.
#[Object]
impl CustomerStatistics {
    /// The currency of all amounts and of all orders that are counted: the one asked for; else the one that most of the
    /// orders use. Null when there are no orders and none was asked for.
    async fn currency(&self) -> Option<CurrencyCode> {
        self.figures.currency.map(CurrencyCode)
    }

    /// Every currency that the orders use, by code.
    async fn currencies(&self) -> Vec<CurrencyCode> {
        self.figures.currencies.iter().copied().map(CurrencyCode).collect()
    }

    /// How many orders, whatever their status.
    async fn total_orders(&self) -> i32 {
        count(self.figures.totals.all.count)
    }

    /// The totals of the orders that are not cancelled, less what was given back.
    async fn total_spent(&self) -> Money {
        self.amounts.money(self.figures.totals.net())
    }

    /// How many orders were placed this calendar month, whatever their status and whatever the window: those in `currency`, and
    /// where that is null those in the currency that most of the month's use.
    async fn monthly_orders(&self) -> i32 {
        count(self.monthly)
    }

    /// The totals of the orders that are not cancelled ÷ their number, halves away from zero; 0 when there are none.
    async fn average_order_value(&self) -> Money {
        self.amounts.money(self.figures.totals.kept.average())
    }

    /// How many orders are in each status.
    async fn order_status_counts(&self) -> CustomerOrderCounts {
        let of = |status| count(self.figures.in_status(status));
        CustomerOrderCounts {
            pending: of(OrderStatus::Pending),
            confirmed: of(OrderStatus::Confirmed),
            processing: of(OrderStatus::Processing),
            shipped: of(OrderStatus::Shipped),
            out_for_delivery: of(OrderStatus::OutForDelivery),
            completed: of(OrderStatus::Delivered),
            cancelled: of(OrderStatus::Cancelled),
            refunded: of(OrderStatus::Refunded),
            returned: of(OrderStatus::Returned),
            damaged: of(OrderStatus::Damaged),
        }
    }

    /// Carts that the customer left. This shop keeps no carts yet, so it is 0 until it does.
    async fn abandoned_carts(&self) -> i32 {
        0
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
        let Some(currency) = self.figures.currency else { return Ok(Vec::new()) };
        let filter = Filter { currency: Some(currency.code().to_owned()), and: vec![self.filter.clone()], ..Default::default() };
        let request = PageRequest { first: Some(first), max_size: 100, ..Default::default() };
        let scope = self.whose.scope();
        let reading = reading(ctx).await?;
        let with = prefetch::of_node(&ctx.look_ahead());
        let beside = Beside { app: Here::of(ctx)?.app, sums: &*reading, followed: None };
        let page = list::page(reading.conn(), beside, &scope, &filter, &[], &request, with).await;
        drop(reading);
        let page = page.map_err(|error| error::no_page(ctx, error))?;
        page.rows.into_iter().map(|(whole, _)| prefetch::order(ctx, &scope, whole)).collect()
    }

    /// Begin of the window, of one that has an end alone the year 1; null without one.
    async fn from(&self) -> Option<Moment> {
        self.asked.from()
    }

    /// End of the window; null without one.
    async fn to(&self) -> Option<Moment> {
        self.asked.to()
    }

    /// The moment that the figures are of: all that was done before it is part of them, nothing that was done after it. Without a
    /// window what is dated later is counted too, such as orders imported with a day to come.
    async fn as_of(&self) -> Moment {
        self.as_of
    }
}

/// The arguments, of this month unless a window is given.
fn for_month(ctx: &Context<'_>, given: Given) -> Result<Asked> {
    let of_month = given.from.is_none() && given.to.is_none();
    let period = given.period.or(of_month.then_some(StatisticsPeriod::Month));
    asked(Here::of(ctx)?, Given { period, ..given })
}

/// Queries of figures of customers.
#[derive(Default)]
pub struct CustomerFiguresQuery;

#[Object]
impl CustomerFiguresQuery {
    /// How many customers there are, are new and bought, for staff; each beside the same of the window before. A period is
    /// compared with as much of the one before as has passed of this one, other windows with what lies just before, of the
    /// same length.
    async fn customer_metrics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period; MONTH unless it or moments are given.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "From this moment.")] from: Option<Moment>,
        #[graphql(desc = "Up to this moment; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; the shop's unless told.")] timezone: Option<String>,
    ) -> Result<CustomerMetrics> {
        let asked = for_month(ctx, Given { period, from, to, timezone, ..for_staff() })?;
        let failed = |fault| error::internal(ctx, &fault);
        let reading = reading(ctx).await?;
        let window = asked.stretch();
        let up_to = |window: Option<Stretch>| window.map(|(_, to)| (entity::time::Timestamp(i64::MIN), to));
        let total = created(&reading, up_to(window)).await.map_err(failed)?;
        let new = created(&reading, window).await.map_err(failed)?;
        let buyers = &Here::of(ctx)?.app.buyers;
        let buying = active(buyers, &reading, window).await.map_err(failed)?;
        let (mut total_before, mut new_before, mut buying_before) = (0, 0, 0);
        if let Some(before) = asked.before().map(Window::stretch) {
            total_before = created(&reading, up_to(Some(before))).await.map_err(failed)?;
            new_before = created(&reading, Some(before)).await.map_err(failed)?;
            buying_before = active(buyers, &reading, Some(before)).await.map_err(failed)?;
        }
        Ok(CustomerMetrics {
            total_customers: count(total),
            total_growth: growth(total, total_before),
            new_customers: count(new),
            new_customers_growth: growth(new, new_before),
            active_customers: count(buying),
            active_customers_growth: growth(buying, buying_before),
            growth_rate: growth(total, total - new),
            from: asked.from(),
            to: asked.to(),
            as_of: Moment(reading.as_of()),
        })
    }

    /// Carts and those that were left, for staff. This shop keeps no carts yet, so all are 0 until it does.
    async fn cart_metrics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period; MONTH unless it or moments are given.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "From this moment.")] from: Option<Moment>,
        #[graphql(desc = "Up to this moment; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; the shop's unless told.")] timezone: Option<String>,
    ) -> Result<CartMetrics> {
        let asked = for_month(ctx, Given { period, from, to, timezone, ..for_staff() })?;
        let (total_carts, abandoned_carts) = (0, 0);
        Ok(CartMetrics {
            total_carts,
            abandoned_carts,
            abandoned_rate: 0.0,
            from: asked.from(),
            to: asked.to(),
            as_of: Moment(asked.now),
        })
    }

    /// Figures of one customer's orders: staff may ask for anybody's, everybody else for their own. Null when there is no
    /// such customer that you may see. Of all time unless a period or moments are given.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn customer_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The customer; yourself unless told.")] customer: Option<ID>,
        #[graphql(desc = "Only orders placed in this period.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Only orders placed at this moment or later.")] from: Option<Moment>,
        #[graphql(desc = "Only orders placed at this moment or before; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of periods and of this month by its IANA name; the shop's unless told.")] timezone: Option<
            String,
        >,
        #[graphql(desc = "Only orders in this currency; the one most of them use unless told.")] currency: Option<CurrencyCode>,
    ) -> Result<Option<CustomerStatistics>> {
        let here = Here::of(ctx)?;
        let customer = match customer {
            None => here.actor().standing().map_err(error::denied)?.customer,
            Some(id) => customer::query::find(ctx, &id).await?.map(|found| found.key()),
        };
        let Some(customer) = customer else { return Ok(None) };
        let asked = asked(here, Given { currency, period, from, to, timezone, ..Default::default() })?;
        let failed = |fault| error::internal(ctx, &fault);
        let reading = reading(ctx).await?;
        let whose = Whose::Buyer(Some(customer));
        let placed = |window: Window| Filter { placed_at: Some(window.range()), ..Default::default() };
        let filter = asked.window.map(placed).unwrap_or_default();
        let figures = orders::figures(&reading, &whose, &filter, asked.currency).await.map_err(failed)?;
        let month = placed(Period::Month.window(asked.now, asked.zone));
        let monthly = orders::figures(&reading, &whose, &month, figures.currency).await.map_err(failed)?.totals.all.count;
        let amounts = Amounts::in_currency(figures.currency)?;
        let as_of = Moment(reading.as_of());
        Ok(Some(CustomerStatistics { figures, amounts, whose, filter, monthly, asked, as_of }))
    }
}
