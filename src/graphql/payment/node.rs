//! The payment as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::{payment, refund, stored};

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
    payment::books,
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

/// How a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::RefundStatus")]
pub enum RefundStatus {
    /// Asked for, not settled; it counts against what can still be given back.
    Pending,
    /// Given back.
    Succeeded,
    /// Not given back.
    Failed,
}

/// When money is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::CaptureMode")]
pub enum CaptureMode {
    /// As soon as it is authorised.
    Automatic,
    /// When staff say so.
    Manual,
}

/// Money given back from a payment.
#[derive(Clone, Debug, SimpleObject)]
pub struct Refund {
    /// The refund's id.
    id: ID,
    /// How much, in the payment's currency.
    amount: Money,
    /// How it stands.
    status: RefundStatus,
    /// The provider's reference.
    reference: Option<String>,
    /// Why it failed.
    failure_message: Option<String>,
    /// Why.
    reason: Option<String>,
    /// When.
    created_at: Moment,
}

impl Refund {
    /// A refund in its payment's currency.
    pub fn new(row: &refund::Model, currency: Currency) -> Self {
        Self {
            id: ID(row.id.to_string()),
            amount: Money::new(row.amount_minor, currency),
            status: row.status.into(),
            reference: row.reference.clone(),
            failure_message: row.failure_message.clone(),
            reason: row.reason.clone(),
            created_at: Moment(row.created_at),
        }
    }
}

/// Why a payment failed.
#[derive(Clone, Debug, SimpleObject)]
pub struct PaymentFailure {
    /// The provider's code, such as card_declined.
    code: String,
    /// For the buyer.
    message: String,
}

impl Payment {
    /// Its refunds; nothing is asked of a payment that captured nothing.
    async fn load_refunds(&self, ctx: &Context<'_>) -> Result<Arc<Vec<refund::Model>>> {
        if self.row.captured_minor == 0 {
            return Ok(Arc::default());
        }
        let here = Here::of(ctx)?;
        here.loaders.refunds.load(&here.app.db, self.row.id).await.map_err(|fault| error::internal(ctx, &fault))
    }

    /// What the buyer's browser needs is shown only while it is of use.
    fn while_pending<'a>(&self, text: &'a Option<String>) -> Option<&'a str> {
        text.as_deref().filter(|_| self.row.status == stored::PaymentStatus::Pending)
    }
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

    /// What was given back, and what is being given back, oldest first.
    async fn refunds(&self, ctx: &Context<'_>) -> Result<Vec<Refund>> {
        Ok(self.load_refunds(ctx).await?.iter().map(|row| Refund::new(row, self.currency)).collect())
    }

    /// What can still be given back: captured less what was given back and what is being given back.
    async fn refundable(&self, ctx: &Context<'_>) -> Result<Money> {
        let refunds = self.load_refunds(ctx).await?;
        Ok(Money::new(books::refundable(&self.row, refunds.iter()), self.currency))
    }

    /// What the provider authorised; zero where nobody authorises.
    async fn authorized(&self) -> Money {
        Money::new(self.row.authorized_minor, self.currency)
    }

    /// Whether the provider captures as soon as it authorised.
    async fn capture_mode(&self) -> CaptureMode {
        self.row.capture_mode.into()
    }

    /// The card's brand, such as visa.
    async fn card_brand(&self) -> Option<&str> {
        self.row.card_brand.as_deref()
    }

    /// The last four digits of the card.
    async fn last4(&self) -> Option<&str> {
        self.row.last4.as_deref()
    }

    /// Why it failed; null unless it did.
    async fn failure(&self) -> Option<PaymentFailure> {
        let (code, message) = (self.row.failure_code.clone(), self.row.failure_message.clone());
        (self.row.status == stored::PaymentStatus::Failed)
            .then(|| PaymentFailure { code: code.unwrap_or_default(), message: message.unwrap_or_default() })
    }

    /// For the buyer's browser, which confirms the payment with it at the provider; only while it is pending.
    async fn client_secret(&self) -> Option<&str> {
        self.while_pending(&self.row.client_secret)
    }

    /// Where the buyer goes to approve it; only while it is pending.
    async fn redirect_url(&self) -> Option<&str> {
        self.while_pending(&self.row.redirect_url)
    }

    /// A remark.
    async fn note(&self) -> Option<&str> {
        self.row.note.as_deref()
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
