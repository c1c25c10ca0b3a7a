//! The shop at a glance as the API shows it.

use async_graphql::{Context, Result, SimpleObject};

use super::{Amounts, Asked, reading};
use crate::{
    graphql::{
        Here, error,
        order::OrderStatus,
        scalar::{CurrencyCode, Moment, Money, count},
    },
    order::{filter::Filter, state},
    statistics::{
        Period, Whose, Window,
        dashboard::{self, Overview, Pair},
        orders::{self, Figures},
    },
};

/// How many, and by how much it grew.
#[derive(SimpleObject)]
pub struct CountGrowth {
    /// How many.
    count: i32,
    /// By how many percent it grew against what it is compared with, to two digits, halves away from zero; 0 when both are 0,
    /// null when there was nothing to grow from.
    growth: Option<f64>,
}

impl From<Pair> for CountGrowth {
    fn from(pair: Pair) -> Self {
        Self { count: count(pair.now), growth: pair.growth() }
    }
}

/// Orders placed in a period, by their status now, in whatever currency.
#[derive(SimpleObject)]
pub struct DashboardOrders {
    /// All of them.
    all_orders: CountGrowth,
    /// Those that are pending.
    pending: CountGrowth,
    /// Those that are confirmed.
    confirmed: CountGrowth,
    /// Those that are being prepared.
    processing: CountGrowth,
    /// Those that are with the carrier, not yet on the last leg.
    shipped: CountGrowth,
    /// Those that are on the last leg.
    out_for_delivery: CountGrowth,
    /// Those that were delivered.
    delivered: CountGrowth,
    /// Those that were cancelled.
    cancelled: CountGrowth,
    /// Those that were refunded.
    refunded: CountGrowth,
    /// Those that came back.
    returned: CountGrowth,
    /// Those that were damaged.
    damaged: CountGrowth,
}

/// Customers of a period.
#[derive(SimpleObject)]
pub struct DashboardCustomers {
    /// Customers created in the period.
    new_customers: i32,
    /// By how many percent that grew, to two digits, halves away from zero; 0 when both are 0, null when there was nothing to grow from.
    new_customers_growth: Option<f64>,
    /// Customers there are at the end of the period.
    total_customers: i32,
    /// By how many percent that grew, to two digits, halves away from zero; 0 when both are 0, null when there was nothing to grow from.
    total_growth: Option<f64>,
}

/// Sales of a period in one currency.
#[derive(SimpleObject)]
pub struct DashboardRevenue {
    /// The totals of orders that are not cancelled, before anything was given back.
    gross_sales: Money,
    /// What was given back on them.
    refunds: Money,
    /// `grossSales` − `refunds`.
    net_sales: Money,
    /// By how many percent net sales grew, to two digits, halves away from zero; 0 when both are 0, null when there was nothing to grow from.
    growth: Option<f64>,
}

/// Carts that were left without an order.
#[derive(SimpleObject)]
pub struct DashboardAbandonedCarts {
    /// The share of carts that were left, from 0 to 1.
    rate: f64,
    /// By how many percentage points that changed.
    change: f64,
    /// All carts.
    total_carts: i32,
    /// Those that were left.
    abandoned_count: i32,
}

/// The shop in a period, beside as much of the period before as has passed of this one. Amounts are in `currency`; counts are of all.
#[derive(SimpleObject)]
pub struct DashboardOverview {
    /// The currency of revenue; null when there are no orders and none was asked for.
    currency: Option<CurrencyCode>,
    /// Every currency that the orders of the period use, by code.
    currencies: Vec<CurrencyCode>,
    /// The first moment of the period.
    from: Moment,
    /// The last moment of the period.
    to: Moment,
    /// The first moment of what it is compared with.
    previous_from: Moment,
    /// The last moment of what it is compared with.
    previous_to: Moment,
    /// The time zone of the period.
    timezone: &'static str,
    /// The moment that all figures of the operation are of.
    as_of: Moment,
    /// The same.
    last_updated: Moment,
    /// Orders placed in the period.
    orders: DashboardOrders,
    /// Customers.
    customers: DashboardCustomers,
    /// Customers who placed an order in the period that was not cancelled.
    active_customers: CountGrowth,
    /// Sales.
    revenue: DashboardRevenue,
    /// Carts; all zero as long as there are none.
    abandoned_cart: DashboardAbandonedCarts,
}

/// The overview.
///
/// # Errors
/// For faults.
pub(crate) async fn overview(ctx: &Context<'_>, asked: Asked) -> Result<DashboardOverview> {
    asked.begun()?;
    let (window, before) = match (asked.period, asked.window) {
        (None, Some(window)) => (window, window.before()),
        (period, _) => {
            let period = period.unwrap_or(Period::Week);
            (period.window(asked.now, asked.zone), period.before(asked.now, asked.zone))
        }
    };
    let reading = reading(ctx).await?;
    let overview = dashboard::overview(&Here::of(ctx)?.app.buyers, &reading, window, before, asked.currency).await;
    let overview = overview.map_err(|fault| error::internal(ctx, &fault))?;
    shown(overview, (window, before), asked.zone.name(), Moment(reading.as_of()))
}

