//! Lines of files of orders and of their lines.

use std::collections::HashMap;

use entity::stored::PaymentType;
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{
    column::OrderColumn,
    read::{self, Reading, by_ids, label, money},
};
use crate::{fault::Fault, order::address::OrderAddress};

/// Columns of `orders` that are read, in the order of [`At`].
const ORDER: &str = "id, number, status, payment_status, fulfillment_status, type, payment_type, currency, customer_id, \
    customer_name, customer_email, subtotal_minor, shipping_minor, tax_minor, discount_minor, total_minor, paid_minor, \
    refunded_minor, tracking_number, note, estimated_delivery, ship_by, held_at, external_id, placed_at, created_at, updated_at";

/// Where each of them is.
#[derive(Clone, Copy)]
enum At {
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
struct Item {
    id: Uuid,
    order: Uuid,
    position: i32,
    store: Uuid,
    product: Option<Uuid>,
    variant: Option<Uuid>,
    name: String,
    sku: Option<String>,
    quantity: i32,
    unit_price: i64,
    total: i64,
}

/// A payment, as far as a file of orders tells of it.
struct Paid {
    method: String,
    reference: Option<String>,
}

/// Writes some orders, a line each or a line an item, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn orders(
    conn: &impl ConnectionTrait,
    reading: &mut Reading<'_>,
    ids: &[Uuid],
    columns: &[OrderColumn],
    by_item: bool,
) -> Result<(), Fault> {
    let rows = order_rows(conn, ids, columns).await?;
    let mut items: HashMap<Uuid, Vec<Item>> = HashMap::new();
    if by_item || columns.iter().any(|column| column.needs_items()) {
        for item in item_rows(conn, "order_id", ids).await? {
            items.entry(item.order).or_default().push(item);
        }
    }
    let payments = payments(conn, ids, columns).await?;
    for id in ids {
        // An order that was deleted meanwhile is left out.
        let Some(row) = rows.get(id) else { continue };
        let lines = items.get(id).map_or(&[][..], Vec::as_slice);
        let order = Order { row, lines, payments: payments.get(id).map_or(&[][..], Vec::as_slice) };
        if !by_item {
            order.write(reading, columns, None)?;
        }
        for line in lines.iter().filter(|_| by_item) {
            order.write(reading, columns, Some(line))?;
        }
    }
    Ok(())
}

/// Writes some lines of orders, in the order of their ids.
///
/// # Errors
/// When the database fails.
pub async fn items(
    conn: &impl ConnectionTrait,
    reading: &mut Reading<'_>,
    ids: &[Uuid],
    columns: &[OrderColumn],
) -> Result<(), Fault> {
    let found: HashMap<Uuid, Item> = item_rows(conn, "id", ids).await?.into_iter().map(|item| (item.id, item)).collect();
    let mut of: Vec<Uuid> = found.values().map(|item| item.order).collect();
    of.sort_unstable();
    of.dedup();
    let rows = order_rows(conn, &of, columns).await?;
    let mut all: HashMap<Uuid, Vec<Item>> = HashMap::new();
    if columns.iter().any(|column| column.needs_items()) {
        for item in item_rows(conn, "order_id", &of).await? {
            all.entry(item.order).or_default().push(item);
        }
    }
    let payments = payments(conn, &of, columns).await?;
    for item in ids.iter().filter_map(|id| found.get(id)) {
        let Some(row) = rows.get(&item.order) else { continue };
        let lines = all.get(&item.order).map_or(&[][..], Vec::as_slice);
        let order = Order { row, lines, payments: payments.get(&item.order).map_or(&[][..], Vec::as_slice) };
        order.write(reading, columns, Some(item))?;
    }
    Ok(())
}

