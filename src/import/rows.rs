//! The rows of each table, in the columns that [`tables`](super::tables) names.

use entity::{
    id::{CustomerId, HoldId, OrderId, OrderItemId, RefundId, ReviewId, VariantId},
    stored::{ActorKind, EventSubject, RefundStatus},
    time::Timestamp,
};
use sea_orm::Value;
use uuid::Uuid;

use super::{
    assemble::{Assembled, fulfillment_status, payment_id, settled_at},
    id::seed,
    record::{AddressRecord, CustomerRecord, Loaded, OrderRecord, ProductRecord, ReviewRecord, StoreRecord},
    write::Rows,
};
use crate::{order::payment_kinds, search::folded};

fn text(value: Option<&str>) -> Value {
    value.filter(|text| !text.is_empty()).map(str::to_owned).into()
}

/// Adds a store.
pub fn store(rows: &mut Rows, id: Uuid, record: &StoreRecord, now: Timestamp) {
    rows.push([
        id.into(),
        record.name.as_str().into(),
        record.slug.as_str().into(),
        record.currency.code().into(),
        text(Some(&record.external_id)),
        now.into(),
        now.into(),
    ]);
}

/// Adds a customer.
pub fn customer(rows: &mut Rows, id: Uuid, record: &CustomerRecord, now: Timestamp) {
    let lines: Vec<_> = [Some(&*record.name), record.email.as_deref(), record.phone.as_deref(), Some(&*record.external_id)]
        .into_iter()
        .flatten()
        .collect();
    rows.push([
        id.into(),
        (*record.name).into(),
        text(record.email.as_deref()),
        text(record.phone.as_deref()),
        record.status.as_str().into(),
        text(Some(&record.external_id)),
        folded(&lines.join("\n")).into(),
        record.since.unwrap_or(now).into(),
        now.into(),
    ]);
}

/// Adds a product.
pub fn product(rows: &mut Rows, id: Uuid, record: &ProductRecord, now: Timestamp) {
    rows.push([
        id.into(),
        record.store_id.map(|id| id.0).into(),
        (*record.name).into(),
        (*record.description).into(),
        record.status.as_str().into(),
        record.is_physical.into(),
        text(Some(&record.external_id)),
        now.into(),
        now.into(),
    ]);
}

/// Adds the variant of a product, without stock.
pub fn variant(rows: &mut Rows, id: VariantId, product: Uuid, record: &ProductRecord, now: Timestamp) {
    rows.push([
        id.into(),
        product.into(),
        record.sku().into(),
        "".into(),
        record.currency.code().into(),
        record.price_minor.into(),
        now.into(),
        now.into(),
    ]);
}

/// Adds an order.
pub fn order(
    (rows, holds): (&mut Rows, &mut Rows),
    order: &Assembled<'_>,
    number: &str,
    customer: Option<CustomerId>,
    now: Timestamp,
) {
    let record = order.record;
    let document = |address: &Option<AddressRecord>| address.as_ref().and_then(|address| serde_json::to_string(address).ok());
    let kinds = order.payments.iter().map(|paid| paid.record.kind).chain(order.payment_type);
    let (shipping, billing) = (document(&record.address), document(&record.billing_address));
    rows.push([
        order.id.into(),
        number.into(),
        record.status.as_str().into(),
        order.payment_status.as_str().into(),
        fulfillment_status(record).as_str().into(),
        record.kind.as_str().into(),
        text(order.payment_type.map(|kind| kind.as_str())),
        // Triggers would add it payment by payment.
        kinds.fold(0, |bits, kind| bits | payment_kinds::bit(kind)).into(),
        record.currency.code().into(),
        customer.map(|id| id.0).into(),
        order.customer_name.as_str().into(),
        text(order.customer_email),
        order.sums.subtotal.into(),
        order.sums.shipping.into(),
        order.sums.tax.into(),
        order.sums.discount.into(),
        order.sums.total.into(),
        order.sums.paid.into(),
        order.sums.refunded.into(),
        text(shipping.as_deref()),
        text(billing.as_deref()),
        text(record.tracking_number.as_deref()),
        text(record.note.as_deref()),
        text(record.estimated_delivery.as_deref()),
        record.ship_by.map(|at| at.0).into(),
        // Nobody is told now of what was late before it came here.
        order.is_late(now).then_some(now.0).into(),
        record.hold.as_ref().map(|hold| hold.at.0).into(),
        text(Some(&record.external_id)),
        order.search_text(number).into(),
        (order.events.len() as i32).into(),
        1.into(),
        record.times.placed.into(),
        record.times.placed.into(),
        order.updated_at().into(),
    ]);
    if let Some(hold) = &record.hold {
        holds.push([
            HoldId::at(hold.at, seed("order_holds", &record.external_id)).into(),
            order.id.into(),
            hold.reason.as_str().into(),
            text(hold.note.as_deref()),
            hold.at.into(),
        ]);
    }
}

