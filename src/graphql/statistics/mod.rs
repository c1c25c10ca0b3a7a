//! Figures of orders, payments and the shop.

mod arguments;
mod counted;
mod customers;
mod dashboard;
mod orders;
mod payments;
mod rankings;
mod times;
mod trend;

use async_graphql::{Context, ID, MergedObject, Object, Result, parser::types::Selection};
use tokio::sync::MappedMutexGuard;

pub use arguments::{StatisticsPeriod, StatisticsScope};
pub use dashboard::{DashboardOverview, DashboardSummary};
pub use orders::OrderStatistics;
pub use payments::PaymentStatistics;
pub use trend::{ChartData, ChartMetric, SalesTrend, StatisticsInterval};

use super::{
    Here, error,
    order::OrderFilter,
    payment::PaymentFilter,
    scalar::{CurrencyCode, Moment, Money},
};
use crate::{
    money::{self, Currency},
    statistics::{Side, rollup::reading::Reading},
};
use arguments::{Asked, Given, asked};

/// Whether the operation asks for one thing only.
fn is_alone(ctx: &Context<'_>) -> bool {
    let asked = &ctx.query_env.operation.node.selection_set.node.items;
    matches!(asked.as_slice(), [one] if matches!(one.node, Selection::Field(_)))
}

/// Queries of figures of everything else: what sold best, customers, times, reviews.
#[derive(Default, MergedObject)]
pub struct FiguresQuery(rankings::RankingQuery, customers::CustomerFiguresQuery, times::TimesQuery);

/// Queries of figures.
#[derive(Default)]
pub struct StatisticsQuery;

