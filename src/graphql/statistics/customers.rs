//! Figures of customers and carts.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entity::stored::OrderStatus;

use super::{Amounts, StatisticsPeriod, when};
use crate::{
    graphql::{
        Here, customer, error,
        order::{Order, prefetch},
        scalar::{CurrencyCode, Int, Moment, Money, count},
    },
    order::{
        filter::{Filter, Range},
        query,
    },
    page::PageRequest,
    statistics::{
        Side, Whose,
        customers::{active, created, growth},
        orders::{self, Figures},
        spans::Stretch,
    },
};

/// How many customers there are, are new and bought.
#[derive(SimpleObject)]
pub struct CustomerMetrics {
    /// Customers created up to the end of the window.
    total_customers: i32,
    /// By how many percent these are more than up to the end of the window before; null when there were none.
    total_growth: Option<f64>,
    /// Customers created in the window.
    new_customers: i32,
    /// By how many percent these are more than in the window before; null when there were none.
    new_customers_growth: Option<f64>,
    /// Customers with at least one order placed in the window that is not cancelled; each counts once.
    active_customers: i32,
    /// By how many percent these are more than in the window before; null when there were none.
    active_customers_growth: Option<f64>,
    /// New customers in percent of those there were when the window began; null when there were none.
    growth_rate: Option<f64>,
    /// Begin of the window; null without one.
    from: Option<Moment>,
    /// End of the window; null without one.
    to: Option<Moment>,
    /// The moment that the figures are of: everything before it is counted, nothing after it.
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
    /// Begin of the window; null without one.
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
    when: when::When,
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
        count(self.figures.all.count)
    }

    /// The totals of the orders that are not cancelled, less what was given back.
    async fn total_spent(&self) -> Money {
        self.amounts.money(self.figures.kept.total - self.figures.refunds)
    }

    /// How many orders were placed this calendar month, whatever their status and whatever the window.
    async fn monthly_orders(&self) -> i32 {
        count(self.monthly)
    }

    /// The totals of the orders that are not cancelled ÷ their number, halves away from zero; 0 when there are none.
    async fn average_order_value(&self) -> Money {
        self.amounts.money(self.figures.kept.average())
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
        let (here, scope) = (Here::of(ctx)?, self.whose.scope());
        let reading = here.loaders.figures.lock(here.app).await.map_err(|fault| error::internal(ctx, &fault))?;
        let with = prefetch::of_node(&ctx.look_ahead());
        let page = query::list(reading.conn(), &scope, &filter, &[], &request, with).await;
        drop(reading);
        let page = page.map_err(|error| error::no_page(ctx, error))?;
        page.rows.into_iter().map(|(whole, _)| prefetch::order(ctx, &scope, whole)).collect()
    }

    /// Begin of the window; null without one.
    async fn from(&self) -> Option<Moment> {
        self.when.from()
    }

    /// End of the window; null without one.
    async fn to(&self) -> Option<Moment> {
        self.when.to()
    }

    /// The moment that the figures are of: everything before it is counted, nothing after it.
    async fn as_of(&self) -> Moment {
        self.as_of
    }
}

fn placed((from, to): Stretch) -> Filter {
    Filter { placed_at: Some(Range { gte: Some(from), gt: None, lte: None, lt: Some(to) }), ..Default::default() }
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
        let here = Here::of(ctx)?;
        Whose::of(here.actor(), Some(Side::All)).map_err(error::denied)?;
        let failed = |fault| error::internal(ctx, &fault);
        let reading = here.loaders.figures.lock(here.app).await.map_err(failed)?;
        let asked = when::Asked { period, from, to, timezone };
        let when = asked.window(reading.as_of(), Some(StatisticsPeriod::Month))?;
        let up_to = |window: Option<Stretch>| window.map(|(_, to)| (entity::time::Timestamp(i64::MIN), to));
        let total = created(&reading, up_to(when.window)).await.map_err(failed)?;
        let new = created(&reading, when.window).await.map_err(failed)?;
        let buying = active(&reading, when.window).await.map_err(failed)?;
        let (mut total_before, mut new_before, mut buying_before) = (0, 0, 0);
        if let Some(before) = when.before() {
            total_before = created(&reading, up_to(Some(before))).await.map_err(failed)?;
            new_before = created(&reading, Some(before)).await.map_err(failed)?;
            buying_before = active(&reading, Some(before)).await.map_err(failed)?;
        }
        Ok(CustomerMetrics {
            total_customers: count(total),
            total_growth: growth(total, total_before),
            new_customers: count(new),
            new_customers_growth: growth(new, new_before),
            active_customers: count(buying),
            active_customers_growth: growth(buying, buying_before),
            growth_rate: growth(total, total - new),
            from: when.from(),
            to: when.to(),
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
        let here = Here::of(ctx)?;
        Whose::of(here.actor(), Some(Side::All)).map_err(error::denied)?;
        let now = here.app.clock.now();
        let when = when::Asked { period, from, to, timezone }.window(now, Some(StatisticsPeriod::Month))?;
        let (total_carts, abandoned_carts) = (0, 0);
        Ok(CartMetrics {
            total_carts,
            abandoned_carts,
            abandoned_rate: 0.0,
            from: when.from(),
            to: when.to(),
            as_of: Moment(now),
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
        let failed = |fault| error::internal(ctx, &fault);
        let reading = here.loaders.figures.lock(here.app).await.map_err(failed)?;
        let now = reading.as_of();
        let when = when::Asked { period, from, to, timezone: timezone.clone() }.window(now, None)?;
        let month = when::Asked { period: Some(StatisticsPeriod::Month), timezone, ..Default::default() };
        let month = month.window(now, None)?;
        let whose = Whose::Buyer(Some(customer));
        let filter = when.window.map(placed).unwrap_or_default();
        let asked = currency.map(|code| code.0);
        let figures = orders::figures(reading.conn(), &whose, &filter, asked).await.map_err(failed)?;
        let monthly = match (month.window, figures.currency) {
            (Some(month), Some(currency)) => {
                let monthly = orders::figures(reading.conn(), &whose, &placed(month), Some(currency)).await;
                monthly.map_err(failed)?.all.count
            }
            _ => 0,
        };
        let amounts = Amounts::in_currency(figures.currency)?;
        Ok(Some(CustomerStatistics { figures, amounts, whose, filter, monthly, when, as_of: Moment(now) }))
    }
}