/// Adds the lines of an order.
pub fn items(rows: &mut Rows, order: &Assembled<'_>, loaded: &Loaded) {
    for (position, (item, price)) in order.items.iter().enumerate() {
        let key = format!("{}/{}", order.record.external_id, item.number);
        let product = item.product.map(|place| loaded.products.at(place));
        let name = item.name.as_deref().or(product.map(|product| &*product.name)).unwrap_or_default();
        rows.push([
            OrderItemId::at(order.record.times.placed, seed("order_items", &key)).into(),
            order.id.into(),
            (position as i32).into(),
            loaded.stores.at(item.store).id.map(|id| id.0).into(),
            product.and_then(|product| product.id).map(|id| id.0).into(),
            product.and_then(|product| product.variant).map(|id| id.0).into(),
            name.into(),
            text(item.sku(loaded)),
            item.quantity.into(),
            (*price).into(),
            (price * i64::from(item.quantity)).into(),
            0.into(),
        ]);
    }
}

/// Adds the payments of an order, and of each what was given back as one refund.
pub fn payments(rows: &mut Rows, refunds: &mut Rows, order: &Assembled<'_>) {
    let times = &order.record.times;
    for paid in &order.payments {
        let payment = paid.record;
        let (external_id, id) = payment_id(order.record, payment);
        let settled = settled_at(payment.paid_at, payment.status, times);
        rows.push([
            id.into(),
            order.id.into(),
            payment.sequence.into(),
            payment.status.as_str().into(),
            payment.kind.as_str().into(),
            payment.gateway.as_str().into(),
            order.record.currency.code().into(),
            paid.amount.into(),
            paid.captured.into(),
            paid.refunded.into(),
            text(payment.reference.as_deref()),
            payment.method.as_deref().unwrap_or_default().into(),
            external_id.as_str().into(),
            payment.begun_at.unwrap_or(times.placed).into(),
            settled.map(|at| at.0).into(),
        ]);
        if paid.refunded > 0 {
            let at = times.refunded.or(settled).unwrap_or(times.placed);
            refunds.push([
                RefundId::at(times.placed, seed("refunds", &external_id)).into(),
                id.into(),
                paid.refunded.into(),
                RefundStatus::Succeeded.as_str().into(),
                at.into(),
                at.into(),
            ]);
        }
    }
}

/// Adds a review.
pub fn review(
    rows: &mut Rows,
    (id, order, customer): (ReviewId, OrderId, Option<CustomerId>),
    external_id: &str,
    record: &ReviewRecord,
) {
    rows.push([
        id.into(),
        order.into(),
        customer.map(|id| id.0).into(),
        record.rating.into(),
        text(record.title.as_deref()),
        text(record.content.as_deref()),
        external_id.into(),
        record.created_at.map(|at| at.0).into(),
        record.answered_at.map(|at| at.0).into(),
    ]);
}

/// Adds the history of an order, which takes the places of the log after `position`.
pub fn events(rows: &mut Rows, order: &Assembled<'_>, now: Timestamp, position: &mut i64) {
    for (place, event) in order.events.iter().enumerate() {
        *position += 1;
        rows.push([
            EventSubject::Order.as_str().into(),
            order.id.into(),
            order.id.into(),
            (place as i32 + 1).into(),
            1.into(),
            event.kind.into(),
            ActorKind::Import.as_str().into(),
            text(event.reason.as_deref()),
            event.changes.as_str().into(),
            event.at.into(),
            now.into(),
            (*position).into(),
        ]);
    }
}

/// The buyer's row of an order.
pub fn customer_of(record: &OrderRecord, loaded: &Loaded) -> Option<CustomerId> {
    record.customer.and_then(|place| loaded.customers.at(place).id)
}
