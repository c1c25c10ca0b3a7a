//! From records to what is stored: sums, derived statuses, history. Pure; the reason for a refusal comes back as text.

use std::{collections::BTreeSet, fmt::Write as _};

use entity::{
    id::{OrderId, PaymentId, ReviewId},
    stored::{FulfillmentStatus, OrderPaymentStatus, OrderStatus, PaymentStatus, PaymentType},
    time::Timestamp,
};
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::{
    history,
    id::seed,
    record::{HoldRecord, ItemRecord, Loaded, OrderRecord, PaymentRecord, ReviewRecord, Times},
    side::SideRow,
};
use crate::{
    money::{Currency, to_minor_unsigned},
    order::{
        pricing::{self, PaymentSum},
        ship_by, state,
    },
    search::folded,
};

/// An order with all that belongs to it, ready to be stored but for its number.
pub struct Assembled<'a> {
    /// The record it was made from.
    pub record: &'a OrderRecord,
    /// Its row's id.
    pub id: OrderId,
    /// The buyer's name.
    pub customer_name: String,
    /// The buyer's e-mail.
    pub customer_email: Option<&'a str>,
    /// Its sums.
    pub sums: Sums,
    /// How it stands with its payments.
    pub payment_status: OrderPaymentStatus,
    /// How the buyer means to pay, or else how its first payment was made.
    pub payment_type: Option<PaymentType>,
    /// Its lines, each with the unit price in minor units.
    pub items: Vec<(&'a ItemRecord, i64)>,
    /// Its payments.
    pub payments: Vec<Paid<'a>>,
    /// What its lines are of.
    pub skus: BTreeSet<&'a str>,
    /// Its history.
    pub events: Vec<Told>,
}

/// A payment with its amounts in minor units.
pub struct Paid<'a> {
    /// The record it was made from.
    pub record: &'a PaymentRecord,
    /// What it was over.
    pub amount: i64,
    /// What was captured of it.
    pub captured: i64,
    /// What was given back of that.
    pub refunded: i64,
}

/// Sums of an order in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Of the lines.
    pub subtotal: i64,
    /// Of shipping.
    pub shipping: i64,
    /// Tax.
    pub tax: i64,
    /// Taken off.
    pub discount: i64,
    /// What is to be paid.
    pub total: i64,
    /// What was paid.
    pub paid: i64,
    /// What of it was given back.
    pub refunded: i64,
}

/// An event of the history.
pub struct Told {
    /// Its kind.
    pub kind: &'static str,
    /// Why.
    pub reason: Option<String>,
    /// JSON list of what changed.
    pub changes: String,
    /// When.
    pub at: Timestamp,
}

/// The id of an order's row.
pub fn order_id(record: &OrderRecord) -> OrderId {
    OrderId::at(record.times.placed, seed("orders", &record.external_id))
}

/// The external id of a payment, and the id of its row.
pub fn payment_id(order: &OrderRecord, payment: &PaymentRecord) -> (String, PaymentId) {
    let external_id = format!("{}/{}", order.external_id, payment.sequence);
    let id = PaymentId::at(order.times.placed, seed("payments", &external_id));
    (external_id, id)
}

/// The external id of a review: one review may be of several orders.
pub fn review_key(order: &OrderRecord, review: &ReviewRecord) -> String {
    format!("{}/{}", review.external_id, order.external_id)
}

/// The id of a review's row.
pub fn review_id(order: &OrderRecord, external_id: &str) -> ReviewId {
    ReviewId::at(order.times.placed, seed("reviews", external_id))
}

/// Puts an order together.
///
/// # Errors
/// The reason the order is refused for.
pub fn assemble<'a>(record: &'a OrderRecord, loaded: &'a Loaded) -> Result<Assembled<'a>, String> {
    if let Some(why) = loaded.orders.broken(record.order) {
        return Err(format!("not complete: {why}"));
    }
    let (customer_name, customer_email) = buyer(record, loaded)?;
    let items = priced(loaded.items.of(record.order), record.currency, "item", |item| item.unit_price)?;
    for (item, _) in &items {
        if loaded.stores.at(item.store).id.is_none() {
            return Err(format!("item {}: its store was refused", item.number));
        }
        if item.product.is_some_and(|product| loaded.products.at(product).id.is_none()) {
            return Err(format!("item {}: its product was refused", item.number));
        }
    }
    let payments =
        loaded.payments.of(record.order).iter().map(|row| paid(row, record.currency)).collect::<Result<Vec<_>, _>>()?;
    let sums = sums(record, &items, &payments)?;
    Ok(Assembled {
        record,
        id: order_id(record),
        customer_name,
        customer_email,
        payment_status: payment_status(&sums, &payments),
        payment_type: record.payment_type.or(payments.first().map(|paid| paid.record.kind)),
        events: told(record),
        skus: items.iter().filter_map(|(item, _)| item.sku(loaded)).collect(),
        sums,
        items,
        payments,
    })
}

