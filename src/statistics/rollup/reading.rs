//! Figures of one moment: a snapshot of the database, and the orders whose sums in it are behind.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use entity::{id::OrderId, time::Timestamp};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

use super::{ask::Memory, count, family::Change, journal::Ends};
use crate::{
    app::App,
    cache::Stamp,
    db::{Plans, Snapshot, statement},
    fault::Fault,
};

/// Most events that may wait to be counted, with or without a place in the log, before a question is answered from the
/// rows instead.
const MOST_WAITING: usize = 5_000;

/// A snapshot that figures are read in.
pub struct Reading {
    snapshot: Snapshot,
    as_of: Timestamp,
    stamp: Option<Stamp>,
    behind: Option<Vec<Change>>,
    ends: Ends,
    memory: Arc<Memory>,
}

impl Reading {
    /// Begins one, of now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(app: &App) -> Result<Self, Fault> {
        Self::of(app, app.clock.now()).await
    }

    /// Begins one that is of a moment just past.
    async fn of(app: &App, as_of: Timestamp) -> Result<Self, Fault> {
        let stamp = app.cache.stamp();
        let snapshot = app.db.snapshot().await?;
        let (behind, ends) = behind(snapshot.conn()).await?;
        snapshot.plan(if behind.is_some() { Plans::Kept } else { Plans::Fresh }).await?;
        Ok(Self { snapshot, as_of, stamp, behind, ends, memory: app.sums.clone() })
    }

    /// Where its statements go. Nobody may wait for another connection meanwhile.
    pub fn conn(&self) -> &DatabaseTransaction {
        self.snapshot.conn()
    }

    /// The same, for statements that read the rows of whatever a filter lets through.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn rows(&self) -> Result<&DatabaseTransaction, DbErr> {
        self.snapshot.plan(Plans::Fresh).await?;
        Ok(self.snapshot.conn())
    }

    /// Where the journals end, as the snapshot sees them.
    pub fn ends(&self) -> &Ends {
        &self.ends
    }

    /// Sums that the process holds.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// The moment that everything read in it is of.
    pub fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// What was known of the log before it began; nothing while answers are not kept.
    pub fn stamp(&self) -> Option<Stamp> {
        self.stamp
    }

    /// The orders that the sums are behind with: sums and these changes together are exact. None while the sums cannot be
    /// used, because orders are still being counted or too many wait; then the rows must be asked.
    pub fn behind(&self) -> Option<&[Change]> {
        self.behind.as_deref()
    }

    /// Has the rows asked from here on, whatever the sums know.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn only_rows(&mut self) -> Result<(), DbErr> {
        self.behind = None;
        self.snapshot.plan(Plans::Fresh).await
    }
}

/// The orders that the sums are behind with, as the snapshot sees it, and where the journals of the sums end.
async fn behind(conn: &DatabaseTransaction) -> Result<(Option<Vec<Change>>, Ends), Fault> {
    let columns = Ends::columns();
    let sql = format!("SELECT built_at, {columns} FROM statistics_state WHERE name = 'rollups'");
    let row = conn.query_one_raw(statement(conn, sql, [])).await?;
    let row = row.ok_or_else(|| Fault::Corrupt("the state of the statistics is missing".into()))?;
    if row.try_get_by_index::<Option<Timestamp>>(0)?.is_none() {
        return Ok((None, Ends::default()));
    }
    let ends = Ends::read(&row, 1)?;
    match waiting(conn).await? {
        Some(orders) => Ok((Some(count::changes(conn, &orders).await?), ends)),
        None => Ok((None, ends)),
    }
}

/// The orders of events that the reader of the log has not come to; none when they are too many.
///
/// # Errors
/// When the database fails.
pub(crate) async fn waiting(conn: &impl ConnectionTrait) -> Result<Option<Vec<OrderId>>, Fault> {
    let some = MOST_WAITING + 1;
    let sql = format!(
        "SELECT order_id FROM (SELECT order_id FROM events WHERE position IS NULL LIMIT {some}) AS unplaced \
         UNION ALL \
         SELECT order_id FROM (SELECT order_id FROM events \
         WHERE position > (SELECT position FROM cursors WHERE name = '{}') ORDER BY position LIMIT {some}) AS unread",
        super::consumer::NAME,
    );
    let rows = conn.query_all_raw(statement(conn, sql, [])).await?;
    if rows.len() > MOST_WAITING {
        return Ok(None);
    }
    let mut orders = BTreeSet::new();
    for row in rows {
        orders.extend(row.try_get_by_index::<Option<OrderId>>(0)?);
    }
    Ok(Some(Vec::from_iter(orders)))
}

/// The snapshot that all figures of one operation are read in, begun by the first of them, and the moment they are of.
#[derive(Default)]
pub struct Shared(Mutex<Option<Reading>>, OnceLock<Timestamp>);

impl Shared {
    /// The moment that all figures of the operation are of, and up to which their periods reach: when the first of them was
    /// asked for.
    pub fn now(&self, app: &App) -> Timestamp {
        *self.1.get_or_init(|| app.clock.now())
    }

    /// The snapshot, for one at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock(&self, app: &App) -> Result<MappedMutexGuard<'_, Reading>, Fault> {
        let mut reading = self.0.lock().await;
        if reading.is_none() {
            *reading = Some(Reading::of(app, self.now(app)).await?);
        }
        let begun = MutexGuard::try_map(reading, Option::as_mut);
        begun.map_err(|_| Fault::Internal("a snapshot was begun and is not there".into()))
    }
}
