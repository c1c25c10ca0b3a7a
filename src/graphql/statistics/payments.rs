//! Figures of payments as the API shows them.

use async_graphql::{Context, Object, Result, SimpleObject};
use entity::time::Timestamp;

use super::{Amounts, Asked, reading};
use crate::{
    graphql::{
        error,
        order::{PaymentGateway, PaymentStatus, PaymentType},
        scalar::{CurrencyCode, Moment, Money, count},
    },
    order::filter::Range,
    payment::query::Filter,
    statistics::{
        Window,
        payments::{self, Figures},
    },
};

/// Payments in one state.
#[derive(SimpleObject)]
pub struct PaymentStatusCount {
    /// The state.
    status: PaymentStatus,
    /// How many payments.
    count: i32,
    /// The sum of what they are over.
    amount: Money,
}

/// Payments made in one way.
#[derive(SimpleObject)]
pub struct PaymentTypeCount {
    /// The way.
    r#type: PaymentType,
    /// How many payments.
    count: i32,
    /// The sum of what they are over.
    amount: Money,
}

/// Payments through one provider.
#[derive(SimpleObject)]
pub struct PaymentGatewayCount {
    /// The provider.
    gateway: PaymentGateway,
    /// How many payments.
    count: i32,
    /// The sum of what they are over.
    amount: Money,
}

/// Figures of payments. All amounts are in `currency`, and only payments in it are counted; `currencies` tells which
/// others the payments use, to ask for each.
pub struct PaymentStatistics {
    figures: Figures,
    amounts: Amounts,
    window: Option<Window>,
    as_of: Timestamp,
}

/// The figures of the payments that match.
///
/// # Errors
/// For faults.
pub async fn statistics(ctx: &Context<'_>, mut filter: Filter, asked: Asked) -> Result<PaymentStatistics> {
    if let Some(window) = asked.window {
        filter.created_at = Some(within(window, filter.created_at));
    }
    let reading = reading(ctx).await?;
    let figures = payments::figures(&reading, &asked.whose, &filter, asked.currency).await;
    let figures = figures.map_err(|fault| error::internal(ctx, &fault))?;
    let amounts = Amounts::in_currency(figures.currency)?;
    Ok(PaymentStatistics { figures, amounts, window: asked.window, as_of: reading.as_of() })
}

/// The bounds of a window and those of a filter, both.
fn within(window: Window, bounds: Option<Range<Timestamp>>) -> Range<Timestamp> {
    let bounds = bounds.unwrap_or(Range { gte: None, gt: None, lte: None, lt: None });
    Range { gte: bounds.gte.max(Some(window.from)), lte: Some(bounds.lte.map_or(window.to, |lte| lte.min(window.to))), ..bounds }
}

/// Figures of payments. All amounts are in `currency`, and only payments in it are counted; `currencies` tells which
/// others the payments use, to ask for each.
#[Object]
impl PaymentStatistics {
    /// The currency of all amounts and of all payments that are counted: the one asked for; else the one that most of the
    /// payments use. Null when there are no payments and none was asked for.
    async fn currency(&self) -> Option<CurrencyCode> {
        self.figures.currency.map(CurrencyCode)
    }

    /// Every currency that the payments use, by code. More than one: ask for each to see all payments.
    async fn currencies(&self) -> Vec<CurrencyCode> {
        self.figures.currencies.iter().copied().map(CurrencyCode).collect()
    }

    /// The moment that all figures of the operation are of.
    async fn as_of(&self) -> Moment {
        Moment(self.as_of)
    }

    /// The first moment that is counted; null for all time.
    async fn from(&self) -> Option<Moment> {
        self.window.map(|window| Moment(window.from))
    }

    /// The last moment that is counted; null for all time.
    async fn to(&self) -> Option<Moment> {
        self.window.map(|window| Moment(window.to))
    }

    /// How many payments, whatever their state.
    async fn total_payments(&self) -> i32 {
        count(self.figures.all.count)
    }

    /// What all payments are over, whatever their state.
    async fn total_amount(&self) -> Money {
        self.amounts.money(self.figures.all.total)
    }

    /// What was captured.
    async fn paid_amount(&self) -> Money {
        self.amounts.money(self.figures.paid)
    }

    /// What was given back of that.
    async fn refunded_amount(&self) -> Money {
        self.amounts.money(self.figures.refunded)
    }

    /// `paidAmount` − `refundedAmount`.
    async fn net_amount(&self) -> Money {
        self.amounts.money(self.figures.paid - self.figures.refunded)
    }

    /// Percent of payments that were captured, of those that were captured or failed, to two digits: PAID,
    /// PARTIALLY_REFUNDED and REFUNDED against FAILED. 0 when there are none.
    async fn success_rate(&self) -> f64 {
        self.figures.success_rate()
    }

    /// Every state with its payments; those without payments too.
    async fn by_status(&self) -> Vec<PaymentStatusCount> {
        let rows = self.figures.by_status.iter();
        rows.map(|(status, sum)| PaymentStatusCount {
            status: (*status).into(),
            count: count(sum.count),
            amount: self.amounts.money(sum.total),
        })
        .collect()
    }

    /// Every way to pay with its payments; those without payments too.
    async fn by_type(&self) -> Vec<PaymentTypeCount> {
        let rows = self.figures.by_type.iter();
        rows.map(|(kind, sum)| PaymentTypeCount {
            r#type: (*kind).into(),
            count: count(sum.count),
            amount: self.amounts.money(sum.total),
        })
        .collect()
    }

    /// Every provider with its payments; those without payments too.
    async fn by_gateway(&self) -> Vec<PaymentGatewayCount> {
        let rows = self.figures.by_gateway.iter();
        rows.map(|(gateway, sum)| PaymentGatewayCount {
            gateway: (*gateway).into(),
            count: count(sum.count),
            amount: self.amounts.money(sum.total),
        })
        .collect()
    }
}
