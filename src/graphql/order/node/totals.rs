//! The sums of an order, as far as the caller may see.

use async_graphql::{Context, Result, SimpleObject};

use super::Order;
use crate::{graphql::scalar::Money, order::edit::sums};

/// The sums of an order, in its currency. A seller sees the sums of the lines of own stores.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderTotals {
    /// Sum of the lines.
    subtotal: Money,
    /// Price of shipping.
    shipping: Money,
    /// Tax on top.
    tax: Money,
    /// Taken off.
    discount: Money,
    /// subtotal + shipping + tax − discount.
    pub(super) total: Money,
    /// Captured by payments.
    paid: Money,
    /// Given back of what was captured.
    refunded: Money,
    /// What is still owed: total − paid + refunded; negative when more was paid.
    balance: Money,
    /// What was paid beyond the total and is to be given back; 0 when nothing is.
    refund_due: Money,
}

impl Order {
    /// The total, as the caller sees it, in minor units.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn seen_total(&self, ctx: &Context<'_>) -> Result<i64> {
        match self.is_whole() {
            true => Ok(self.row().total_minor),
            false => self.own_total(ctx).await,
        }
    }

    /// The sum of the lines that the caller sees.
    async fn own_total(&self, ctx: &Context<'_>) -> Result<i64> {
        let lines = self.lines(ctx).await?;
        Ok(lines.iter().filter(|line| self.0.view.shows(line.store_id)).map(|line| line.total_minor).sum())
    }

    /// The sums: of the whole order, or of the lines the caller sees.
    pub(super) async fn sums(&self, ctx: &Context<'_>) -> Result<OrderTotals> {
        let row = self.row();
        let money = |minor| Money::new(minor, self.0.currency);
        if self.is_whole() {
            return Ok(OrderTotals {
                subtotal: money(row.subtotal_minor),
                shipping: money(row.shipping_minor),
                tax: money(row.tax_minor),
                discount: money(row.discount_minor),
                total: money(row.total_minor),
                paid: money(row.paid_minor),
                refunded: money(row.refunded_minor),
                balance: money(row.total_minor - row.paid_minor + row.refunded_minor),
                refund_due: money(sums::refund_due(row)),
            });
        }
        let own = self.own_total(ctx).await?;
        Ok(OrderTotals {
            subtotal: money(own),
            shipping: money(0),
            tax: money(0),
            discount: money(0),
            total: money(own),
            paid: money(0),
            refunded: money(0),
            balance: money(own),
            refund_due: money(0),
        })
    }
}