fn buyer<'a>(record: &'a OrderRecord, loaded: &'a Loaded) -> Result<(String, Option<&'a str>), String> {
    let customer = record.customer.map(|place| loaded.customers.at(place));
    if let Some(refused) = customer.filter(|customer| customer.id.is_none()) {
        return Err(format!("its customer {:?} was refused", refused.external_id));
    }
    if let Some(name) = &record.customer_name {
        return Ok((name.to_string(), record.customer_email.as_deref()));
    }
    match customer {
        Some(customer) => Ok((customer.name.to_string(), customer.email.as_deref())),
        None => {
            let receiver = record.address.as_ref().and_then(|address| address.full_name.as_deref());
            Ok((receiver.unwrap_or("Unknown customer").to_owned(), None))
        }
    }
}

/// What a payment's status says of its amounts where the source says nothing: captured, and given back of that.
pub fn implied(status: PaymentStatus, amount: i64, captured: Option<i64>) -> (i64, i64) {
    use PaymentStatus::{Authorized, Cancelled, Failed, Paid, PartiallyRefunded, Pending, Refunded};
    let all = captured.unwrap_or(amount);
    match status {
        Paid | PartiallyRefunded => (all, 0),
        Refunded => (all, all),
        Pending | Authorized | Failed | Cancelled => (0, 0),
    }
}

/// When a payment was settled: a captured one without a time when its order was confirmed, or else placed.
pub fn settled_at(known: Option<Timestamp>, status: PaymentStatus, times: &Times) -> Option<Timestamp> {
    let is_captured = implied(status, 1, None).0 > 0;
    known.or(is_captured.then(|| times.confirmed.unwrap_or(times.placed)))
}

fn paid<'a>(row: &'a SideRow<PaymentRecord>, currency: Currency) -> Result<Paid<'a>, String> {
    let record = &row.record;
    let wrong = |what: &str| format!("payment on line {}: {what}", row.line);
    let minor = |amount: Decimal| to_minor_unsigned(amount, currency).map_err(|error| wrong(&error.to_string()));
    let amount = minor(record.amount)?;
    let captured = record.captured.map(minor).transpose()?;
    let implied = implied(record.status, amount, captured);
    let captured = captured.unwrap_or(implied.0);
    let refunded = record.refunded.map(minor).transpose()?.unwrap_or(implied.1);
    if captured > amount || refunded > captured {
        return Err(wrong("more is captured than it was over, or more given back than captured"));
    }
    let fits = match record.status {
        PaymentStatus::Paid => captured > 0 || amount == 0,
        PaymentStatus::PartiallyRefunded => refunded > 0 && refunded < captured,
        PaymentStatus::Refunded => refunded == captured,
        PaymentStatus::Pending | PaymentStatus::Authorized | PaymentStatus::Failed | PaymentStatus::Cancelled => captured == 0,
    };
    match fits {
        true => Ok(Paid { record, amount, captured, refunded }),
        false => Err(wrong(&format!("its amounts are not those of a payment that is {}", record.status))),
    }
}

fn priced<'a, T>(
    rows: &'a [SideRow<T>],
    currency: Currency,
    what: &str,
    amount: impl Fn(&T) -> Decimal,
) -> Result<Vec<(&'a T, i64)>, String> {
    let minor = |row: &'a SideRow<T>| match to_minor_unsigned(amount(&row.record), currency) {
        Ok(minor) => Ok((&row.record, minor)),
        Err(error) => Err(format!("{what} on line {}: {error}", row.line)),
    };
    rows.iter().map(minor).collect()
}

