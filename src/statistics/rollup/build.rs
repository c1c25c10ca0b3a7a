//! Counting all orders of a database that was there before its sums were, or anew.
//!
//! Orders are counted in chunks by id, each in a short transaction that holds the reader's cursor and writes down how far
//! it came. Meanwhile the reader goes on: whichever of the two comes to an order first counts it, the other finds nothing
//! to add. Until all are counted, questions are answered from the rows.

use entity::{cursor, id::OrderId, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, QuerySelect as _, Value};
use uuid::Uuid;

use super::{consumer, count, family::FAMILIES, rankings, tally::MOST};
use crate::{
    app::App,
    db::{Db, statement},
    fault::Fault,
    job::{Done, Trouble},
};

/// The kind of the job that counts what is not counted yet.
pub const BUILD: &str = "statistics.build";

/// How often it is looked whether there is something to count, in seconds.
const LOOK_EVERY: i64 = 60;

/// Chunks that one run of the job counts.
const CHUNKS: usize = 200;

/// How far the counting of all orders is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// When all were counted; none while they are not.
    pub built_at: Option<Timestamp>,
    /// The last order that was counted; none when it is to begin anew.
    pub done_to: Option<OrderId>,
    /// How many were counted.
    pub done: i64,
}

impl State {
    /// Whether what is counted from now on stays counted.
    pub fn is_begun(self) -> bool {
        self.built_at.is_some() || self.done_to.is_some()
    }

    /// Reads it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn read(conn: &impl ConnectionTrait) -> Result<Self, Fault> {
        let sql = "SELECT built_at, done_to, done FROM statistics_state WHERE name = 'rollups'";
        let row = conn.query_one_raw(statement(conn, sql, [])).await?;
        let row = row.ok_or_else(|| Fault::Corrupt("the state of the statistics is missing".into()))?;
        Ok(Self { built_at: row.try_get_by_index(0)?, done_to: row.try_get_by_index(1)?, done: row.try_get_by_index(2)? })
    }

    async fn write(self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let sql = "UPDATE statistics_state SET built_at = $1, done_to = $2, done = $3 WHERE name = 'rollups'";
        let values = [self.built_at.into(), Value::Uuid(self.done_to.map(|id| id.0)), self.done.into()];
        tx.execute_raw(statement(tx, sql, values)).await.map(drop)
    }
}

/// Lets one transaction at a time count orders, until its end.
///
/// # Errors
/// When the wait takes too long.
pub(crate) async fn lock(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    cursor::Entity::find_by_id(consumer::NAME.to_owned()).lock_exclusive().one(tx).await.map(drop)
}

/// Has all orders counted anew when the shop's calendar is of another time zone than rankings are kept by.
async fn keep_zone(app: &App) -> Result<(), Fault> {
    let zone = app.config.reports.report_timezone;
    if rankings::zone(app.db.reader()).await? == zone {
        return Ok(());
    }
    let tx = app.db.begin().await?;
    lock(&tx).await?;
    if rankings::keep_zone(&tx, zone).await? {
        State { built_at: None, done_to: None, done: 0 }.write(&tx).await?;
    }
    Ok(tx.commit().await?)
}

/// Has all orders counted anew.
///
/// # Errors
/// When the database fails.
pub async fn start_anew(db: &Db) -> Result<(), Fault> {
    let tx = db.begin().await?;
    lock(&tx).await?;
    State { built_at: None, done_to: None, done: 0 }.write(&tx).await?;
    Ok(tx.commit().await?)
}

/// Counts the next chunk, if all is not counted yet; how far it is then.
///
/// # Errors
/// When the database fails; the chunk is not counted then.
pub async fn step(db: &Db, now: Timestamp) -> Result<State, Fault> {
    let state = State::read(db.reader()).await?;
    if state.built_at.is_some() {
        return Ok(state);
    }
    let tx = db.begin().await?;
    lock(&tx).await?;
    let mut state = State::read(&tx).await?;
    match (state.built_at, state.done_to) {
        (Some(_), _) => return Ok(state),
        (None, None) => {
            forget(&tx).await?;
            state = State { built_at: None, done_to: Some(OrderId(Uuid::nil())), done: 0 };
        }
        (None, Some(done_to)) => {
            let orders = next(&tx, done_to).await?;
            count::count(&tx, &orders).await?;
            match orders.last() {
                Some(last) => state = State { built_at: None, done_to: Some(*last), done: state.done + orders.len() as i64 },
                None => state.built_at = Some(now),
            }
        }
    }
    state.write(&tx).await?;
    tx.commit().await?;
    Ok(state)
}

async fn forget(tx: &DatabaseTransaction) -> Result<(), Fault> {
    for family in FAMILIES {
        family.clear(tx).await?;
    }
    tx.execute_unprepared("DELETE FROM order_tallies").await?;
    Ok(())
}

async fn next(conn: &impl ConnectionTrait, after: OrderId) -> Result<Vec<OrderId>, DbErr> {
    let sql = format!("SELECT id FROM orders WHERE id > $1 ORDER BY id LIMIT {MOST}");
    let rows = conn.query_all_raw(statement(conn, sql, [after.into()])).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}

/// The job: counts on, and looks again later.
///
/// # Errors
/// When the database fails; what was counted stays so.
pub(crate) async fn run(app: &App) -> Result<Done, Trouble> {
    keep_zone(app).await?;
    for _ in 0..CHUNKS {
        if step(&app.db, app.clock.now()).await?.built_at.is_some() {
            return Ok(Done::Again(app.clock.now().plus_seconds(LOOK_EVERY)));
        }
    }
    Ok(Done::Again(app.clock.now()))
}
