//! Orders with everything that must agree with them, some thousand at a time in the order of their ids.

use std::collections::BTreeMap;

use entity::{
    id::{FulfillmentId, OrderGroupId, OrderId, OrderItemId, PaymentId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use crate::db::statement;

/// Orders of one batch.
const SIZE: usize = 2_000;

/// An order with its lines, payments and events. Statuses are as stored: an unknown one is a finding, not a failure.
pub struct OrderFacts {
    pub id: OrderId,
    pub number: String,
    pub status: String,
    pub payment_status: String,
    pub currency: String,
    pub subtotal: i64,
    pub shipping: i64,
    pub tax: i64,
    pub discount: i64,
    pub total: i64,
    pub paid: i64,
    pub refunded: i64,
    pub event_seq: i32,
    pub version: i32,
    pub lines: Vec<Line>,
    pub payments: Vec<Payment>,
    pub events: Vec<Event>,
    pub fulfillments: Vec<Fulfillment>,
    pub open_holds: usize,
    pub is_held: bool,
    pub group: Option<OrderGroupId>,
}

/// A line.
pub struct Line {
    pub id: OrderItemId,
    pub position: i32,
    pub quantity: i32,
    pub unit_price: i64,
    pub total: i64,
    pub stock_taken: i32,
}

/// A line of a fulfillment, with the fulfillment's state.
pub struct Fulfillment {
    pub id: FulfillmentId,
    pub status: String,
    pub item: OrderItemId,
    pub quantity: i32,
    pub is_same_store: bool,
}

/// A payment with the sum of its refunds.
pub struct Payment {
    pub id: PaymentId,
    pub status: String,
    pub currency: String,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
    pub refund_rows: i64,
    pub authorized: i64,
    pub pending_refunds: i64,
    /// When the oldest attempt was begun of which nothing was heard.
    pub started_at: Option<Timestamp>,
}

/// An event.
pub struct Event {
    pub id: i64,
    pub seq: i32,
    pub version: i32,
    pub kind: String,
    pub actor: String,
    pub changes: Option<String>,
    pub recorded_at: Timestamp,
}

/// Some orders, and the events in their range of ids that belong to no order.
pub struct Batch {
    pub orders: Vec<OrderFacts>,
    pub without_order: Vec<(OrderId, Vec<Event>)>,
}

/// A walk over all orders.
#[derive(Default)]
pub struct Batches {
    after: Uuid,
    is_over: bool,
}

const ORDERS: &str = "SELECT id, number, status, payment_status, currency, subtotal_minor, shipping_minor, tax_minor, \
    discount_minor, total_minor, paid_minor, refunded_minor, event_seq, version, held_at \
    FROM orders WHERE id > $1 ORDER BY id LIMIT 2000";

const LINES: &str = "SELECT order_id, position, quantity, unit_price_minor, total_minor, stock_taken, id \
    FROM order_items WHERE order_id > $1 AND order_id <= $2 ORDER BY order_id, position";

const PAYMENTS: &str = "SELECT order_id, id, status, currency, amount_minor, captured_minor, refunded_minor, \
    (SELECT CAST(COALESCE(SUM(refunds.amount_minor), 0) AS bigint) FROM refunds \
     WHERE refunds.payment_id = payments.id AND refunds.status = 'SUCCEEDED'), authorized_minor, \
    (SELECT CAST(COALESCE(SUM(refunds.amount_minor), 0) AS bigint) FROM refunds \
     WHERE refunds.payment_id = payments.id AND refunds.status = 'PENDING'), \
    (SELECT MIN(payment_attempts.created_at) FROM payment_attempts \
     WHERE payment_attempts.payment_id = payments.id AND payment_attempts.state = 'STARTED') \
    FROM payments WHERE order_id > $1 AND order_id <= $2 ORDER BY order_id, position";

const EVENTS: &str = "SELECT order_id, id, seq, version, kind, actor, changes, recorded_at \
    FROM events WHERE order_id > $1 AND order_id <= $2 ORDER BY order_id, seq";

const FULFILLMENTS: &str = "SELECT f.order_id, f.id, f.status, l.order_item_id, l.quantity, \
    CASE WHEN i.store_id = f.store_id AND i.order_id = f.order_id THEN 1 ELSE 0 END \
    FROM fulfillments f JOIN fulfillment_lines l ON l.fulfillment_id = f.id JOIN order_items i ON i.id = l.order_item_id \
    WHERE f.order_id > $1 AND f.order_id <= $2 ORDER BY f.order_id, f.position, i.position";

const GROUPS: &str = "SELECT order_id, group_id FROM order_group_members WHERE order_id > $1 AND order_id <= $2";

const HOLDS: &str = "SELECT order_id FROM order_holds WHERE order_id > $1 AND order_id <= $2 AND released_at IS NULL";

impl Batches {
    /// The next batch; the last one reaches to the end of all ids, so that no event is left out.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn next(&mut self, conn: &impl ConnectionTrait) -> Result<Option<Batch>, DbErr> {
        if self.is_over {
            return Ok(None);
        }
        let rows = conn.query_all_raw(statement(conn, ORDERS, [self.after.into()])).await?;
        let mut orders = rows.iter().map(order).collect::<Result<Vec<_>, _>>()?;
        self.is_over = orders.len() < SIZE;
        let upper = match orders.last() {
            Some(last) if !self.is_over => last.id.0,
            _ => Uuid::max(),
        };
        let range = (self.after, upper);
        let mut lines = grouped(conn, LINES, range, line).await?;
        let mut payments = grouped(conn, PAYMENTS, range, payment).await?;
        let mut events = grouped(conn, EVENTS, range, event).await?;
        let mut fulfillments = grouped(conn, FULFILLMENTS, range, fulfillment).await?;
        let holds = grouped(conn, HOLDS, range, |_| Ok(())).await?;
        let groups = grouped(conn, GROUPS, range, |row| row.try_get_by_index(1)).await?;
        for order in &mut orders {
            order.group = groups.get(&order.id.0).and_then(|groups| groups.first().copied());
            order.fulfillments = fulfillments.remove(&order.id.0).unwrap_or_default();
            order.open_holds = holds.get(&order.id.0).map_or(0, Vec::len);
            order.lines = lines.remove(&order.id.0).unwrap_or_default();
            order.payments = payments.remove(&order.id.0).unwrap_or_default();
            order.events = events.remove(&order.id.0).unwrap_or_default();
        }
        self.after = upper;
        let without_order = events.into_iter().map(|(order, events)| (OrderId(order), events)).collect();
        Ok(Some(Batch { orders, without_order }))
    }
}

/// Rows of a range of orders, by order; the order's id is the first column, after which the range begins and with which it
/// ends are the parameters.
///
/// # Errors
/// When the database fails.
pub(crate) async fn grouped<T>(
    conn: &impl ConnectionTrait,
    sql: &str,
    (after, upper): (Uuid, Uuid),
    read: impl Fn(&QueryResult) -> Result<T, DbErr>,
) -> Result<BTreeMap<Uuid, Vec<T>>, DbErr> {
    let mut by_order: BTreeMap<Uuid, Vec<T>> = BTreeMap::new();
    for row in conn.query_all_raw(statement(conn, sql, [after.into(), upper.into()])).await? {
        by_order.entry(row.try_get_by_index(0)?).or_default().push(read(&row)?);
    }
    Ok(by_order)
}

fn order(row: &QueryResult) -> Result<OrderFacts, DbErr> {
    Ok(OrderFacts {
        id: row.try_get_by_index(0)?,
        number: row.try_get_by_index(1)?,
        status: row.try_get_by_index(2)?,
        payment_status: row.try_get_by_index(3)?,
        currency: row.try_get_by_index(4)?,
        subtotal: row.try_get_by_index(5)?,
        shipping: row.try_get_by_index(6)?,
        tax: row.try_get_by_index(7)?,
        discount: row.try_get_by_index(8)?,
        total: row.try_get_by_index(9)?,
        paid: row.try_get_by_index(10)?,
        refunded: row.try_get_by_index(11)?,
        event_seq: row.try_get_by_index(12)?,
        version: row.try_get_by_index(13)?,
        lines: Vec::new(),
        payments: Vec::new(),
        events: Vec::new(),
        fulfillments: Vec::new(),
        open_holds: 0,
        is_held: row.try_get_by_index::<Option<Timestamp>>(14)?.is_some(),
        group: None,
    })
}

fn line(row: &QueryResult) -> Result<Line, DbErr> {
    Ok(Line {
        position: row.try_get_by_index(1)?,
        quantity: row.try_get_by_index(2)?,
        unit_price: row.try_get_by_index(3)?,
        total: row.try_get_by_index(4)?,
        stock_taken: row.try_get_by_index(5)?,
        id: row.try_get_by_index(6)?,
    })
}

fn fulfillment(row: &QueryResult) -> Result<Fulfillment, DbErr> {
    Ok(Fulfillment {
        id: row.try_get_by_index(1)?,
        status: row.try_get_by_index(2)?,
        item: row.try_get_by_index(3)?,
        quantity: row.try_get_by_index(4)?,
        is_same_store: row.try_get_by_index::<i32>(5)? == 1,
    })
}

fn payment(row: &QueryResult) -> Result<Payment, DbErr> {
    Ok(Payment {
        id: row.try_get_by_index(1)?,
        status: row.try_get_by_index(2)?,
        currency: row.try_get_by_index(3)?,
        amount: row.try_get_by_index(4)?,
        captured: row.try_get_by_index(5)?,
        refunded: row.try_get_by_index(6)?,
        refund_rows: row.try_get_by_index(7)?,
        authorized: row.try_get_by_index(8)?,
        pending_refunds: row.try_get_by_index(9)?,
        started_at: row.try_get_by_index(10)?,
    })
}

fn event(row: &QueryResult) -> Result<Event, DbErr> {
    Ok(Event {
        id: row.try_get_by_index(1)?,
        seq: row.try_get_by_index(2)?,
        version: row.try_get_by_index(3)?,
        kind: row.try_get_by_index(4)?,
        actor: row.try_get_by_index(5)?,
        changes: row.try_get_by_index(6)?,
        recorded_at: row.try_get_by_index(7)?,
    })
}
