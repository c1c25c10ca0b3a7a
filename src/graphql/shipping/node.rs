//! A way to ship as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};
use entity::{shipping_method, time::Timestamp};

use crate::{
    graphql::{
        error,
        scalar::{CurrencyCode, Date, Money},
    },
    money::Currency,
};

/// A way to ship.
#[derive(Clone)]
pub struct ShippingMethod {
    row: Arc<shipping_method::Model>,
    now: Timestamp,
}

impl ShippingMethod {
    /// A way of shipping, seen at `now`.
    pub fn new(row: Arc<shipping_method::Model>, now: Timestamp) -> Self {
        Self { row, now }
    }

    fn money(&self, ctx: &Context<'_>) -> Result<Currency> {
        Currency::from_code(&self.row.currency)
            .ok_or_else(|| error::internal(ctx, &crate::fault::Fault::Corrupt(format!("currency {}", self.row.currency))))
    }
}

/// A way to ship.
#[Object]
impl ShippingMethod {
    /// The method's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// Shown name.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Shown text.
    async fn description(&self) -> &str {
        &self.row.description
    }

    /// Currency of its price.
    async fn currency(&self, ctx: &Context<'_>) -> Result<CurrencyCode> {
        self.money(ctx).map(CurrencyCode)
    }

    /// Price of shipping an order.
    async fn price(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(Money::new(self.row.price_minor, self.money(ctx)?))
    }

    /// Whole days from placing an order to its delivery.
    async fn estimated_days(&self) -> i32 {
        self.row.estimated_days
    }

    /// Whole days from confirming an order to handing it to the carrier; null where the shop's rule holds.
    async fn handling_days(&self) -> Option<i32> {
        self.row.handling_days
    }

    /// The day an order placed now would be delivered.
    async fn delivery_date(&self) -> Date {
        Date(self.now.plus_seconds(i64::from(self.row.estimated_days) * 86_400).datetime().date_naive())
    }

    /// Whether it can be chosen.
    async fn is_active(&self) -> bool {
        self.row.is_active
    }
}
