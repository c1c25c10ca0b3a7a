//! The log as a feed: committed events get their place in it, and readers go on from theirs.
//!
//! Numbers of a database sequence become visible out of order under concurrency, so a reader of "everything after N" could
//! miss rows. Places are therefore given after commit, by one transaction at a time.

use std::collections::{BTreeSet, HashMap};

use entity::{event, id::OrderId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Value, sea_query::Expr,
};
use tokio::sync::{Notify, watch};

use crate::{
    db::{Db, statement},
    event::lease,
    fault::Fault,
};

/// Most events that get their place at once, and that a reader gets at once.
pub const BATCH: u64 = 500;

/// What the parts of one process tell each other of the log.
pub struct Feed {
    head: watch::Sender<i64>,
    nudge: Notify,
    shout: Notify,
}

impl Default for Feed {
    fn default() -> Self {
        Self { head: watch::Sender::new(0), nudge: Notify::new(), shout: Notify::new() }
    }
}

impl Feed {
    /// Says that something may have been committed, so that nobody waits for the next look.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Waits until somebody says so.
    pub(crate) async fn nudged(&self) {
        self.nudge.notified().await;
    }

    /// Asks for other copies to be told that something may have been committed.
    pub fn shout(&self) {
        self.shout.notify_one();
    }

    /// Waits until somebody asks for it.
    pub(crate) async fn shouted(&self) {
        self.shout.notified().await;
    }

    /// The last position known here, and word of every later one.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }

    /// Tells of a position; earlier ones are no news.
    pub fn advance(&self, position: i64) {
        self.head.send_if_modified(|head| {
            let grows = position > *head;
            if grows {
                *head = position;
            }
            grows
        });
    }
}

/// The position of the last event that has one; 0 for an empty log.
///
/// # Errors
/// When the database fails.
pub async fn head(conn: &impl ConnectionTrait) -> Result<i64, DbErr> {
    let sql = "SELECT COALESCE(MAX(position), 0) AS head FROM events";
    conn.query_one_raw(statement(conn, sql, [])).await?.map_or(Ok(0), |row| row.try_get("", "head"))
}

/// The events after a position, oldest first, at most [`BATCH`].
///
/// # Errors
/// When the database fails.
pub async fn after(conn: &impl ConnectionTrait, position: i64, also: Condition) -> Result<Vec<event::Model>, DbErr> {
    some_after(conn, position, also, BATCH).await
}

/// The events after a position, oldest first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub(crate) async fn some_after(
    conn: &impl ConnectionTrait,
    position: i64,
    also: Condition,
    limit: u64,
) -> Result<Vec<event::Model>, DbErr> {
    event::Entity::find()
        .filter(event::Column::Position.gt(position))
        .filter(also)
        .order_by_asc(event::Column::Position)
        .limit(limit)
        .all(conn)
        .await
}

/// Keeps everybody else from giving places until the end of the transaction, and says which was the last one. What this
/// transaction writes may then have its place at once: nobody sees a later place before this one.
///
/// # Errors
/// When the database fails.
pub(crate) async fn hold(tx: &DatabaseTransaction) -> Result<i64, DbErr> {
    lease::lock(tx, lease::DISPATCHER).await?;
    head(tx).await
}

/// Gives the next committed events their places; how many. Holds the dispatcher's lease row meanwhile, so that one
/// transaction at a time does it, whoever believes to hold the lease.
///
/// # Errors
/// When the database fails.
pub async fn place(db: &Db) -> Result<usize, Fault> {
    if unplaced(db.reader(), Some(1), Condition::all()).await?.is_empty() {
        return Ok(0);
    }
    let tx = db.begin().await?;
    let mut position = hold(&tx).await?;
    let events = in_order(&tx).await?;
    let count = events.len();
    write(
        &tx,
        events.into_iter().map(|event| {
            position += 1;
            (event, position)
        }),
    )
    .await?;
    tx.commit().await?;
    Ok(count)
}

/// An event's id, order, sequence and moment.
type Unplaced = (i64, Option<OrderId>, i32, i64);

async fn unplaced(conn: &impl ConnectionTrait, limit: Option<u64>, also: Condition) -> Result<Vec<Unplaced>, DbErr> {
    use event::Column as C;
    let without_place = match limit {
        Some(_) => C::Position.is_null(),
        // All of a few orders: the sign keeps SQLite from looking for them among all events that have no place.
        None => Expr::cust("+position IS NULL"),
    };
    event::Entity::find()
        .select_only()
        .columns([C::Id, C::OrderId, C::Seq, C::RecordedAt])
        .filter(without_place)
        .filter(also)
        .order_by_asc(C::Id)
        .limit(limit)
        .into_tuple()
        .all(conn)
        .await
}

/// The next events as they are to stand: by the time they were written, but those of one order by their sequence, whatever
/// the clocks and ids of several copies say.
async fn in_order(tx: &DatabaseTransaction) -> Result<Vec<i64>, DbErr> {
    let mut events = unplaced(tx, Some(BATCH), Condition::all()).await?;
    if events.len() as u64 == BATCH {
        // Where the batch was cut off it may hold a later event of an order without an earlier one: a number is taken from the
        // sequence before the order's row is locked. These orders are read again, whole.
        let orders: BTreeSet<OrderId> = events.iter().filter_map(|event| event.1).collect();
        events.retain(|event| event.1.is_none());
        events.extend(unplaced(tx, None, Condition::all().add(event::Column::OrderId.is_in(orders))).await?);
    }
    events.sort_by_key(|(id, _, _, at)| (*at, *id));
    let mut by_order: HashMap<OrderId, Vec<(i32, i64)>> = HashMap::new();
    for (id, order, seq, _) in &events {
        if let Some(order) = order {
            by_order.entry(*order).or_default().push((*seq, *id));
        }
    }
    for places in by_order.values_mut() {
        places.sort_unstable_by(|a, b| b.cmp(a));
    }
    Ok(events
        .into_iter()
        .filter_map(|(id, order, ..)| match order {
            Some(order) => by_order.get_mut(&order).and_then(Vec::pop).map(|(_, id)| id),
            None => Some(id),
        })
        .collect())
}

/// Writes the places in one statement.
async fn write(tx: &DatabaseTransaction, places: impl Iterator<Item = (i64, i64)>) -> Result<(), DbErr> {
    let (ids, positions): (Vec<i64>, Vec<i64>) = places.unzip();
    let result = match tx.get_database_backend() {
        sea_orm::DbBackend::Postgres => {
            let sql = "UPDATE events SET position = place.position \
                       FROM UNNEST($1::bigint[], $2::bigint[]) AS place (id, position) WHERE events.id = place.id";
            tx.execute_raw(statement(tx, sql, [Value::from(ids.clone()), Value::from(positions)])).await?
        }
        _ => {
            let sql = "UPDATE events SET position = place.position \
                       FROM (SELECT value ->> 0 AS id, value ->> 1 AS position FROM json_each($1)) AS place \
                       WHERE events.id = place.id";
            let places: Vec<(i64, i64)> = ids.iter().copied().zip(positions).collect();
            let json = serde_json::to_string(&places).map_err(|error| DbErr::Json(error.to_string()))?;
            tx.execute_raw(statement(tx, sql, [json.into()])).await?
        }
    };
    match result.rows_affected() == ids.len() as u64 {
        true => Ok(()),
        false => Err(DbErr::RecordNotUpdated),
    }
}
