//! Figures of orders and payments.

mod arguments;
mod customers;
mod orders;
mod payments;
mod rankings;
mod times;
mod when;

use async_graphql::{Context, MergedObject, Object, Result};

pub use arguments::{StatisticsPeriod, StatisticsScope};
pub use orders::OrderStatistics;
pub use payments::PaymentStatistics;

use super::{
    Here, error,
    order::OrderFilter,
    payment::PaymentFilter,
    scalar::{CurrencyCode, Money},
};
use crate::money::Currency;
use arguments::{Asked, asked};

/// Queries of figures of everything else: what sold best, customers, times, reviews.
#[derive(Default, MergedObject)]
pub struct FiguresQuery(rankings::RankingQuery, customers::CustomerFiguresQuery, times::TimesQuery);

/// Queries of figures.
#[derive(Default)]
pub struct StatisticsQuery;

#[Object]
impl StatisticsQuery {
    /// Figures of orders, all in one currency. Staff see those of the whole shop. Sellers see the orders that hold goods of
    /// their stores, every amount being the sum of their own lines. Everybody else sees those of own purchases.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn order_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(desc = "Only orders in this currency; the one most of the orders use unless told.")] currency: Option<
            CurrencyCode,
        >,
        #[graphql(desc = "Only orders placed in this period; of all time unless told.")] period: Option<StatisticsPeriod>,
        #[graphql(
            desc = "Time zone of days, weeks, months and years by its IANA name, such as \"Europe/Berlin\"; UTC unless told."
        )]
        timezone: Option<String>,
        #[graphql(desc = "From which side; staff ALL, sellers SELLER, others BUYER unless told.")] scope: Option<StatisticsScope>,
    ) -> Result<OrderStatistics> {
        let asked = asked(Here::of(ctx)?, currency, period, timezone.as_deref(), scope)?;
        orders::statistics(ctx, filter.unwrap_or_default().filter(Here::of(ctx)?.app.clock.now())?, asked).await
    }

    /// Figures of payments, all in one currency: staff those of the whole shop, buyers those of own orders. Sellers have
    /// none, because what buyers pay is not theirs to see.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn payment_statistics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which payments.")] filter: Option<PaymentFilter>,
        #[graphql(desc = "Only payments in this currency; the one most of the payments use unless told.")] currency: Option<
            CurrencyCode,
        >,
        #[graphql(desc = "Only payments begun in this period; of all time unless told.")] period: Option<StatisticsPeriod>,
        #[graphql(
            desc = "Time zone of days, weeks, months and years by its IANA name, such as \"Europe/Berlin\"; UTC unless told."
        )]
        timezone: Option<String>,
        #[graphql(desc = "From which side; staff ALL, sellers SELLER, others BUYER unless told.")] scope: Option<StatisticsScope>,
    ) -> Result<PaymentStatistics> {
        let asked = asked(Here::of(ctx)?, currency, period, timezone.as_deref(), scope)?;
        payments::statistics(ctx, filter.unwrap_or_default().filter(), asked).await
    }
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
}
