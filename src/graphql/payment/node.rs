//! The payment as the API shows it.

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use entity::payment;

use crate::{
    graphql::{
        Here,
        connection::connection,
        error,
        order::{Order, PaymentGateway, PaymentStatus, PaymentType},
        row::Row,
        scalar::{CurrencyCode, Moment, Money},
    },
    money::Currency,
};

/// A payment of an order.
#[derive(Clone)]
pub struct Payment {
    row: Row<payment::Model>,
    currency: Currency,
}

impl Payment {
    /// A payment in its currency.
    pub fn new(row: impl Into<Row<payment::Model>>, currency: Currency) -> Self {
        Self { row: row.into(), currency }
    }
}

/// Money given back from a payment.
#[derive(Clone, Debug, SimpleObject)]
pub struct Refund {
    /// The refund's id.
    id: ID,
    /// How much, in the payment's currency.
    amount: Money,
    /// Why.
    reason: Option<String>,
    /// When.
    created_at: Moment,
}

/// A payment of an order.
#[Object]
impl Payment {
    /// The payment's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// The order it is of.
    async fn order(&self, ctx: &Context<'_>) -> Result<Order> {
        let here = Here::of(ctx)?;
        let row =
            here.loaders.orders.load(&here.app.db, self.row.order_id).await.map_err(|fault| error::internal(ctx, &fault))?;
        Order::seen(ctx, row.ok_or_else(|| error::coded("NOT_FOUND", "Order not found"))?)
    }

    /// Its state.
    async fn status(&self) -> PaymentStatus {
        self.row.status.into()
    }

    /// How it is paid.
    async fn r#type(&self) -> PaymentType {
        self.row.kind.into()
    }

    /// Who moves the money.
    async fn gateway(&self) -> PaymentGateway {
        self.row.gateway.into()
    }

    /// Currency of its amounts.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.currency)
    }

    /// What it is over.
    async fn amount(&self) -> Money {
        Money::new(self.row.amount_minor, self.currency)
    }

    /// What was captured of it.
    async fn captured(&self) -> Money {
        Money::new(self.row.captured_minor, self.currency)
    }

    /// What was given back of that.
    async fn refunded(&self) -> Money {
        Money::new(self.row.refunded_minor, self.currency)
    }

    /// The provider's or the shop's reference.
    async fn reference(&self) -> Option<&str> {
        self.row.reference.as_deref()
    }

    /// How the payment is called to people, such as "Credit Card".
    async fn method(&self) -> &str {
        &self.row.method
    }

    /// What was given back, oldest first.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        if self.row.refunded_minor == 0 {
            return Ok(Vec::new());
        }
        let here = Here::of(ctx)?;
        let rows = here.loaders.refunds.load(&here.app.db, self.row.id).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(rows
            .iter()
            .map(|row| Refund {
                id: ID(row.id.to_string()),
                amount: Money::new(row.amount_minor, self.currency),
                reason: row.reason.clone(),
                created_at: Moment(row.created_at),
            })
            .collect())
    }

    /// When it was begun.
    async fn created_at(&self) -> Moment {
        Moment(self.row.created_at)
    }

    /// When it was settled.
    async fn processed_at(&self) -> Option<Moment> {
        self.row.processed_at.map(Moment)
    }
}

connection!(PaymentConnection, PaymentEdge, Payment);
