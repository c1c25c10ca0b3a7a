//! Figures over time as the API shows them.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, Json, Result, SimpleObject};

use super::{Amounts, Asked, StatisticsPeriod, counted, reading};
use crate::{
    graphql::{
        error,
        scalar::{CurrencyCode, Date, Moment, Money, count},
    },
    money::Currency,
    statistics::{
        Period, Whose, Window,
        calendar::{Interval, MOST_POINTS, Points},
        newcomers,
        orders::Totals,
        trend,
    },
};

/// How long one point of a series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "Interval")]
pub enum StatisticsInterval {
    /// A calendar day.
    Day,
    /// A week from Monday.
    Week,
    /// A calendar month.
    Month,
}

/// Sales of some orders. Gross sales, what was given back, and what is left are kept apart.
#[derive(SimpleObject)]
pub struct Sales {
    /// How many orders, whatever their status.
    count: i32,
    /// The totals of those that are not cancelled, before anything was given back; for sellers of own lines.
    gross_sales: Money,
    /// What was given back on those that are not cancelled; for sellers 0.
    refunds: Money,
    /// `grossSales` − `refunds`.
    net_sales: Money,
    /// `grossSales` ÷ the number of orders that are not cancelled, halves away from zero; 0 when there are none.
    average_order_value: Money,
}

impl Sales {
    fn of(totals: Totals, amounts: Amounts) -> Self {
        Self {
            count: count(totals.all.count),
            gross_sales: amounts.money(totals.kept.total),
            refunds: amounts.money(totals.refunds),
            net_sales: amounts.money(totals.net()),
            average_order_value: amounts.money(totals.kept.average()),
        }
    }
}

/// Sales of a day, week or month.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SalesPoint {
    /// The first day of it.
    date: Date,
    /// The first moment of it that is counted.
    from: Moment,
    /// The last moment of it that is counted.
    to: Moment,
    /// Its sales.
    #[graphql(flatten)]
    sales: Sales,
    #[graphql(skip)]
    whose: Arc<Whose>,
    #[graphql(skip)]
    currency: Option<Currency>,
}

// Only when it is asked for: of a year of days it is dearer than the figures.
#[ComplexObject]
impl SalesPoint {
    /// Exactly these orders: the `filter` of `orders`, to be sent as a variable.
    async fn filter(&self) -> Json<serde_json::Value> {
        let window = Window { from: self.from.0, to: self.to.0 };
        counted::orders(&self.whose, &serde_json::json!({}), Some(window), self.currency, None)
    }
}

/// Sales by days, weeks or months, those without orders too. All amounts are in `currency`, and only orders in it are
/// counted; `currencies` tells which others the orders use, to ask for each.
#[derive(SimpleObject)]
pub struct SalesTrend {
    /// The currency of all amounts; null when there are no orders and none was asked for.
    currency: Option<CurrencyCode>,
    /// Every currency that the orders use, by code.
    currencies: Vec<CurrencyCode>,
    /// The moment that all figures of the operation are of.
    as_of: Moment,
    /// The first moment that is counted.
    from: Moment,
    /// The last moment that is counted.
    to: Moment,
    /// The time zone of days, weeks and months.
    timezone: &'static str,
    /// How long one point is.
    interval: StatisticsInterval,
    /// All points together.
    totals: Sales,
    /// The points, ascending.
    points: Vec<SalesPoint>,
}

fn points(interval: Interval, window: Window, asked: &Asked) -> Result<Points> {
    Points::of(interval, window, asked.zone)
        .ok_or_else(|| error::bad_input("from", format!("gives more than {MOST_POINTS} points; take a longer interval")))
}

