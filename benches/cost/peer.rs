//! The peer: the same JSON made by one prepared SQL statement.

use entity::id::OrderId;
use ordergraph::db::{Db, statement};
use sea_orm::{ConnectionTrait as _, DbBackend, Value};

use super::server::{cpu_of, cpu_of_postgres};

/// CPU milliseconds per statement, of this process and of the database.
async fn cost(db: &Db, times: usize, sql: &str, values: impl Fn(usize) -> Vec<Value>) -> f64 {
    let on_postgres = db.backend() == DbBackend::Postgres;
    let total = || cpu_of(std::process::id()) + if on_postgres { cpu_of_postgres() } else { 0.0 };
    let before = total();
    for index in 0..times {
        let row = db.writer().query_one_raw(statement(db.writer(), sql, values(index))).await.expect("the statement");
        let text: String = row.expect("a row").try_get_by_index(0).expect("JSON as text");
        assert!(text.len() > 10);
    }
    (total() - before) * 1_000.0 / times as f64
}

fn order_json(backend: DbBackend) -> String {
    let (object, array, cast) = match backend {
        DbBackend::Postgres => ("json_build_object", "json_agg", "::text"),
        _ => ("json_object", "json_group_array", ""),
    };
    let id = |column: &str| if backend == DbBackend::Postgres { column.to_owned() } else { format!("hex({column})") };
    let json = |value: &str| if backend == DbBackend::Postgres { value.to_owned() } else { format!("json({value})") };
    let items = json(&format!(
        "(SELECT {array}({object}('id', {}, 'name', i.name, 'sku', i.sku, 'quantity', i.quantity, 'unitPrice', i.unit_price_minor, \
         'total', i.total_minor)) FROM order_items i WHERE i.order_id = o.id)",
        id("i.id")
    ));
    let payments = json(&format!(
        "(SELECT {array}({object}('id', {}, 'status', p.status, 'type', p.type, 'amount', p.amount_minor)) \
         FROM payments p WHERE p.order_id = o.id)",
        id("p.id")
    ));
    format!(
        "{object}('id', {}, 'number', o.number, 'status', o.status, 'paymentStatus', o.payment_status, 'placedAt', o.placed_at, \
         'currency', o.currency, 'subtotal', o.subtotal_minor, 'shipping', o.shipping_minor, 'tax', o.tax_minor, \
         'discount', o.discount_minor, 'total', o.total_minor, \
         'customer', {object}('id', {}, 'name', c.name, 'email', c.email), 'items', {items}, 'payments', {payments}){cast}",
        id("o.id"),
        id("c.id")
    )
}

/// The newest 20 orders with their relations.
pub async fn listing(db: &Db, times: usize) -> f64 {
    let order = order_json(db.backend());
    let rows = format!(
        "SELECT {order} AS doc FROM orders o LEFT JOIN customers c ON c.id = o.customer_id ORDER BY o.placed_at DESC, o.id DESC LIMIT 20"
    );
    let sql = match db.backend() {
        DbBackend::Postgres => format!("SELECT string_agg(doc, ',') FROM ({rows}) AS d"),
        _ => format!("SELECT group_concat(doc, ',') FROM ({rows}) AS d"),
    };
    cost(db, times, &sql, |_| Vec::new()).await
}

/// One order with its relations.
pub async fn one(db: &Db, times: usize, ids: &[OrderId]) -> f64 {
    let order = order_json(db.backend());
    let sql = format!("SELECT {order} FROM orders o LEFT JOIN customers c ON c.id = o.customer_id WHERE o.id = $1");
    cost(db, times, &sql, |index| vec![ids[index % ids.len()].0.into()]).await
}

/// An order of two lines with its event, stock taken, in one statement of its own transaction; on SQLite, which has no
/// statement that writes to several tables, the order's row alone.
pub async fn create(db: &Db, times: usize) -> f64 {
    let columns = "id, number, status, payment_status, fulfillment_status, type, currency, customer_id, customer_name, customer_email, \
                   subtotal_minor, total_minor, search_text, event_seq, version, placed_at, created_at, updated_at";
    let copied = "'PENDING', 'UNPAID', 'UNFULFILLED', 'STANDARD', o.currency, o.customer_id, o.customer_name, o.customer_email, \
                  o.subtotal_minor, o.total_minor, o.search_text, 1, 1, o.placed_at, o.created_at, o.updated_at \
                  FROM (SELECT * FROM orders LIMIT 1) o";
    let insert = format!("INSERT INTO orders ({columns}) SELECT $1, $2, {copied}");
    let sql = match db.backend() {
        DbBackend::Postgres => format!(
            "WITH placed AS ({insert} RETURNING id, number), \
             goods AS (SELECT * FROM product_variants ORDER BY id LIMIT 2), \
             taken AS (UPDATE product_variants v SET available = v.available - 1, sold = v.sold + 1 FROM goods g \
                       WHERE v.id = g.id AND v.available >= 1 RETURNING v.id), \
             lines AS (INSERT INTO order_items (id, order_id, position, store_id, product_id, variant_id, name, sku, quantity, \
                       unit_price_minor, total_minor, stock_taken) \
                       SELECT gen_random_uuid(), $1, row_number() OVER () - 1, p.store_id, p.id, g.id, p.name, g.sku, 1, g.price_minor, \
                       g.price_minor, 1 FROM goods g JOIN products p ON p.id = g.product_id), \
             told AS (INSERT INTO events (subject, subject_id, order_id, seq, version, kind, actor, occurred_at, recorded_at) \
                      VALUES ('ORDER', $1, $1, 1, 1, 'ORDER_CREATED', 'ADMIN', 0, 0)) \
             SELECT json_build_object('id', id, 'number', number, 'taken', (SELECT count(*) FROM taken))::text FROM placed"
        ),
        _ => format!("{insert} RETURNING json_object('id', hex(id), 'number', number)"),
    };
    let id = || uuid::Uuid::now_v7();
    cost(db, times, &sql, |index| vec![id().into(), format!("PEER-{index}").into()]).await
}