fn sums(record: &OrderRecord, items: &[(&ItemRecord, i64)], payments: &[Paid<'_>]) -> Result<Sums, String> {
    let minor =
        |name: &str, amount: Decimal| to_minor_unsigned(amount, record.currency).map_err(|error| format!("{name}: {error}"));
    let beyond = || "its sums are out of range".to_owned();
    let mut subtotal = 0_i64;
    let mut freight = record.shipping;
    for (item, price) in items {
        let line = price.checked_mul(i64::from(item.quantity)).ok_or_else(beyond)?;
        subtotal = subtotal.checked_add(line).ok_or_else(beyond)?;
        freight = freight.checked_add(item.freight).ok_or_else(beyond)?;
    }
    let (shipping, tax) = (minor("shipping", freight)?, minor("tax", record.tax)?);
    let discount = minor("discount", record.discount)?;
    let total = subtotal.checked_add(shipping + tax - discount).ok_or_else(beyond)?;
    if total < 0 {
        return Err("discount: more than the order is worth".to_owned());
    }
    if subtotal.max(total) > crate::money::MAX_MINOR {
        return Err(beyond());
    }
    let sum = |amount: fn(&Paid<'_>) -> i64| {
        payments.iter().try_fold(0_i64, |sum, paid| sum.checked_add(amount(paid))).ok_or_else(beyond)
    };
    let (paid, refunded) = (sum(|paid| paid.captured)?, sum(|paid| paid.refunded)?);
    Ok(Sums { subtotal, shipping, tax, discount, total, paid, refunded })
}

/// The same rule as for payments made here; what was captured is what is paid.
fn payment_status(sums: &Sums, payments: &[Paid<'_>]) -> OrderPaymentStatus {
    let sum = |paid: &Paid<'_>| PaymentSum { status: paid.record.status, captured: paid.captured, refunded: paid.refunded };
    pricing::payment_status(sums.total, &payments.iter().map(sum).collect::<Vec<_>>())
}

/// How far the goods are, by the history alone: sources tell nothing finer. Those of a cancelled order are nowhere.
pub fn fulfillment_status(record: &OrderRecord) -> FulfillmentStatus {
    match record.status {
        OrderStatus::Cancelled => FulfillmentStatus::Unfulfilled,
        status => history::steps(status, &record.times)
            .iter()
            .fold(FulfillmentStatus::Unfulfilled, |before, step| state::fulfillment_of(step.status, before)),
    }
}

fn told(record: &OrderRecord) -> Vec<Told> {
    let change = |field: &str, old: Json, new: Json| json!({ "field": field, "old": old, "new": new });
    let mut before: Option<OrderStatus> = None;
    let mut events = Vec::with_capacity(5);
    for step in history::steps(record.status, &record.times) {
        let mut changes =
            vec![change("status", before.map_or(Json::Null, |old| old.as_str().into()), step.status.as_str().into())];
        if before.is_none() {
            changes.push(change("externalId", Json::Null, (*record.external_id).into()));
            changes.extend(record.as_given.iter().map(|(field, text)| change(field, Json::Null, text.as_str().into())));
        }
        events.push(Told {
            kind: history::kind(step.status),
            reason: record.cancel_reason.clone().filter(|_| step.status == OrderStatus::Cancelled),
            changes: Json::Array(changes).to_string(),
            at: step.at,
        });
        before = Some(step.status);
    }
    if let Some(HoldRecord { at, reason, note }) = &record.hold {
        let changes = [change("onHold", false.into(), true.into()), change("holdReason", Json::Null, reason.as_str().into())];
        events.push(Told { kind: "ORDER_HELD", reason: note.clone(), changes: Json::from_iter(changes).to_string(), at: *at });
    }
    events
}

impl Assembled<'_> {
    /// When it was last changed, as far as known.
    pub fn updated_at(&self) -> Timestamp {
        self.events.iter().map(|event| event.at).max().unwrap_or(self.record.times.placed)
    }

    /// Whether it should have been shipped by now.
    pub fn is_late(&self, now: Timestamp) -> bool {
        let OrderRecord { status, ship_by, hold, .. } = self.record;
        hold.is_none() && ship_by::is_open(*status) && ship_by.is_some_and(|ship_by| ship_by < now)
    }

    /// What searching looks at: a folded line each.
    pub fn search_text(&self, number: &str) -> String {
        let mut text = number.to_owned();
        let references = self.payments.iter().filter_map(|paid| paid.record.reference.as_deref());
        let lines = [
            self.record.tracking_number.as_deref(),
            Some(self.customer_name.as_str()),
            self.customer_email,
            Some(&*self.record.external_id),
        ]
        .into_iter()
        .flatten()
        .chain(references)
        .chain(self.skus.iter().copied());
        for line in lines {
            // Writing to a String cannot fail.
            let _ = write!(text, "\n{line}");
        }
        folded(&text)
    }
}