/// Sales over time.
///
/// # Errors
/// For too many points, and for faults.
pub(crate) async fn sales_trend(ctx: &Context<'_>, interval: StatisticsInterval, asked: Asked) -> Result<SalesTrend> {
    asked.begun()?;
    let window = asked.window.unwrap_or_else(|| Period::Week.window(asked.now, asked.zone));
    let points = points(interval.into(), window, &asked)?;
    let reading = reading(ctx).await?;
    let trend = trend::sales(&reading, &asked.whose, window, &points, asked.currency).await;
    let trend = trend.map_err(|fault| error::internal(ctx, &fault))?;
    let amounts = Amounts::in_currency(trend.currency)?;
    let whose = Arc::new(asked.whose);
    let point = |(day, window, totals): (_, Window, Totals)| SalesPoint {
        date: Date(day),
        from: Moment(window.from),
        to: Moment(window.to),
        sales: Sales::of(totals, amounts),
        whose: whose.clone(),
        currency: trend.currency,
    };
    Ok(SalesTrend {
        currency: trend.currency.map(CurrencyCode),
        currencies: trend.currencies.into_iter().map(CurrencyCode).collect(),
        as_of: Moment(reading.as_of()),
        from: Moment(window.from),
        to: Moment(window.to),
        timezone: asked.zone.name(),
        interval,
        totals: Sales::of(trend.totals, amounts),
        points: trend.points.into_iter().map(point).collect(),
    })
}

/// What a chart is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ChartMetric {
    /// The totals of orders that are not cancelled, before anything was given back.
    Sales,
    /// How many orders were placed, whatever their status.
    OrdersCount,
    /// How many customers were created.
    NewCustomersCount,
}

impl ChartMetric {
    const fn label(self) -> &'static str {
        match self {
            Self::Sales => "Sales",
            Self::OrdersCount => "Orders",
            Self::NewCustomersCount => "New customers",
        }
    }
}

/// A day of a chart.
#[derive(SimpleObject)]
pub struct ChartPoint {
    /// The day.
    date: Date,
    /// The figure: an exact amount with the currency's digits, or a whole number.
    value: String,
}

/// A figure by days, days without anything too.
#[derive(SimpleObject)]
pub struct ChartData {
    /// What it is of.
    metric: ChartMetric,
    /// The same as people call it.
    metric_label: &'static str,
    /// The period.
    period: StatisticsPeriod,
    /// The same as people call it.
    period_label: &'static str,
    /// The currency of sales and of the orders that are counted; null for customers, and when there are no orders and none
    /// was asked for.
    currency: Option<CurrencyCode>,
    /// The time zone of days.
    timezone: &'static str,
    /// The moment that all figures of the operation are of.
    as_of: Moment,
    /// The days, ascending.
    points: Vec<ChartPoint>,
}

const fn period_label(period: StatisticsPeriod) -> &'static str {
    match period {
        StatisticsPeriod::Day => "Today",
        StatisticsPeriod::Week => "This week",
        StatisticsPeriod::Month | StatisticsPeriod::ThisMonth => "This month",
        StatisticsPeriod::Year => "This year",
        StatisticsPeriod::Last7Days => "Last 7 days",
        StatisticsPeriod::Last30Days => "Last 30 days",
    }
}

/// A chart of whole days.
///
/// # Errors
/// For faults.
pub(crate) async fn chart(ctx: &Context<'_>, metric: ChartMetric, period: StatisticsPeriod, asked: Asked) -> Result<ChartData> {
    let window = Period::from(period).days(asked.now, asked.zone);
    let points = points(Interval::Day, window, &asked)?;
    let reading = reading(ctx).await?;
    let (currency, values): (_, Vec<String>) = match metric {
        ChartMetric::NewCustomersCount => {
            let counts = newcomers::series(&reading, window, &points).await;
            let counts = counts.map_err(|fault| error::internal(ctx, &fault))?;
            (None, counts.iter().map(ToString::to_string).collect())
        }
        ChartMetric::Sales | ChartMetric::OrdersCount => {
            let trend = trend::sales(&reading, &Whose::All, window, &points, asked.currency).await;
            let trend = trend.map_err(|fault| error::internal(ctx, &fault))?;
            let amounts = Amounts::in_currency(trend.currency)?;
            let value = |totals: &Totals| match metric {
                ChartMetric::Sales => amounts.text(totals.kept.total),
                _ => totals.all.count.to_string(),
            };
            (trend.currency, trend.points.iter().map(|(_, _, totals)| value(totals)).collect())
        }
    };
    let point = |(day, value): (&chrono::NaiveDate, String)| ChartPoint { date: Date(*day), value };
    Ok(ChartData {
        metric,
        metric_label: metric.label(),
        period,
        period_label: period_label(period),
        currency: currency.map(CurrencyCode),
        timezone: asked.zone.name(),
        as_of: Moment(reading.as_of()),
        points: points.days.iter().zip(values).map(point).collect(),
    })
}
