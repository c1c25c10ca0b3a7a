//! What every command on payments shares: why it is refused, on which terms it is asked for, finding and locking, the end.

use entity::{
    id::{OrderId, PaymentId, RefundId},
    order, payment, refund,
};
use rust_decimal::Decimal;
use sea_orm::DatabaseTransaction;
use serde::Serialize;

use super::{
    books::Books,
    card_number::{holds_card_number, is_in_key},
    ledger::Ledger,
    query,
};
use crate::{
    app::App,
    auth::policy::{Reach, Right},
    event::Origin,
    fault::{Failure, Fault, Refusal},
    idempotency::{self, Key, KeyCodes},
    money::{self, Currency, InvalidAmount},
    order::{self as orders},
};

/// Why a command on a payment was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such payment, order or method, or not the caller's to see.
    NotFound,
    /// The caller may not do this with the payment.
    Forbidden,
    /// The payment cannot be processed with its current status.
    PaymentNotProcessable,
    /// Nothing is promised that could be captured.
    PaymentNotCapturable,
    /// The payment cannot be called off any more.
    PaymentNotVoidable,
    /// Nothing can be given back.
    PaymentNotRefundable,
    /// The payment can neither be changed nor deleted any more.
    PaymentLocked,
    /// The provider is at it.
    PaymentInProgress,
    /// The order takes no payments.
    OrderNotPayable,
    /// More than the order still has to be paid.
    AmountExceedsBalance,
    /// More than was promised.
    AmountExceedsAuthorized,
    /// More than can be given back.
    AmountExceedsRefundable,
    /// Not an amount of the currency above zero.
    InvalidAmount,
    /// The provider declined.
    CardDeclined,
    /// The provider is not configured.
    GatewayNotConfigured,
    /// The provider refused.
    GatewayRefused,
    /// The input holds what looks like a card number.
    CardDataRefused,
    /// The order changed since the version the caller knew.
    Conflict,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// How a command is asked for.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Terms {
    /// Why, in the caller's words.
    pub reason: Option<String>,
    /// The version of the order that the caller knew.
    pub expected_version: Option<i32>,
    /// A key that makes a repeated call the same call.
    #[serde(skip)]
    pub idempotency_key: Option<String>,
    /// Everything but the commit, and but the call of the provider.
    #[serde(skip)]
    pub dry_run: bool,
}

/// Longest reason, and longest note.
pub const MAX_TEXT: usize = 2_000;

impl Terms {
    /// The reason, if it says anything.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty())
    }

    /// Checks the terms, and that none of the texts of the input holds a card number. `texts` are the other texts with their
    /// names in the input.
    ///
    /// # Errors
    /// [`Code::CardDataRefused`] without repeating the text; [`Code::InvalidInput`] for an overlong reason.
    pub fn check(&self, texts: &[(&str, Option<&str>)]) -> Result<(), Failure<Code>> {
        let reason = [("reason", self.reason.as_deref())];
        let mut refusals = Vec::new();
        let holding = reason.iter().chain(texts).filter(|(_, text)| text.is_some_and(holds_card_number)).map(|(name, _)| *name);
        let key = self.idempotency_key.as_deref().filter(|key| is_in_key(key)).map(|_| "idempotencyKey");
        for name in holding.chain(key) {
            let message = "looks like a card number; card data must go to the provider, never here";
            refusals.push(Refusal::new(Code::CardDataRefused, [name], message));
        }
        if self.reason.as_deref().is_some_and(|reason| reason.chars().count() > MAX_TEXT) {
            refusals.push(Refusal::new(Code::InvalidInput, ["reason"], "has at most 2000 characters"));
        }
        match refusals.is_empty() {
            true => Ok(()),
            false => Err(Failure::Refused(refusals)),
        }
    }

    /// The key for a mutation with this input.
    ///
    /// # Errors
    /// [`Code::InvalidInput`] for an empty or overlong key.
    pub fn key(&self, origin: &Origin, right: Right, input: &impl Serialize) -> Result<Option<Key>, Failure<Code>> {
        idempotency::given(&origin.actor, right, self.idempotency_key.as_deref(), &(self, input))
    }

    /// Where changes are written in a transaction of this command.
    pub fn ledger<'a>(&'a self, app: &'a App, tx: &'a DatabaseTransaction, origin: &'a Origin) -> Ledger<'a> {
        Ledger { tx, origin, rules: &app.config.orders, reason: self.reason(), now: app.clock.now() }
    }
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Changed {
    /// The payment as it is now.
    pub payment: payment::Model,
    /// The refund, of a command that made one.
    pub refund: Option<refund::Model>,
    /// What could be given back of the payment before.
    pub refundable: i64,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
    /// Why the provider refused.
    pub problem: Option<Refusal<Code>>,
}

