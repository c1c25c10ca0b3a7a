//! Reading whole orders: the row and what hangs on it, in one statement by hand. The listing and the single order live on
//! this, and a statement costs more than the rows it brings.
//!
//! Lines and payments come as JSON arrays built by the database, the two dialects side by side below.

use std::sync::Arc;

use entity::{
    customer,
    id::{CustomerId, OrderId, OrderItemId, PaymentId, ProductId, StoreId, VariantId},
    order, order_item, payment,
    stored::{CaptureMode, PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, TryGetable, Value};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{db::statement, fault::Fault};

/// What is to be read with each order.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct With {
    /// Its lines.
    pub items: bool,
    /// Its payments.
    pub payments: bool,
    /// Its customer.
    pub customer: bool,
}

impl With {
    /// Whether nothing is to be read but the orders.
    pub fn nothing(self) -> bool {
        !(self.items || self.payments || self.customer)
    }
}

/// An order with what was asked for. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The order.
    pub order: Arc<order::Model>,
    /// Its lines in their order, if asked for.
    pub items: Option<Arc<[order_item::Model]>>,
    /// Its payments in their order, if asked for.
    pub payments: Option<Arc<[payment::Model]>>,
    /// Its customer, if asked for and not erased.
    pub customer: Option<Option<Arc<customer::Model>>>,
}

impl Whole {
    /// An order of which nothing more was asked for.
    pub fn bare(order: order::Model) -> Self {
        Self { order: Arc::new(order), items: None, payments: None, customer: None }
    }
}

const ORDER: &str = "o.id, o.number, o.status, o.payment_status, o.fulfillment_status, o.type, o.payment_type, o.currency, \
    o.customer_id, o.customer_name, o.customer_email, o.subtotal_minor, o.shipping_minor, o.tax_minor, o.discount_minor, \
    o.total_minor, o.paid_minor, o.refunded_minor, o.shipping_address, o.billing_address, o.shipping_method_id, \
    o.tracking_number, o.note, o.estimated_delivery, o.ship_by, o.overdue_at, o.held_at, o.external_id, o.search_text, \
    o.event_seq, o.version, o.placed_at, o.created_at, o.updated_at";

const CUSTOMER: &str =
    ", c.id, c.user_id, c.name, c.email, c.phone, c.status, c.external_id, c.search_text, c.created_at, c.updated_at";

/// A correlated subquery that gives rows of a table as one JSON array of arrays.
pub(crate) fn rows_as_json(backend: DbBackend, columns: &[(&str, bool)], table: &str) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|(column, is_id)| match (backend, is_id) {
            // SQLite keeps ids as bytes, which JSON has no form for.
            (DbBackend::Sqlite, true) => format!("nullif(hex(t.{column}), '')"),
            _ => format!("t.{column}"),
        })
        .collect();
    let columns = columns.join(", ");
    match backend {
        DbBackend::Sqlite => format!(
            ", (SELECT json_group_array(json_array({columns}) ORDER BY t.position) FROM {table} t WHERE t.order_id = o.id)"
        ),
        _ => format!(
            ", (SELECT json_agg(json_build_array({columns}) ORDER BY t.position)::text FROM {table} t WHERE t.order_id = o.id)"
        ),
    }
}

const ITEM: &[(&str, bool)] = &[
    ("id", true),
    ("position", false),
    ("store_id", true),
    ("product_id", true),
    ("variant_id", true),
    ("name", false),
    ("sku", false),
    ("image_url", false),
    ("quantity", false),
    ("unit_price_minor", false),
    ("total_minor", false),
    ("stock_taken", false),
];

type ItemRow = (Uuid, i32, Uuid, Option<Uuid>, Option<Uuid>, String, Option<String>, Option<String>, i32, i64, i64, i32);

const PAYMENT: &[(&str, bool)] = &[
    ("id", true),
    ("position", false),
    ("status", false),
    ("type", false),
    ("gateway", false),
    ("currency", false),
    ("amount_minor", false),
    ("authorized_minor", false),
    ("captured_minor", false),
    ("refunded_minor", false),
    ("reference", false),
    ("capture_mode", false),
    ("card_brand", false),
    ("last4", false),
    ("failure_code", false),
    ("failure_message", false),
    ("client_secret", false),
    ("redirect_url", false),
    ("note", false),
    ("method", false),
    ("external_id", false),
    ("created_at", false),
    ("processed_at", false),
    ("looked_at", false),
    ("updated_at", false),
];

/// The columns above as they stand in the array; serde reads a struct from one too.
#[derive(serde::Deserialize)]
struct PaymentRow {
    id: Uuid,
    position: i32,
    status: PaymentStatus,
    kind: PaymentType,
    gateway: PaymentGateway,
    currency: String,
    amount_minor: i64,
    authorized_minor: i64,
    captured_minor: i64,
    refunded_minor: i64,
    reference: Option<String>,
    capture_mode: CaptureMode,
    card_brand: Option<String>,
    last4: Option<String>,
    failure_code: Option<String>,
    failure_message: Option<String>,
    client_secret: Option<String>,
    redirect_url: Option<String>,
    note: Option<String>,
    method: String,
    external_id: Option<String>,
    created_at: i64,
    processed_at: Option<i64>,
    looked_at: Option<i64>,
    updated_at: i64,
}