#[Object]
impl StatisticsQuery {
    /// Figures of orders, all in one currency. Staff see those of the whole shop. Sellers see the orders that hold goods of
    /// their stores, every amount being the sum of their own lines. Everybody else sees those of own purchases. All figures
    /// of one operation are of the same moment.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn order_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(desc = "Only orders in this currency; the one most of the orders use unless told.")] currency: Option<
            CurrencyCode,
        >,
        #[graphql(desc = "Only orders placed in this period; of all time unless told.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Only orders placed at or after this moment; not with a period.")] from: Option<Moment>,
        #[graphql(desc = "Only orders placed at or before this moment, which is now unless told; not with a period.")] to: Option<
            Moment,
        >,
        #[graphql(
            desc = "Time zone of days, weeks, months and years by its IANA name, such as \"Europe/Berlin\"; REPORT_TIMEZONE unless told."
        )]
        timezone: Option<String>,
        #[graphql(desc = "From which side; staff ALL, sellers SELLER, others BUYER unless told.")] scope: Option<StatisticsScope>,
        #[graphql(
            desc = "Only this store, as its seller sees it: amounts of its own lines, while a filter looks at whole orders as far as you see them. Staff any, sellers their own; of any other there are no orders."
        )]
        store: Option<ID>,
    ) -> Result<OrderStatistics> {
        let asked = asked(Here::of(ctx)?, Given { currency, period, from, to, timezone, scope, store, ..Default::default() })?;
        orders::statistics(ctx, filter.unwrap_or_default(), asked).await
    }

    /// Figures of payments, all in one currency: staff those of the whole shop, buyers those of own orders. Sellers have
    /// none, because what buyers pay is not theirs to see. All figures of one operation are of the same moment.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn payment_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which payments.")] filter: Option<PaymentFilter>,
        #[graphql(desc = "Only payments in this currency; the one most of the payments use unless told.")] currency: Option<
            CurrencyCode,
        >,
        #[graphql(desc = "Only payments begun in this period; of all time unless told.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Only payments begun at or after this moment; not with a period.")] from: Option<Moment>,
        #[graphql(desc = "Only payments begun at or before this moment, which is now unless told; not with a period.")]
        to: Option<Moment>,
        #[graphql(
            desc = "Time zone of days, weeks, months and years by its IANA name, such as \"Europe/Berlin\"; REPORT_TIMEZONE unless told."
        )]
        timezone: Option<String>,
        #[graphql(desc = "From which side; staff ALL, sellers SELLER, others BUYER unless told.")] scope: Option<StatisticsScope>,
    ) -> Result<PaymentStatistics> {
        let asked = asked(Here::of(ctx)?, Given { currency, period, from, to, timezone, scope, ..Default::default() })?;
        payments::statistics(ctx, filter.unwrap_or_default().filter()?, asked).await
    }

    /// Sales by days, weeks or months, those without orders too: at most 1,200 points.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn sales_trend(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How long one point is.", default_with = "StatisticsInterval::Day")] interval: StatisticsInterval,
        #[graphql(desc = "Orders placed in this period; WEEK unless told.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Orders placed at or after this moment; not with a period, needed with `to`.")] from: Option<Moment>,
        #[graphql(desc = "Orders placed at or before this moment, which is now unless told; not with a period.")] to: Option<
            Moment,
        >,
        #[graphql(desc = "Time zone of days, weeks and months by its IANA name; REPORT_TIMEZONE unless told.")] timezone: Option<
            String,
        >,
        #[graphql(desc = "Only orders in this currency; the one most of the orders use unless told.")] currency: Option<
            CurrencyCode,
        >,
        #[graphql(desc = "From which side; staff ALL, sellers SELLER, others BUYER unless told.")] scope: Option<StatisticsScope>,
        #[graphql(
            desc = "Only this store, as its seller sees it: amounts of its own lines, while a filter looks at whole orders as far as you see them. Staff any, sellers their own; of any other there are no orders."
        )]
        store: Option<ID>,
    ) -> Result<SalesTrend> {
        let asked = asked(Here::of(ctx)?, Given { currency, period, from, to, timezone, scope, store, ..Default::default() })?;
        trend::sales_trend(ctx, interval, asked).await
    }

    /// A chart of the shop by days, those without anything too. Unlike in other figures LAST_7_DAYS and LAST_30_DAYS are calendar
    /// days here, today among them. For staff.
    async fn chart_data(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the chart is of.")] metric: ChartMetric,
        #[graphql(desc = "The period.", default_with = "StatisticsPeriod::Last7Days")] period: StatisticsPeriod,
        #[graphql(desc = "Time zone of days by its IANA name; REPORT_TIMEZONE unless told.")] timezone: Option<String>,
        #[graphql(desc = "Only orders in this currency; the one most of the orders use unless told.")] currency: Option<
            CurrencyCode,
        >,
    ) -> Result<ChartData> {
        let asked = asked(Here::of(ctx)?, Given { currency, timezone, ..for_staff() })?;
        trend::chart(ctx, metric, period, asked).await
    }

    /// The shop in a period beside as much of the period before as has passed of this one, or, with `from` and `to`, beside as
    /// long a time just before. For staff.
    async fn dashboard_overview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The period; WEEK unless told.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "The first moment; not with a period, needed with `to`.")] from: Option<Moment>,
        #[graphql(desc = "The last moment, which is now unless told; not with a period.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; REPORT_TIMEZONE unless told.")] timezone: Option<String>,
        #[graphql(desc = "The currency of revenue; the one most of the orders use unless told.")] currency: Option<CurrencyCode>,
    ) -> Result<DashboardOverview> {
        let asked = asked(Here::of(ctx)?, Given { currency, period, from, to, timezone, ..for_staff() })?;
        dashboard::overview(ctx, asked).await
    }

    /// The shop of all time in one currency. It is always answered: when figures cannot be read, with zeros and the reason.
    /// For staff.
    async fn dashboard_summary(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only orders in this currency; the one most of the orders use unless told.")] currency: Option<
            CurrencyCode,
        >,
    ) -> Result<DashboardSummary> {
        let asked = asked(Here::of(ctx)?, Given { currency, ..for_staff() })?;
        dashboard::summary(ctx, asked).await
    }
}

fn for_staff() -> Given {
    Given { only: Some(Side::All), ..Default::default() }
}

/// The snapshot that all figures of the operation are read in, for one field at a time. Nothing else may be asked of the
/// database while it is held.
///
/// # Errors
/// When the database fails.
async fn reading<'a>(ctx: &Context<'a>) -> Result<MappedMutexGuard<'a, Reading>> {
    let here = Here::of(ctx)?;
    here.loaders.figures.lock(here.app).await.map_err(|fault| error::internal(ctx, &fault))
}

/// Amounts of figures; of no currency they are all zero, written with two digits.
#[derive(Clone, Copy)]
struct Amounts(Currency);

impl Amounts {
    fn in_currency(currency: Option<Currency>) -> Result<Self> {
        let currency = currency.or_else(|| Currency::from_code("USD"));
        currency.map(Self).ok_or_else(|| error::coded("INTERNAL_SERVER_ERROR", "no currency"))
    }

    fn money(self, minor: i64) -> Money {
        Money::new(minor, self.0)
    }

    fn text(self, minor: i64) -> String {
        money::format_minor(minor, self.0)
    }
}
