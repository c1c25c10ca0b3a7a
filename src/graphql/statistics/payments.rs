//! Figures of payments as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, Object, Result, SimpleObject};

use super::{Amounts, Asked, is_alone};
use crate::{
    graphql::{
        Here, error,
        order::{PaymentGateway, PaymentStatus, PaymentType},
        scalar::{CurrencyCode, Moment, Money, count},
    },
    payment::query::Filter,
    statistics::{
        Window,
        kept::{self, Dated},
        payments::Figures,
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
    dated: Arc<Dated<Figures>>,
    amounts: Amounts,
    window: Option<Window>,
}

/// The figures of the payments that match.
///
/// # Errors
/// For faults.
pub(crate) async fn statistics(ctx: &Context<'_>, filter: Filter, asked: Asked) -> Result<PaymentStatistics> {
    let here = Here::of(ctx)?;
    let dated = kept::payments(here.app, &here.loaders.figures, asked.question(is_alone(ctx)), &filter).await;
    let dated = dated.map_err(|fault| error::internal(ctx, &fault))?;
    let amounts = Amounts::in_currency(dated.figures.currency)?;
    Ok(PaymentStatistics { dated, amounts, window: asked.window })
}

/// Figures of payments. All amounts are in `currency`, and only payments in it are counted; `currencies` tells which
/// others the payments use, to ask for each.
#[Object]
impl PaymentStatistics {
    /// The currency of all amounts and of all payments that are counted: the one asked for; else the one that most of the
    /// payments use. Null when there are no payments and none was asked for.
    async fn currency(&self) -> Option<CurrencyCode> {
        self.dated.figures.currency.map(CurrencyCode)
    }

    /// Every currency that the payments use, by code. More than one: ask for each to see all payments.
    async fn currencies(&self) -> Vec<CurrencyCode> {
        self.dated.figures.currencies.iter().copied().map(CurrencyCode).collect()
    }

    /// The moment that the figures are of: now, or before, when nothing has changed since.
    async fn as_of(&self) -> Moment {
        Moment(self.dated.as_of)
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
        count(self.dated.figures.all.count)
    }

    /// What all payments are over, whatever their state.
    async fn total_amount(&self) -> Money {
        self.amounts.money(self.dated.figures.all.total)
    }

    /// What was captured.
    async fn paid_amount(&self) -> Money {
        self.amounts.money(self.dated.figures.paid)
    }

    /// What was given back of that.
    async fn refunded_amount(&self) -> Money {
        self.amounts.money(self.dated.figures.refunded)
    }

    /// `paidAmount` − `refundedAmount`.
    async fn net_amount(&self) -> Money {
        self.amounts.money(self.dated.figures.paid - self.dated.figures.refunded)
    }

    /// Percent of payments that were captured, of those that were captured or failed, to two digits: PAID,
    /// PARTIALLY_REFUNDED and REFUNDED against FAILED. 0 when there are none.
    async fn success_rate(&self) -> f64 {
        self.dated.figures.success_rate()
    }

    /// Every state with its payments; those without payments too.
    async fn by_status(&self) -> Vec<PaymentStatusCount> {
        let rows = self.dated.figures.by_status.iter();
        rows.map(|(status, sum)| PaymentStatusCount {
            status: (*status).into(),
            count: count(sum.count),
            amount: self.amounts.money(sum.total),
        })
        .collect()
    }

    /// Every way to pay with its payments; those without payments too.
    async fn by_type(&self) -> Vec<PaymentTypeCount> {
        let rows = self.dated.figures.by_type.iter();
        rows.map(|(kind, sum)| PaymentTypeCount {
            r#type: (*kind).into(),
            count: count(sum.count),
            amount: self.amounts.money(sum.total),
        })
        .collect()
    }

    /// Every provider with its payments; those without payments too.
    async fn by_gateway(&self) -> Vec<PaymentGatewayCount> {
        let rows = self.dated.figures.by_gateway.iter();
        rows.map(|(gateway, sum)| PaymentGatewayCount {
            gateway: (*gateway).into(),
            count: count(sum.count),
            amount: self.amounts.money(sum.total),
        })
        .collect()
    }
}
