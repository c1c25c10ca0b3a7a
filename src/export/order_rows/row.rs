//! What is read of orders, their lines and payments.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use crate::export::{column::OrderColumn, read::by_ids};

/// Columns of `orders` that are read, in the order of [`At`].
const ORDER: &str = "id, number, status, payment_status, fulfillment_status, type, payment_type, currency, customer_id, \
    customer_name, customer_email, subtotal_minor, shipping_minor, tax_minor, discount_minor, total_minor, paid_minor, \
    refunded_minor, tracking_number, note, estimated_delivery, ship_by, held_at, external_id, placed_at, created_at, updated_at";

/// Where each of them is.
#[derive(Clone, Copy)]
pub(super) enum At {
    Id,
    Number,
    Status,
    PaymentStatus,
    FulfillmentStatus,
    Type,
    PaymentType,
    Currency,
    CustomerId,
    CustomerName,
    CustomerEmail,
    Subtotal,
    Shipping,
    Tax,
    Discount,
    Total,
    Paid,
    Refunded,
    TrackingNumber,
    Note,
    EstimatedDelivery,
    ShipBy,
    HeldAt,
    ExternalId,
    PlacedAt,
    CreatedAt,
    UpdatedAt,
    ShippingAddress,
    BillingAddress,
}

/// A line of an order.
pub(super) struct Item {
    pub(super) id: Uuid,
    pub(super) order: Uuid,
    pub(super) position: i32,
    pub(super) store: Uuid,
    pub(super) product: Option<Uuid>,
    pub(super) variant: Option<Uuid>,
    pub(super) name: String,
    pub(super) sku: Option<String>,
    pub(super) quantity: i32,
    pub(super) unit_price: i64,
    pub(super) total: i64,
}

/// A payment, as far as a file of orders tells of it.
pub(super) struct Paid {
    pub(super) method: String,
    pub(super) reference: Option<String>,
}

/// The orders, with the addresses when a column asks for them.
pub(super) async fn orders(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
    columns: &[OrderColumn],
) -> Result<HashMap<Uuid, QueryResult>, DbErr> {
    let addresses = match columns.iter().any(|column| column.needs_address()) {
        true => ", shipping_address, billing_address",
        false => "",
    };
    let rows = by_ids(conn, &format!("SELECT {ORDER}{addresses} FROM orders WHERE id"), ids, "").await?;
    rows.into_iter().map(|row| Ok((row.try_get_by_index(At::Id as usize)?, row))).collect()
}

/// Lines by their ids or by those of their orders, in their order.
pub(super) async fn items(conn: &impl ConnectionTrait, by: &str, ids: &[Uuid]) -> Result<Vec<Item>, DbErr> {
    let sql = format!(
        "SELECT id, order_id, position, store_id, product_id, variant_id, name, sku, quantity, unit_price_minor, total_minor \
         FROM order_items WHERE {by}"
    );
    let item = |row: &QueryResult| {
        Ok::<_, DbErr>(Item {
            id: row.try_get_by_index(0)?,
            order: row.try_get_by_index(1)?,
            position: row.try_get_by_index(2)?,
            store: row.try_get_by_index(3)?,
            product: row.try_get_by_index(4)?,
            variant: row.try_get_by_index(5)?,
            name: row.try_get_by_index(6)?,
            sku: row.try_get_by_index(7)?,
            quantity: row.try_get_by_index(8)?,
            unit_price: row.try_get_by_index(9)?,
            total: row.try_get_by_index(10)?,
        })
    };
    by_ids(conn, &sql, ids, "ORDER BY order_id, position").await?.iter().map(item).collect()
}

/// The payments of orders, in their order, when a column asks for them.
pub(super) async fn payments(
    conn: &impl ConnectionTrait,
    ids: &[Uuid],
    columns: &[OrderColumn],
) -> Result<HashMap<Uuid, Vec<Paid>>, DbErr> {
    let mut found: HashMap<Uuid, Vec<Paid>> = HashMap::new();
    if columns.iter().any(|column| column.needs_payments()) {
        let sql = "SELECT order_id, method, reference FROM payments WHERE order_id";
        for row in by_ids(conn, sql, ids, "ORDER BY order_id, position").await? {
            let paid = Paid { method: row.try_get_by_index(1)?, reference: row.try_get_by_index(2)? };
            found.entry(row.try_get_by_index(0)?).or_default().push(paid);
        }
    }
    Ok(found)
}
