//! `orderRefund`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::Order;
use crate::{
    auth::policy::Right,
    fault::Fault,
    graphql::{
        Here, error,
        payment::{
            Payment, Refund,
            changed::{forget_order, fresh, payment_errors, terms},
        },
        scalar::{Int, Money},
    },
    money::Currency,
    order::refund::{self, Refunded},
    payment::change::Code,
};

payment_errors!(OrderRefundUserError, OrderRefundErrorCode);

/// What is given back of one payment of an order.
#[derive(SimpleObject)]
pub struct OrderRefundPart {
    /// The payment.
    payment: Payment,
    /// What could be given back of it before.
    refundable: Money,
    /// The refund; null when nothing is taken of this payment.
    refund: Option<Refund>,
}

/// What came of orderRefund.
#[derive(SimpleObject)]
pub struct OrderRefundPayload {
    /// The order as it is now; null when the refund was refused. REFUNDED when all was given back and its status allows.
    order: Option<Order>,
    /// Its payments of which something could be given back, oldest first.
    parts: Vec<OrderRefundPart>,
    /// What could be given back in all before.
    refundable: Option<Money>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused, or what providers refused; empty when nothing was.
    user_errors: Vec<OrderRefundUserError>,
}

/// What is given back of an order.
#[derive(Clone, Debug, InputObject)]
pub struct OrderRefundInput {
    /// The order.
    order: ID,
    /// How much; all that can be given back unless told. It is taken of the oldest payments first.
    amount: Option<Money>,
    /// Why; kept in the timeline and with the refunds.
    reason: Option<String>,
    /// The version you know: refused with CONFLICT when the order has changed since.
    expected_version: Option<Int>,
    /// Makes a repeated call the same call.
    idempotency_key: Option<String>,
    /// Tells what could be given back of each payment, and what would be; nothing is, and no provider is asked.
    #[graphql(default_with = "Some(false)")]
    dry_run: Option<bool>,
}

/// `orderRefund`.
#[derive(Default)]
pub struct OrderRefund;

#[Object]
impl OrderRefund {
    /// Gives money of an order back over its payments, oldest first.
    async fn order_refund(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is given back.")] input: OrderRefundInput,
    ) -> Result<OrderRefundPayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::OrderRefund)?;
        let terms = terms(input.reason, input.expected_version, input.idempotency_key, input.dry_run);
        let outcome = match error::id(&input.order, Code::NotFound, &["order"], "Order") {
            Err(refusal) => Err(refusal.into()),
            Ok(id) => refund::refund(here.app, here.origin, id, input.amount.map(|amount| amount.decimal()), terms).await,
        };
        match error::settle(ctx, outcome)? {
            Err(user_errors) => {
                Ok(OrderRefundPayload { order: None, parts: Vec::new(), refundable: None, replayed: false, user_errors })
            }
            Ok(refunded) => payload(ctx, refunded).await,
        }
    }
}

async fn payload(ctx: &Context<'_>, refunded: Refunded) -> Result<OrderRefundPayload> {
    let here = Here::of(ctx)?;
    let currency = Currency::from_code(&refunded.order.currency)
        .ok_or_else(|| error::internal(ctx, &Fault::Corrupt(format!("currency {}", refunded.order.currency))))?;
    let mut parts = Vec::with_capacity(refunded.parts.len());
    for part in refunded.parts {
        parts.push(OrderRefundPart {
            refundable: Money::new(part.refundable, currency),
            refund: part.refund.map(|row| Refund::new(&row, currency)),
            payment: fresh(ctx, part.payment).await?,
        });
    }
    forget_order(&here, refunded.order.id).await;
    Ok(OrderRefundPayload {
        parts,
        refundable: Some(Money::new(refunded.refundable, currency)),
        replayed: refunded.replayed,
        user_errors: refunded.problems.into_iter().map(Into::into).collect(),
        order: Some(Order::seen(ctx, Arc::new(refunded.order))?),
    })
}
