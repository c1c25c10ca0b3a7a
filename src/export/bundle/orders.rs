//! Orders with their lines, payments and reviews.

use std::{collections::HashMap, path::Path};

use entity::{
    stored::{OrderStatus, PaymentStatus, PaymentType},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{BundleError, Table, called, parties::Goods, text, word};
use crate::{
    event::Change,
    export::read::{by_ids, currency, money},
    fault::Fault,
    import::{
        assemble::{implied, settled_at},
        bundle::{BILLING, SHIPPING, method_of},
        history,
        record::Times,
        time::written,
    },
    money::Currency,
    order::address::OrderAddress,
};

const ORDERS: &str = "SELECT id, external_id, number, customer_id, customer_name, customer_email, status, type, currency, \
    placed_at, shipping_minor, tax_minor, discount_minor, shipping_address, billing_address, estimated_delivery, \
    tracking_number, note, payment_type, ship_by, held_at FROM orders WHERE id";

const ITEMS: &str =
    "SELECT order_id, store_id, product_id, sku, name, quantity, unit_price_minor FROM order_items WHERE order_id";

const PAYMENTS: &str = "SELECT order_id, position, type, gateway, status, amount_minor, captured_minor, refunded_minor, \
    reference, method, processed_at, created_at FROM payments WHERE order_id";

const HOLDS: &str = "SELECT order_id, reason, note FROM order_holds WHERE released_at IS NULL AND order_id";

const REVIEWS: &str =
    "SELECT order_id, id, external_id, rating, title, content, created_at, answered_at FROM reviews WHERE order_id";

const EVENTS: &str = "SELECT order_id, changes, reason, occurred_at FROM events WHERE changes LIKE '%\"status\"%' AND order_id";

const TIMES: [&str; 9] = [
    "confirmed_at",
    "processing_at",
    "shipped_at",
    "out_for_delivery_at",
    "delivered_at",
    "cancelled_at",
    "returned_at",
    "damaged_at",
    "refunded_at",
];

/// The four files.
pub struct Files {
    orders: Table,
    items: Table,
    payments: Table,
    reviews: Table,
}

/// The rows of one table by order.
type ByOrder = HashMap<Uuid, Vec<QueryResult>>;

impl Files {
    /// Creates them with their headers.
    pub fn create(folder: &Path) -> Result<Self, BundleError> {
        let mut header = vec!["id", "number", "customer", "customer_name", "customer_email", "status", "type", "payment_type"];
        header.extend(["currency", "placed_at"]);
        header.extend(TIMES);
        header.extend(["cancel_reason", "shipping", "tax", "discount"]);
        header.extend(SHIPPING);
        header.extend(BILLING);
        header.extend(["estimated_delivery", "tracking_number", "note", "ship_by", "held_at", "hold_reason", "hold_note"]);
        Ok(Self {
            orders: Table::create(folder, "orders.csv", &header)?,
            items: Table::create(
                folder,
                "items.csv",
                &["order", "line", "store", "product", "sku", "name", "quantity", "unit_price"],
            )?,
            payments: Table::create(
                folder,
                "payments.csv",
                &[
                    "order",
                    "sequence",
                    "type",
                    "gateway",
                    "status",
                    "amount",
                    "captured",
                    "refunded",
                    "reference",
                    "method",
                    "created_at",
                    "paid_at",
                ],
            )?,
            reviews: Table::create(
                folder,
                "reviews.csv",
                &["id", "order", "rating", "title", "content", "created_at", "answered_at"],
            )?,
        })
    }

    /// Writes what is left.
    pub fn finish(self) -> Result<(), BundleError> {
        for table in [self.orders, self.items, self.payments, self.reviews] {
            table.finish()?;
        }
        Ok(())
    }

    /// Adds some orders; how many rows they made.
    pub(crate) async fn add(&mut self, conn: &impl ConnectionTrait, goods: &Goods, ids: &[Uuid]) -> Result<u64, BundleError> {
        let rows = by_ids(conn, ORDERS, ids, "").await?;
        let orders: HashMap<Uuid, QueryResult> =
            rows.into_iter().map(|row| Ok((row.try_get_by_index(0)?, row))).collect::<Result<_, DbErr>>()?;
        let items = by_order(conn, ITEMS, ids, "ORDER BY order_id, position, id").await?;
        let payments = by_order(conn, PAYMENTS, ids, "ORDER BY order_id, position").await?;
        let holds = by_order(conn, HOLDS, ids, "ORDER BY order_id, id").await?;
        let reviews = by_order(conn, REVIEWS, ids, "").await?;
        let mut events = by_order(conn, EVENTS, ids, "ORDER BY order_id, seq").await?;
        let mut count = 0;
        for (id, row) in ids.iter().filter_map(|id| Some((id, orders.get(id)?))) {
            let order = Order::read(row, &events.remove(id).unwrap_or_default())?;
            let [payment, hold] = [&payments, &holds].map(|rows| rows.get(id).and_then(|rows| rows.first()));
            self.orders.row(&order.cells(row, (payment, hold), goods)?)?;
            for (place, row) in items.get(id).into_iter().flatten().enumerate() {
                self.items.row(&order.item(place, row, goods)?)?;
                count += 1;
            }
            for row in payments.get(id).into_iter().flatten() {
                self.payments.row(&order.payment(row)?)?;
                count += 1;
            }
            let mut reviews: Vec<Vec<String>> =
                reviews.get(id).into_iter().flatten().map(|row| order.review(row)).collect::<Result<_, _>>()?;
            reviews.sort_unstable();
            for review in &reviews {
                self.reviews.row(review)?;
                count += 1;
            }
            count += 1;
        }
        Ok(count)
    }
}

async fn by_order(conn: &impl ConnectionTrait, begin: &str, ids: &[Uuid], end: &str) -> Result<ByOrder, DbErr> {
    let mut found = ByOrder::new();
    for row in by_ids(conn, begin, ids, end).await? {
        found.entry(row.try_get_by_index(0)?).or_default().push(row);
    }
    Ok(found)
}

/// What the rows of an order share.
struct Order {
    name: String,
    currency: Currency,
    status: OrderStatus,
    times: Times,
    cancel_reason: Option<String>,
}

fn number(row: &QueryResult, index: usize) -> Result<i64, DbErr> {
    row.try_get_by_index(index)
}

fn cell(row: &QueryResult, index: usize) -> Result<Option<String>, DbErr> {
    row.try_get_by_index(index)
}

fn time(row: &QueryResult, index: usize) -> Result<Option<Timestamp>, DbErr> {
    row.try_get_by_index(index)
}

fn id(row: &QueryResult, index: usize) -> Result<Option<Uuid>, DbErr> {
    row.try_get_by_index(index)
}

impl Order {
    fn read(row: &QueryResult, events: &[QueryResult]) -> Result<Self, BundleError> {
        let own = id(row, 0)?.unwrap_or_default();
        let status = word(cell(row, 6)?);
        let status = OrderStatus::from_text(&status).ok_or_else(|| Fault::Corrupt(format!("status {status}")))?;
        let placed = Timestamp(number(row, 9)?);
        let (times, cancel_reason) = lived(placed, events)?;
        Ok(Self {
            name: called("order", own, cell(row, 1)?),
            currency: currency(&word(cell(row, 8)?))?,
            status,
            times: history::told(status, &times),
            cancel_reason: cancel_reason.filter(|_| status == OrderStatus::Cancelled),
        })
    }

    fn amount(&self, minor: i64) -> String {
        money(minor, self.currency)
    }

    /// Of the order's row, its first payment and what it is held for.
    fn cells(
        &self,
        row: &QueryResult,
        (payment, hold): (Option<&QueryResult>, Option<&QueryResult>),
        goods: &Goods,
    ) -> Result<Vec<String>, BundleError> {
        let meant = match (cell(row, 18)?, payment) {
            (None, Some(payment)) => cell(payment, 2)?,
            (meant, _) => meant,
        };
        let customer = id(row, 3)?.and_then(|id| goods.customers.get(&id)).cloned().unwrap_or_default();
        let mut cells = vec![
            self.name.clone(),
            word(cell(row, 2)?),
            customer,
            word(cell(row, 4)?),
            word(cell(row, 5)?),
            self.status.as_str().to_owned(),
            word(cell(row, 7)?),
            word(meant),
            self.currency.code().to_owned(),
            written(self.times.placed),
        ];
        let Times { confirmed, processing, shipped, out_for_delivery, delivered, cancelled, returned, damaged, refunded, .. } =
            self.times;
        let times = [confirmed, processing, shipped, out_for_delivery, delivered, cancelled, returned, damaged, refunded];
        cells.extend(times.map(|at| at.map(written).unwrap_or_default()));
        cells.push(text(self.cancel_reason.clone()));
        for index in [10, 11, 12] {
            cells.push(self.amount(number(row, index)?));
        }
        for index in [13, 14] {
            cells.extend(address(cell(row, index)?)?);
        }
        cells.extend([word(cell(row, 15)?), word(cell(row, 16)?), text(cell(row, 17)?)]);
        cells.extend([time(row, 19)?, time(row, 20)?].map(|at| at.map(written).unwrap_or_default()));
        let (reason, words) = match hold {
            Some(hold) => (cell(hold, 1)?, cell(hold, 2)?),
            None => (None, None),
        };
        cells.extend([word(reason), text(words)]);
        Ok(cells)
    }

    fn item(&self, place: usize, row: &QueryResult, goods: &Goods) -> Result<Vec<String>, BundleError> {
        let store = id(row, 1)?.and_then(|id| goods.stores.get(&id)).cloned().unwrap_or_default();
        let (product, usual_sku) = id(row, 2)?.and_then(|id| goods.products.get(&id)).cloned().unwrap_or_default();
        let sku = Some(word(cell(row, 3)?)).filter(|sku| !sku.is_empty()).unwrap_or(usual_sku);
        let quantity: i32 = row.try_get_by_index(5)?;
        Ok(vec![
            self.name.clone(),
            (place + 1).to_string(),
            store,
            product,
            sku,
            word(cell(row, 4)?),
            quantity.to_string(),
            self.amount(number(row, 6)?),
        ])
    }

    fn payment(&self, row: &QueryResult) -> Result<Vec<String>, BundleError> {
        let position: i32 = row.try_get_by_index(1)?;
        let (kind, status) = (word(cell(row, 2)?), word(cell(row, 4)?));
        let state = PaymentStatus::from_text(&status).ok_or_else(|| Fault::Corrupt(format!("payment status {status}")))?;
        let (amount, captured, refunded) = (number(row, 5)?, number(row, 6)?, number(row, 7)?);
        let usual = implied(state, amount, None).0;
        let then_refunded = implied(state, amount, Some(captured)).1;
        let unless = |known: i64, usual: i64| if known == usual { String::new() } else { self.amount(known) };
        let method = word(cell(row, 9)?);
        let paid_at = settled_at(time(row, 10)?, state, &self.times);
        Ok(vec![
            self.name.clone(),
            position.to_string(),
            kind.clone(),
            word(cell(row, 3)?),
            status,
            self.amount(amount),
            unless(captured, usual),
            unless(refunded, then_refunded),
            word(cell(row, 8)?),
            match (method.is_empty(), PaymentType::from_text(&kind)) {
                (true, Some(kind)) => method_of(kind).to_owned(),
                _ => method,
            },
            written(Timestamp(number(row, 11)?)),
            paid_at.map(written).unwrap_or_default(),
        ])
    }

    fn review(&self, row: &QueryResult) -> Result<Vec<String>, BundleError> {
        let own = called("review", id(row, 1)?.unwrap_or_default(), cell(row, 2)?);
        let rating: i32 = row.try_get_by_index(3)?;
        // The key of an imported one has the order's behind it.
        let own = own.strip_suffix(&self.name).and_then(|own| own.strip_suffix('/')).map(str::to_owned).unwrap_or(own);
        Ok(vec![
            own,
            self.name.clone(),
            rating.to_string(),
            text(cell(row, 4)?),
            text(cell(row, 5)?),
            time(row, 6)?.map(written).unwrap_or_default(),
            time(row, 7)?.map(written).unwrap_or_default(),
        ])
    }
}

/// When an order came to each status, the last time counting, and why it was called off.
fn lived(placed: Timestamp, events: &[QueryResult]) -> Result<(Times, Option<String>), BundleError> {
    let (mut times, mut cancel_reason) = (Times::placed(placed), None);
    for event in events {
        let changes = word(cell(event, 1)?);
        let changes: Vec<Change> =
            serde_json::from_str(&changes).map_err(|error| Fault::Corrupt(format!("changes of an event: {error}")))?;
        let at = time(event, 3)?;
        for status in changes.iter().filter(|change| change.field == "status").filter_map(|change| change.new.as_str()) {
            let place = match OrderStatus::from_text(status) {
                Some(OrderStatus::Confirmed) => &mut times.confirmed,
                Some(OrderStatus::Processing) => &mut times.processing,
                Some(OrderStatus::Shipped) => &mut times.shipped,
                Some(OrderStatus::OutForDelivery) => &mut times.out_for_delivery,
                Some(OrderStatus::Delivered) => &mut times.delivered,
                Some(OrderStatus::Cancelled) => {
                    cancel_reason = cell(event, 2)?;
                    &mut times.cancelled
                }
                Some(OrderStatus::Returned) => &mut times.returned,
                Some(OrderStatus::Damaged) => &mut times.damaged,
                Some(OrderStatus::Refunded) => &mut times.refunded,
                Some(OrderStatus::Pending) | None => continue,
            };
            *place = at;
        }
    }
    Ok((times, cancel_reason))
}

fn address(document: Option<String>) -> Result<[String; 9], BundleError> {
    let Some(document) = document else { return Ok(Default::default()) };
    let address: OrderAddress =
        serde_json::from_str(&document).map_err(|error| Fault::Corrupt(format!("address of an order: {error}")))?;
    let OrderAddress { full_name, street_address, city, state, country, zip_code, email, phone, free_text } = address;
    Ok([full_name, street_address, city, state, country, zip_code, email, phone, free_text].map(word))
}
