//! Writing what changed of payments, with the order's sums and the events that tell of it, and what follows from it: a paid
//! order is confirmed (C-03), one of which all was given back becomes REFUNDED (C-44).
//!
//! Calls that lie deep are boxed: a future holds all that it calls, and without that its size would fill the stack.

use entity::{
    id::{PaymentId, RefundId},
    order, payment, payment_method, refund,
    stored::{EventSubject, OrderPaymentStatus, OrderStatus, PaymentStatus, RefundStatus},
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait, IntoActiveModel,
    sea_query::OnConflict,
};

use super::{
    books::Books,
    gateway::SavedMethod,
    snapshot::{self, Merged, RefundNews},
};
use crate::{
    clock::random_bytes,
    config::OrderConfig,
    event::{self, Change, NewEvent, Origin},
    fault::Fault,
    money::{Currency, format_minor},
    order::{
        change,
        pricing::{self, PaymentSum},
        search, ship_by,
        state::{self, Action},
    },
};

/// Where changes of payments are written.
#[derive(Clone, Copy)]
pub struct Ledger<'a> {
    /// The transaction, which holds the order's lock.
    pub tx: &'a DatabaseTransaction,
    /// Who began it.
    pub origin: &'a Origin,
    /// Rules of orders.
    pub rules: &'a OrderConfig,
    /// Why, in the caller's words.
    pub reason: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