/// The orders with these ids, in no particular order; those that do not exist are left out.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_ids(conn: &impl ConnectionTrait, ids: &[OrderId], with: With) -> Result<Vec<Whole>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let backend = conn.get_database_backend();
    let (condition, values): (String, Vec<Value>) = match (backend, ids) {
        (_, [id]) => ("o.id = $1".into(), vec![id.0.into()]),
        (DbBackend::Sqlite, ids) => {
            let marks: Vec<String> = (1..=ids.len()).map(|index| format!("${index}")).collect();
            (format!("o.id IN ({})", marks.join(", ")), ids.iter().map(|id| id.0.into()).collect())
        }
        (_, ids) => ("o.id = ANY($1)".into(), vec![ids.iter().map(|id| id.0).collect::<Vec<_>>().into()]),
    };
    let mut sql = format!("SELECT {ORDER}");
    if with.items {
        sql.push_str(&rows_as_json(backend, ITEM, "order_items"));
    }
    if with.payments {
        sql.push_str(&rows_as_json(backend, PAYMENT, "payments"));
    }
    if with.customer {
        sql.push_str(CUSTOMER);
        sql.push_str(" FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE ");
    } else {
        sql.push_str(" FROM orders o WHERE ");
    }
    sql.push_str(&condition);
    let rows = conn.query_all_raw(statement(conn, sql, values)).await?;
    rows.iter().map(|row| whole(row, with)).collect()
}

/// Reads columns one after the other.
struct Columns<'a> {
    row: &'a QueryResult,
    next: usize,
}

impl Columns<'_> {
    fn take<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let value = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(value)
    }

    fn json<T: DeserializeOwned>(&mut self) -> Result<Vec<T>, Fault> {
        let text: Option<String> = self.take()?;
        let parse = |text: String| serde_json::from_str(&text).map_err(|error| Fault::Corrupt(error.to_string()));
        text.map_or_else(|| Ok(Vec::new()), parse)
    }
}

fn whole(row: &QueryResult, with: With) -> Result<Whole, Fault> {
    let mut columns = Columns { row, next: 0 };
    let order = order(&mut columns)?;
    let items = match with.items {
        true => Some(columns.json::<ItemRow>()?.into_iter().map(|row| item(order.id, row)).collect()),
        false => None,
    };
    let payments = match with.payments {
        true => Some(columns.json::<PaymentRow>()?.into_iter().map(|row| payment(order.id, row)).collect()),
        false => None,
    };
    let customer = match with.customer {
        true => Some(customer(&mut columns)?.map(Arc::new)),
        false => None,
    };
    Ok(Whole { order: Arc::new(order), items, payments, customer })
}

fn order(columns: &mut Columns<'_>) -> Result<order::Model, DbErr> {
    Ok(order::Model {
        id: columns.take()?,
        number: columns.take()?,
        status: columns.take()?,
        payment_status: columns.take()?,
        fulfillment_status: columns.take()?,
        kind: columns.take()?,
        payment_type: columns.take()?,
        currency: columns.take()?,
        customer_id: columns.take()?,
        customer_name: columns.take()?,
        customer_email: columns.take()?,
        subtotal_minor: columns.take()?,
        shipping_minor: columns.take()?,
        tax_minor: columns.take()?,
        discount_minor: columns.take()?,
        total_minor: columns.take()?,
        paid_minor: columns.take()?,
        refunded_minor: columns.take()?,
        shipping_address: columns.take()?,
        billing_address: columns.take()?,
        shipping_method_id: columns.take()?,
        tracking_number: columns.take()?,
        note: columns.take()?,
        estimated_delivery: columns.take()?,
        ship_by: columns.take()?,
        overdue_at: columns.take()?,
        held_at: columns.take()?,
        external_id: columns.take()?,
        search_text: columns.take()?,
        event_seq: columns.take()?,
        version: columns.take()?,
        placed_at: columns.take()?,
        created_at: columns.take()?,
        updated_at: columns.take()?,
    })
}

fn customer(columns: &mut Columns<'_>) -> Result<Option<customer::Model>, DbErr> {
    let Some(id) = columns.take::<Option<CustomerId>>()? else { return Ok(None) };
    Ok(Some(customer::Model {
        id,
        user_id: columns.take()?,
        name: columns.take()?,
        email: columns.take()?,
        phone: columns.take()?,
        status: columns.take()?,
        external_id: columns.take()?,
        search_text: columns.take()?,
        created_at: columns.take()?,
        updated_at: columns.take()?,
    }))
}

fn item(order_id: OrderId, row: ItemRow) -> order_item::Model {
    let (id, position, store, product, variant, name, sku, image_url, quantity, unit_price_minor, total_minor, stock_taken) = row;
    order_item::Model {
        id: OrderItemId(id),
        order_id,
        position,
        store_id: StoreId(store),
        product_id: product.map(ProductId),
        variant_id: variant.map(VariantId),
        name,
        sku,
        image_url,
        quantity,
        unit_price_minor,
        total_minor,
        stock_taken,
    }
}

fn payment(order_id: OrderId, row: PaymentRow) -> payment::Model {
    payment::Model {
        id: PaymentId(row.id),
        order_id,
        position: row.position,
        status: row.status,
        kind: row.kind,
        gateway: row.gateway,
        currency: row.currency,
        amount_minor: row.amount_minor,
        authorized_minor: row.authorized_minor,
        captured_minor: row.captured_minor,
        refunded_minor: row.refunded_minor,
        reference: row.reference,
        capture_mode: row.capture_mode,
        card_brand: row.card_brand,
        last4: row.last4,
        failure_code: row.failure_code,
        failure_message: row.failure_message,
        client_secret: row.client_secret,
        redirect_url: row.redirect_url,
        note: row.note,
        method: row.method,
        external_id: row.external_id,
        created_at: Timestamp(row.created_at),
        processed_at: row.processed_at.map(Timestamp),
        looked_at: row.looked_at.map(Timestamp),
        updated_at: Timestamp(row.updated_at),
    }
}