impl Changed {
    /// What came of a command that gives nothing back.
    pub fn of(payment: payment::Model) -> Self {
        Self { payment, refund: None, refundable: 0, replayed: false, problem: None }
    }
}

/// A payment the caller sees, and the books of its order, which is locked until the end of the transaction.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Conflict`].
pub(crate) async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    id: PaymentId,
    terms: &Terms,
) -> Result<(Books, payment::Model), Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["payment"], "Payment not found");
    let seen = query::visible(tx, &origin.actor, id).await.map_err(orders::query::Unseen::into_failure)?;
    let seen = seen.ok_or_else(not_found)?;
    let books = Books::lock(tx, seen.order_id).await?.ok_or_else(not_found)?;
    let payment = books.payment(id).cloned().ok_or_else(not_found)?;
    expect_version(&books.order, terms)?;
    Ok((books, payment))
}

/// An order the caller sees, with its books.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Conflict`].
pub(crate) async fn lock_order(
    tx: &DatabaseTransaction,
    origin: &Origin,
    id: OrderId,
    terms: &Terms,
) -> Result<Books, Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["order"], "Order not found");
    let seen = orders::query::visible(tx, &origin.actor, id).await.map_err(orders::query::Unseen::into_failure)?;
    seen.ok_or_else(not_found)?;
    let books = Books::lock(tx, id).await?.ok_or_else(not_found)?;
    expect_version(&books.order, terms)?;
    Ok(books)
}

fn expect_version(order: &order::Model, terms: &Terms) -> Result<(), Failure<Code>> {
    match terms.expected_version.filter(|expected| *expected != order.version) {
        None => Ok(()),
        Some(expected) => {
            let message = format!("the order is at version {}, not {expected}", order.version);
            Err(Failure::refused(Code::Conflict, ["expectedVersion"], message))
        }
    }
}

/// Refuses who sees an order without being its buyer, unless the right reaches to everything.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn expect_buyer(origin: &Origin, reach: Reach, order: &order::Model, field: &str) -> Result<(), Failure<Code>> {
    match reach == Reach::All || orders::query::is_buyer(&origin.actor, order) {
        true => Ok(()),
        false => Err(Failure::refused(Code::Forbidden, [field], "only the buyer or staff may do this")),
    }
}

/// Refuses a version of the order that the provider is at.
///
/// # Errors
/// [`Code::PaymentInProgress`].
pub fn expect_idle(books: &Books, id: PaymentId) -> Result<(), Failure<Code>> {
    match books.is_busy(id) {
        false => Ok(()),
        true => Err(Failure::refused(
            Code::PaymentInProgress,
            ["payment"],
            "the provider has not answered the last call for this payment yet; ask again in a minute",
        )),
    }
}

/// Refuses a provider that is not configured.
///
/// # Errors
/// [`Code::GatewayNotConfigured`] at `field`.
pub fn expect_configured(app: &App, gateway: entity::stored::PaymentGateway, field: &str) -> Result<(), Failure<Code>> {
    let is_there = gateway == entity::stored::PaymentGateway::Manual || app.gateways.get(gateway).is_some();
    match is_there {
        true => Ok(()),
        false => Err(Failure::refused(Code::GatewayNotConfigured, [field], format!("{gateway} is not configured"))),
    }
}

/// An amount above zero in minor units.
///
/// # Errors
/// [`Code::InvalidAmount`].
pub fn minor(amount: Decimal, currency: Currency) -> Result<i64, Failure<Code>> {
    let refused = |message: String| Failure::refused(Code::InvalidAmount, ["amount"], message);
    match money::to_minor_unsigned(amount, currency) {
        Ok(0) => Err(refused("the amount must be above zero".into())),
        Ok(minor) => Ok(minor),
        Err(
            error @ (InvalidAmount::NotDecimal
            | InvalidAmount::TooPrecise { .. }
            | InvalidAmount::OutOfRange
            | InvalidAmount::Negative),
        ) => Err(refused(error.to_string())),
    }
}

/// The payment as it is now, for the answer of a command that calls a provider after its commit.
///
/// # Errors
/// When it is gone, and when the database fails.
pub(crate) async fn now(app: &App, id: PaymentId) -> Result<payment::Model, Failure<Code>> {
    use sea_orm::EntityTrait as _;
    let row = payment::Entity::find_by_id(id).one(app.db.reader()).await?;
    row.ok_or_else(|| Failure::refused(Code::NotFound, ["payment"], "the payment was deleted meanwhile"))
}

/// The refund as it is now.
///
/// # Errors
/// When it is gone, and when the database fails.
pub(crate) async fn refund_now(app: &App, id: RefundId) -> Result<refund::Model, Fault> {
    use sea_orm::EntityTrait as _;
    let row = refund::Entity::find_by_id(id).one(app.db.reader()).await?;
    row.ok_or_else(|| Fault::Internal(format!("{id} is gone")))
}
