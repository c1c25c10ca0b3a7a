//! Writing a new order with its lines and its first event, and taking its goods out of stock.
//!
//! PostgreSQL does it all in one statement: a round trip costs as much as the writing. SQLite has no statement that writes
//! to several tables, and no round trips either.

use std::sync::LazyLock;

use entity::{event, id::VariantId, order, order_item, stored::EventSubject, time::Timestamp};
use sea_orm::{
    ActiveModelTrait as _, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, IdenStatic as _, IntoActiveModel,
    Iterable as _, ModelTrait as _, Value,
};

use crate::{
    db::statement,
    event::{Change, NewEvent, OrderPlace, Origin, row},
    fault::Fault,
    inventory::{self, uuids},
};

/// Takes the goods of a new order out of stock and writes it. Its goods are locked already.
///
/// # Errors
/// [`Fault::Internal`] when the locked stock changed all the same; then nothing may be committed.
pub(crate) async fn place(
    tx: &DatabaseTransaction,
    origin: &Origin,
    order: &order::Model,
    items: Vec<order_item::Model>,
    changes: &[Change],
    now: Timestamp,
) -> Result<(), Fault> {
    let created = NewEvent {
        subject: EventSubject::Order,
        subject_id: order.id.0,
        place: Some(OrderPlace { order: order.id, seq: 1, version: 1 }),
        kind: "ORDER_CREATED",
        reason: None,
        changes,
    };
    let created = row(origin, now, &created)?;
    let pieces = items.iter().filter_map(|item| item.variant_id.map(|variant| (variant, i64::from(item.stock_taken))));
    let moves = inventory::per_variant(pieces);
    match tx.get_database_backend() {
        DbBackend::Postgres => {
            let mut values: Vec<Value> = order::Column::iter().map(|column| order.get(column)).collect();
            values.extend(event_columns().filter_map(|column| created.get(column).into_value()));
            values.extend(line_arrays(items));
            let ids: Vec<VariantId> = moves.keys().copied().collect();
            values.extend([uuids(&ids), moves.values().copied().collect::<Vec<_>>().into(), now.0.into()]);
            let answer = tx.query_one_raw(statement(tx, PLACE.as_str(), values)).await?;
            let taken: i64 = answer.map_or(Ok(0), |row| row.try_get_by_index(0))?;
            if taken != i64::try_from(moves.len()).unwrap_or(i64::MAX) {
                return Err(Fault::Internal("stock changed under a lock".into()));
            }
        }
        _ => {
            inventory::take(tx, &moves, now).await?;
            order::Entity::insert(order.clone().into_active_model()).exec_without_returning(tx).await?;
            let lines = items.into_iter().map(IntoActiveModel::into_active_model);
            order_item::Entity::insert_many(lines).exec_without_returning(tx).await?;
            event::Entity::insert(created).exec_without_returning(tx).await?;
        }
    }
    Ok(())
}

/// All columns of an event but its id, which the database gives, and its position, which comes later.
fn event_columns() -> impl Iterator<Item = event::Column> {
    event::Column::iter().filter(|column| !matches!(column, event::Column::Id | event::Column::Position))
}

/// The columns of the lines as arrays, in the order [`PLACE`] names them.
fn line_arrays(items: Vec<order_item::Model>) -> [Value; 11] {
    let optional = |id: Option<uuid::Uuid>| id.unwrap_or_default();
    fn array<T, V>(items: &[order_item::Model], read: impl Fn(&order_item::Model) -> V) -> Value
    where
        V: Into<T>,
        Vec<T>: Into<Value>,
    {
        items.iter().map(|item| read(item).into()).collect::<Vec<T>>().into()
    }
    [
        array::<uuid::Uuid, _>(&items, |item| item.id.0),
        array::<i32, _>(&items, |item| item.position),
        array::<uuid::Uuid, _>(&items, |item| item.store_id.0),
        array::<uuid::Uuid, _>(&items, |item| optional(item.product_id.map(|id| id.0))),
        array::<uuid::Uuid, _>(&items, |item| optional(item.variant_id.map(|id| id.0))),
        array::<String, _>(&items, |item| item.name.clone()),
        array::<String, _>(&items, |item| item.sku.clone().unwrap_or_default()),
        array::<i32, _>(&items, |item| item.quantity),
        array::<i64, _>(&items, |item| item.unit_price_minor),
        array::<i64, _>(&items, |item| item.total_minor),
        array::<i32, _>(&items, |item| item.stock_taken),
    ]
}

/// The statement of PostgreSQL; it answers how many variants had enough.
static PLACE: LazyLock<String> = LazyLock::new(|| {
    let marks = |from: usize, count: usize| (from..from + count).map(|n| format!("${n}")).collect::<Vec<_>>().join(", ");
    let order_columns: Vec<&str> = order::Column::iter().map(|column| column.as_str()).collect();
    let event_columns: Vec<&str> = event_columns().map(|column| column.as_str()).collect();
    let (orders, events) = (order_columns.len(), event_columns.len());
    let lines = orders + events + 1;
    let line = |n: usize| lines + n;
    let stock = lines + 11;
    format!(
        "WITH placed AS (INSERT INTO orders ({}) VALUES ({})), \
         told AS (INSERT INTO events ({}) VALUES ({})), \
         listed AS (INSERT INTO order_items (id, order_id, position, store_id, product_id, variant_id, name, sku, quantity, \
           unit_price_minor, total_minor, stock_taken) \
           SELECT l.id, $1, l.position, l.store, l.product, l.variant, l.name, l.sku, l.quantity, l.price, l.total, l.taken \
           FROM unnest(${}::uuid[], ${}::int[], ${}::uuid[], ${}::uuid[], ${}::uuid[], ${}::text[], ${}::text[], ${}::int[], \
           ${}::bigint[], ${}::bigint[], ${}::int[]) \
           AS l(id, position, store, product, variant, name, sku, quantity, price, total, taken)), \
         taken AS (UPDATE product_variants v SET available = v.available - q.n, sold = v.sold + q.n, updated_at = ${} \
           FROM unnest(${}::uuid[], ${}::bigint[]) AS q(id, n) WHERE v.id = q.id AND v.available >= q.n RETURNING 1) \
         SELECT CAST(count(*) AS bigint) FROM taken",
        order_columns.join(", "),
        marks(1, orders),
        event_columns.join(", "),
        marks(orders + 1, events),
        line(0),
        line(1),
        line(2),
        line(3),
        line(4),
        line(5),
        line(6),
        line(7),
        line(8),
        line(9),
        line(10),
        stock + 2,
        stock,
        stock + 1,
    )
});