async fn order_rows(
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

async fn item_rows(conn: &impl ConnectionTrait, by: &str, ids: &[Uuid]) -> Result<Vec<Item>, DbErr> {
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

async fn payments(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[OrderColumn]) -> Result<HashMap<Uuid, Vec<Paid>>, DbErr> {
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

/// An order with what belongs to it.
struct Order<'a> {
    row: &'a QueryResult,
    lines: &'a [Item],
    payments: &'a [Paid],
}

impl Order<'_> {
    fn write(&self, reading: &mut Reading<'_>, columns: &[OrderColumn], item: Option<&Item>) -> Result<(), Fault> {
        let currency = read::currency(&self.text(At::Currency)?)?;
        let mut addresses = Addresses::default();
        for column in columns {
            use OrderColumn as C;
            let amount = |at: At| Ok::<_, DbErr>(money(self.number(at)?, currency));
            match column {
                C::Number => reading.lines.cell(&self.text(At::Number)?),
                C::Date => reading.minute(self.number(At::PlacedAt)?),
                C::Customer => reading.lines.cell(&self.text(At::CustomerName)?),
                C::Email => self.optional(reading, At::CustomerEmail)?,
                C::Items => {
                    reading.lines.cell(&listed(self.lines.iter().map(|line| format!("{} (x{})", line.name, line.quantity))))
                }
                C::Total => reading.lines.cell(&amount(At::Total)?),
                C::Status => reading.lines.cell(&label(&self.text(At::Status)?)),
                C::PaymentMethod => reading.lines.cell(&self.methods()?),
                C::PaymentStatus => reading.lines.cell(&self.text(At::PaymentStatus)?),
                C::Id => reading.id("order", Some(self.id(At::Id)?)),
                C::ExternalId => self.optional(reading, At::ExternalId)?,
                C::Currency => reading.lines.cell(currency.code()),
                C::Subtotal => reading.lines.cell(&amount(At::Subtotal)?),
                C::Shipping => reading.lines.cell(&amount(At::Shipping)?),
                C::Tax => reading.lines.cell(&amount(At::Tax)?),
                C::Discount => reading.lines.cell(&amount(At::Discount)?),
                C::Paid => reading.lines.cell(&amount(At::Paid)?),
                C::Refunded => reading.lines.cell(&amount(At::Refunded)?),
                C::FulfillmentStatus => reading.lines.cell(&self.text(At::FulfillmentStatus)?),
                C::Type => reading.lines.cell(&self.text(At::Type)?),
                C::PaymentReferences => {
                    let references = self.payments.iter().filter_map(|paid| paid.reference.clone());
                    reading.lines.cell(&listed(references));
                }
                C::CustomerId => reading.id("customer", self.row.try_get_by_index(At::CustomerId as usize)?),
                C::Pieces => {
                    let pieces: i64 = self.lines.iter().map(|line| i64::from(line.quantity)).sum();
                    reading.lines.cell(&pieces.to_string());
                }
                C::Stores => {
                    let mut names: Vec<&str> = Vec::new();
                    for line in self.lines {
                        let name = reading.store(line.store);
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                    let names = names.join(", ");
                    reading.lines.cell(&names);
                }
                C::Skus => reading.lines.cell(&listed(self.lines.iter().filter_map(|line| line.sku.clone()))),
                C::ShippingName
                | C::ShippingPhone
                | C::ShippingStreet
                | C::ShippingCity
                | C::ShippingState
                | C::ShippingCountry
                | C::ShippingZip => {
                    let part = addresses.shipping(self)?.and_then(|address| part(address, *column));
                    reading.lines.cell(part.unwrap_or_default());
                }
                C::BillingName | C::BillingStreet | C::BillingCity | C::BillingState | C::BillingCountry | C::BillingZip => {
                    let part = addresses.billing(self)?.and_then(|address| part(address, *column));
                    reading.lines.cell(part.unwrap_or_default());
                }
                C::TrackingNumber => self.optional(reading, At::TrackingNumber)?,
                C::Note => self.optional(reading, At::Note)?,
                C::EstimatedDelivery => self.optional(reading, At::EstimatedDelivery)?,
                C::ShipBy => reading.second(self.row.try_get_by_index(At::ShipBy as usize)?),
                C::HeldSince => reading.second(self.row.try_get_by_index(At::HeldAt as usize)?),
                C::PlacedAt => reading.second(Some(self.number(At::PlacedAt)?)),
                C::CreatedAt => reading.second(Some(self.number(At::CreatedAt)?)),
                C::UpdatedAt => reading.second(Some(self.number(At::UpdatedAt)?)),
                C::Line => reading.lines.cell(&item.map(|item| (i64::from(item.position) + 1).to_string()).unwrap_or_default()),
                C::ItemId => reading.id("item", item.map(|item| item.id)),
                C::Item => reading.lines.cell(item.map_or("", |item| &item.name)),
                C::Sku => reading.lines.cell(item.and_then(|item| item.sku.as_deref()).unwrap_or_default()),
                C::Quantity => reading.lines.cell(&item.map(|item| item.quantity.to_string()).unwrap_or_default()),
                C::UnitPrice => reading.lines.cell(&item.map(|item| money(item.unit_price, currency)).unwrap_or_default()),
                C::LineTotal => reading.lines.cell(&item.map(|item| money(item.total, currency)).unwrap_or_default()),
                C::Store => {
                    let name = item.map(|item| reading.store(item.store).to_owned()).unwrap_or_default();
                    reading.lines.cell(&name);
                }
                C::ProductId => reading.id("product", item.and_then(|item| item.product)),
                C::VariantId => reading.id("variant", item.and_then(|item| item.variant)),
            }
        }
        reading.end();
        Ok(())
    }

    fn text(&self, at: At) -> Result<String, DbErr> {
        self.row.try_get_by_index(at as usize)
    }

    fn number(&self, at: At) -> Result<i64, DbErr> {
        self.row.try_get_by_index(at as usize)
    }

    fn id(&self, at: At) -> Result<Uuid, DbErr> {
        self.row.try_get_by_index(at as usize)
    }

    fn optional(&self, reading: &mut Reading<'_>, at: At) -> Result<(), DbErr> {
        let text: Option<String> = self.row.try_get_by_index(at as usize)?;
        reading.lines.cell(text.as_deref().unwrap_or_default());
        Ok(())
    }

    /// How its payments are called, each once; what the buyer means to pay with while there is none.
    fn methods(&self) -> Result<String, DbErr> {
        if self.payments.is_empty() {
            let meant: Option<String> = self.row.try_get_by_index(At::PaymentType as usize)?;
            return Ok(meant.as_deref().and_then(PaymentType::from_text).map(|kind| label(kind.as_str())).unwrap_or_default());
        }
        let mut methods: Vec<&str> = Vec::new();
        for paid in self.payments {
            if !methods.contains(&paid.method.as_str()) {
                methods.push(&paid.method);
            }
        }
        Ok(methods.join(", "))
    }
}

/// The addresses of an order, read when a column asks for them.
#[derive(Default)]
struct Addresses {
    shipping: Option<Option<OrderAddress>>,
    billing: Option<Option<OrderAddress>>,
}

impl Addresses {
    fn shipping(&mut self, order: &Order<'_>) -> Result<Option<&OrderAddress>, Fault> {
        known(&mut self.shipping, order, At::ShippingAddress)
    }

    fn billing(&mut self, order: &Order<'_>) -> Result<Option<&OrderAddress>, Fault> {
        known(&mut self.billing, order, At::BillingAddress)
    }
}

fn known<'a>(slot: &'a mut Option<Option<OrderAddress>>, order: &Order<'_>, at: At) -> Result<Option<&'a OrderAddress>, Fault> {
    if slot.is_none() {
        let text: Option<String> = order.row.try_get_by_index(at as usize)?;
        let read = text.map(|text| serde_json::from_str(&text)).transpose();
        *slot = Some(read.map_err(|error| Fault::Corrupt(format!("address of an order: {error}")))?);
    }
    Ok(slot.as_ref().and_then(Option::as_ref))
}

fn part(address: &OrderAddress, column: OrderColumn) -> Option<&str> {
    use OrderColumn as C;
    let part = match column {
        C::ShippingName | C::BillingName => &address.full_name,
        C::ShippingPhone => &address.phone,
        C::ShippingStreet | C::BillingStreet if address.free_text.is_some() => &address.free_text,
        C::ShippingStreet | C::BillingStreet => &address.street_address,
        C::ShippingCity | C::BillingCity => &address.city,
        C::ShippingState | C::BillingState => &address.state,
        C::ShippingCountry | C::BillingCountry => &address.country,
        C::ShippingZip | C::BillingZip => &address.zip_code,
        _ => &None,
    };
    part.as_deref()
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&part);
    }
    text
}