/// The currency of an order.
///
/// # Errors
/// When what is stored is none.
pub fn currency_of(order: &order::Model) -> Result<Currency, Fault> {
    Currency::from_code(&order.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", order.currency)))
}

impl Ledger<'_> {
    /// Writes a payment as it is now, and the event of it with the order's sums. The event's first change names the payment.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn write(
        &self,
        books: &mut Books,
        after: payment::Model,
        kind: &'static str,
        changes: Vec<Change>,
    ) -> Result<(), Fault> {
        let mut all = vec![Change::new("payment", serde_json::Value::Null, after.id.to_string())];
        all.extend(changes);
        self.put(books, after).await?;
        Box::pin(self.tell(books, kind, all)).await
    }

    /// Writes a payment without telling: where it was looked at, what the buyer's browser needs.
    async fn put(&self, books: &mut Books, after: payment::Model) -> Result<(), Fault> {
        let Some(known) = books.payments.iter_mut().find(|payment| payment.id == after.id) else {
            payment::Entity::insert(after.clone().into_active_model()).exec_without_returning(self.tx).await?;
            books.payments.push(after);
            return Ok(());
        };
        if *known != after {
            payment::Entity::update(after.clone().into_active_model().reset_all()).exec(self.tx).await?;
            *known = after;
        }
        Ok(())
    }

    /// Stores the order with the sums of its payments, and the event; then what follows from the sums.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn tell(&self, books: &mut Books, kind: &'static str, mut changes: Vec<Change>) -> Result<(), Fault> {
        let before = books.order.clone();
        let after = with_sums(&before, &books.payments);
        let currency = currency_of(&before)?;
        let money = |minor| format_minor(minor, currency);
        for (field, old, new) in
            [("paid", before.paid_minor, after.paid_minor), ("refunded", before.refunded_minor, after.refunded_minor)]
        {
            if old != new {
                changes.push(Change::new(field, money(old), money(new)));
            }
        }
        if before.payment_status != after.payment_status {
            changes.push(Change::new("paymentStatus", before.payment_status.as_str(), after.payment_status.as_str()));
        }
        let stored = change::store(self.tx, self.origin, &before, after, kind, self.reason, &changes, self.now);
        books.order = Box::pin(stored).await?;
        if let Some(to) = following(self.rules, &before, &books.order) {
            Box::pin(self.step(books, to)).await?;
        }
        Ok(())
    }

    /// Brings the order to the status that follows from its payments.
    async fn step(&self, books: &mut Books, to: OrderStatus) -> Result<(), Fault> {
        let before = books.order.clone();
        let mut after = before.clone();
        after.status = to;
        after.fulfillment_status = state::fulfillment_of(to, before.fulfillment_status);
        let mut changes = vec![Change::new("status", before.status.as_str(), to.as_str())];
        changes.extend(ship_by::promise(self.tx, self.rules, &mut after, to, self.now).await?);
        let kind = state::event_of(to);
        let stored = change::store(self.tx, self.origin, &before, after, kind, self.reason, &changes, self.now);
        books.order = Box::pin(stored).await?;
        Ok(())
    }

    /// Writes what a provider told of a payment: an event for each thing that is new.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn take_over(&self, books: &mut Books, merged: Merged) -> Result<(), Fault> {
        let before = books.known(merged.payment.id)?.clone();
        // The payment without its refunds, which each have an event of their own.
        let mut after = merged.payment;
        after.refunded_minor = before.refunded_minor;
        if after.captured_minor > 0 {
            after.status = snapshot::of_money(after.captured_minor, after.refunded_minor);
        }
        let id = after.id;
        match news_of(&before, &after) {
            Some(kind) => {
                let changes = differences(&before, &after, currency_of(&books.order)?);
                Box::pin(self.write(books, after, kind, changes)).await?;
            }
            None => self.put(books, after).await?,
        }
        for news in merged.refunds {
            Box::pin(self.take_over_refund(books, id, news)).await?;
        }
        Ok(())
    }

    /// Writes one refund as it is now.
    async fn take_over_refund(&self, books: &mut Books, payment: PaymentId, news: RefundNews) -> Result<(), Fault> {
        let row = match news {
            RefundNews::Changed(row) => row,
            RefundNews::Found(told) => refund::Model {
                id: RefundId::at(self.now, random_bytes()),
                payment_id: payment,
                amount_minor: told.amount_minor,
                status: snapshot::status_of(told.state),
                reference: Some(told.reference).filter(|reference| !reference.is_empty()),
                failure_message: told.decline.map(|decline| decline.message),
                reason: None,
                created_at: self.now,
                updated_at: self.now,
            },
        };
        self.write_refund(books, row).await
    }

    /// Writes a refund, new or changed, with what it does to its payment, and the event when its status is new.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn write_refund(&self, books: &mut Books, row: refund::Model) -> Result<(), Fault> {
        let known = books.refunds.iter_mut().find(|refund| refund.id == row.id);
        let before = known.as_ref().map(|refund| refund.status);
        match known {
            Some(known) => {
                refund::Entity::update(row.clone().into_active_model().reset_all()).exec(self.tx).await?;
                *known = row.clone();
            }
            None => {
                refund::Entity::insert(row.clone().into_active_model()).exec_without_returning(self.tx).await?;
                books.refunds.push(row.clone());
            }
        }
        if before == Some(row.status) {
            return Ok(());
        }
        let mut payment = books.known(row.payment_id)?.clone();
        let of_payment = books.refunds.iter().filter(|refund| refund.payment_id == payment.id);
        payment.refunded_minor =
            of_payment.filter(|refund| refund.status == RefundStatus::Succeeded).map(|refund| refund.amount_minor).sum();
        payment.status = snapshot::of_money(payment.captured_minor, payment.refunded_minor);
        payment.updated_at = self.now;
        let kind = match row.status {
            RefundStatus::Pending => "REFUND_REQUESTED",
            RefundStatus::Succeeded => "REFUND_SUCCEEDED",
            RefundStatus::Failed => "REFUND_FAILED",
        };
        let currency = currency_of(&books.order)?;
        let mut changes = vec![
            Change::new("refund", serde_json::Value::Null, row.id.to_string()),
            Change::new("amount", serde_json::Value::Null, format_minor(row.amount_minor, currency)),
        ];
        if let Some(why) = &row.failure_message {
            changes.push(Change::new("failure", serde_json::Value::Null, why.as_str()));
        }
        Box::pin(self.write(books, payment, kind, changes)).await
    }

    /// Keeps a method that a provider saved for the order's customer; once.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn save_method(&self, books: &Books, payment: PaymentId, saved: &SavedMethod) -> Result<(), Fault> {
        let gateway = books.known(payment)?.gateway;
        let Some(customer) = books.order.customer_id else { return Ok(()) };
        let id = entity::id::PaymentMethodId::at(self.now, random_bytes());
        let expires = saved.card.as_ref().and_then(|card| card.expires);
        let row = payment_method::ActiveModel {
            id: Set(id),
            customer_id: Set(customer),
            gateway: Set(gateway),
            token: Set(saved.token.clone()),
            provider_customer: Set(saved.customer.clone()),
            brand: Set(saved.card.as_ref().map(|card| card.brand.clone())),
            last4: Set(saved.card.as_ref().map(|card| card.last4.clone())),
            exp_month: expires.map_or(NotSet, |(month, _)| Set(Some(i32::from(month)))),
            exp_year: expires.map_or(NotSet, |(_, year)| Set(Some(i32::from(year)))),
            created_at: Set(self.now),
        };
        let inserted = payment_method::Entity::insert(row)
            .on_conflict(
                OnConflict::columns([payment_method::Column::Gateway, payment_method::Column::Token]).do_nothing().to_owned(),
            )
            .exec_without_returning(self.tx)
            .await?;
        if inserted == 0 {
            return Ok(());
        }
        let changes = [
            Change::new("method", serde_json::Value::Null, id.to_string()),
            Change::new("gateway", serde_json::Value::Null, gateway.as_str()),
        ];
        let saved = NewEvent {
            subject: EventSubject::Customer,
            subject_id: customer.0,
            place: None,
            kind: "PAYMENT_METHOD_SAVED",
            reason: None,
            changes: &changes,
        };
        event::append(self.tx, self.origin, self.now, &saved).await?;
        Ok(())
    }
}