fn shown(
    overview: Overview,
    (window, before): (Window, Window),
    timezone: &'static str,
    as_of: Moment,
) -> Result<DashboardOverview> {
    use entity::stored::OrderStatus as S;
    let amounts = Amounts::in_currency(overview.currency)?;
    let in_status = |status| {
        let found = overview.by_status.iter().find(|(known, _)| *known == status);
        CountGrowth::from(found.map_or(Pair { now: 0, before: 0 }, |(_, pair)| *pair))
    };
    let net = Pair { now: overview.gross.now - overview.refunds.now, before: overview.gross.before - overview.refunds.before };
    Ok(DashboardOverview {
        currency: overview.currency.map(CurrencyCode),
        from: Moment(window.from),
        to: Moment(window.to),
        previous_from: Moment(before.from),
        previous_to: Moment(before.to),
        timezone,
        as_of,
        last_updated: as_of,
        orders: DashboardOrders {
            all_orders: overview.all.into(),
            pending: in_status(S::Pending),
            confirmed: in_status(S::Confirmed),
            processing: in_status(S::Processing),
            shipped: in_status(S::Shipped),
            out_for_delivery: in_status(S::OutForDelivery),
            delivered: in_status(S::Delivered),
            cancelled: in_status(S::Cancelled),
            refunded: in_status(S::Refunded),
            returned: in_status(S::Returned),
            damaged: in_status(S::Damaged),
        },
        customers: DashboardCustomers {
            new_customers: count(overview.new_customers.now),
            new_customers_growth: overview.new_customers.growth(),
            total_customers: count(overview.customers.now),
            total_growth: overview.customers.growth(),
        },
        active_customers: overview.active.into(),
        revenue: DashboardRevenue {
            gross_sales: amounts.money(overview.gross.now),
            refunds: amounts.money(overview.refunds.now),
            net_sales: amounts.money(net.now),
            growth: net.growth(),
        },
        abandoned_cart: DashboardAbandonedCarts { rate: 0.0, change: 0.0, total_carts: 0, abandoned_count: 0 },
        currencies: overview.currencies.into_iter().map(CurrencyCode).collect(),
    })
}

/// Orders in one status, of all time.
#[derive(SimpleObject)]
pub struct DashboardCount {
    /// The status.
    status: OrderStatus,
    /// How many orders of the currency.
    count: i32,
    /// The status as people call it.
    label: &'static str,
}

/// The shop of all time in one currency. It is always answered: when figures cannot be read, with zeros and the reason.
#[derive(SimpleObject)]
pub struct DashboardSummary {
    /// Every status with its orders.
    summary: Vec<DashboardCount>,
    /// All orders of the currency.
    total_orders: i32,
    /// Net sales: the totals of orders that are not cancelled, without what was given back on them.
    total_revenue: Money,
    /// The currency; null when there are no orders and none was asked for.
    currency: Option<CurrencyCode>,
    /// The moment that all figures of the operation are of; null when they could not be read.
    as_of: Option<Moment>,
    /// Why there are only zeros; null when there are figures.
    error: Option<String>,
}

/// The summary.
///
/// # Errors
/// Never for what cannot be read.
pub(crate) async fn summary(ctx: &Context<'_>, asked: Asked) -> Result<DashboardSummary> {
    let read = async {
        let reading = reading(ctx).await?;
        let figures = orders::figures(&reading, &Whose::All, &Filter::default(), asked.currency).await;
        figures.map(|figures| (figures, reading.as_of())).map_err(|fault| error::internal(ctx, &fault))
    };
    let (figures, as_of, error) = match read.await {
        Ok((figures, as_of)) => (Some(figures), Some(Moment(as_of)), None),
        Err(error) => (None, None, Some(error.message)),
    };
    let currency = figures.as_ref().map_or(asked.currency, |figures| figures.currency);
    let in_status = |status| count(figures.as_ref().map_or(0, |figures: &Figures| figures.in_status(status)));
    let totals = figures.as_ref().map(|figures| figures.totals).unwrap_or_default();
    Ok(DashboardSummary {
        summary: entity::stored::OrderStatus::all()
            .map(|status| DashboardCount { status: status.into(), count: in_status(status), label: state::display(status) })
            .collect(),
        total_orders: count(totals.all.count),
        total_revenue: Amounts::in_currency(currency)?.money(totals.net()),
        currency: currency.map(CurrencyCode),
        as_of,
        error,
    })
}