/// The order with the sums of its payments, the status that follows from them, and found by their references (PAY-12).
fn with_sums(order: &order::Model, payments: &[payment::Model]) -> order::Model {
    let sums: Vec<PaymentSum> = payments
        .iter()
        .map(|payment| PaymentSum { status: payment.status, captured: payment.captured_minor, refunded: payment.refunded_minor })
        .collect();
    let mut after = order.clone();
    after.paid_minor = sums.iter().map(|sum| sum.captured).sum();
    after.refunded_minor = sums.iter().map(|sum| sum.refunded).sum();
    after.payment_status = pricing::payment_status(order.total_minor, &sums);
    for reference in payments.iter().filter_map(|payment| payment.reference.as_deref()) {
        after.search_text = search::with_reference(&after, reference);
    }
    after
}

/// The status that an order comes to because of what happened to its payments.
fn following(rules: &OrderConfig, before: &order::Model, after: &order::Model) -> Option<OrderStatus> {
    let became = |status| after.payment_status == status && before.payment_status != status;
    if became(OrderPaymentStatus::Paid) && rules.auto_confirm_on_payment && after.status == OrderStatus::Pending {
        return Some(OrderStatus::Confirmed);
    }
    (became(OrderPaymentStatus::Refunded) && state::allows(after.status, Action::Refund)).then_some(OrderStatus::Refunded)
}

/// What happened to a payment, refunds apart; `None` for what needs no telling.
fn news_of(before: &payment::Model, after: &payment::Model) -> Option<&'static str> {
    if after.captured_minor > before.captured_minor {
        return Some("PAYMENT_CAPTURED");
    }
    if after.status != before.status {
        match after.status {
            PaymentStatus::Authorized => return Some("PAYMENT_AUTHORIZED"),
            PaymentStatus::Failed => return Some("PAYMENT_FAILED"),
            PaymentStatus::Cancelled => return Some("PAYMENT_CANCELLED"),
            PaymentStatus::Pending | PaymentStatus::Paid | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => {}
        }
    }
    (after.reference != before.reference).then_some("PAYMENT_UPDATED")
}

/// What of a payment is different, as the API shows it.
pub fn differences(before: &payment::Model, after: &payment::Model, currency: Currency) -> Vec<Change> {
    let money = |minor| format_minor(minor, currency);
    let mut changes = Vec::new();
    if before.status != after.status {
        // Not "status": that is the order's, in the order's timeline.
        changes.push(Change::new("payment.status", before.status.as_str(), after.status.as_str()));
    }
    for (field, old, new) in [
        ("payment.amount", before.amount_minor, after.amount_minor),
        ("payment.authorized", before.authorized_minor, after.authorized_minor),
        ("payment.captured", before.captured_minor, after.captured_minor),
    ] {
        if old != new {
            changes.push(Change::new(field, money(old), money(new)));
        }
    }
    if before.kind != after.kind {
        changes.push(Change::new("payment.type", before.kind.as_str(), after.kind.as_str()));
    }
    for (field, old, new) in [
        ("payment.reference", &before.reference, &after.reference),
        ("payment.note", &before.note, &after.note),
        ("payment.failureCode", &before.failure_code, &after.failure_code),
        ("payment.failureMessage", &before.failure_message, &after.failure_message),
    ] {
        if old != new {
            changes.push(Change::new(field, old.clone(), new.clone()));
        }
    }
    if before.method != after.method {
        changes.push(Change::new("payment.method", before.method.as_str(), after.method.as_str()));
    }
    changes
}
