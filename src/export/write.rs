//! Writes the file of an export: the ids of what matches are read first, in one statement and so as of one moment, in the
//! order of the list; then the rows of some at a time, each time in a snapshot of their own, so that an order, its lines and
//! its payments always agree. What is deleted meanwhile is left out; what comes meanwhile is not in it. Memory holds the ids
//! to come, 16 bytes each, and one part of the file.

use std::{collections::HashMap, future::ready, sync::Arc};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, QuerySelect, QueryTrait, Select, StreamTrait as _};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    cell::Lines,
    customer_rows, order_rows, payment_rows, product_rows,
    read::Reading,
    spec::{RowsPer, Spec, What},
};
use crate::{
    catalogue, customer,
    db::{Db, statement},
    fault::Fault,
    order::{self, query::Scope},
    payment,
};

/// Rows of one read; what is read next and what is written are in memory together.
const CHUNK: usize = 250;

/// How many reads there are at once: a process of PostgreSQL takes longer to read rows than they take to write.
const AT_ONCE: usize = 2;

/// Bytes of a part of a file, or a little more.
const PART: usize = 512 << 10;

/// Why writing ended early.
#[derive(Debug)]
pub enum Stopped {
    /// It is not wanted any more.
    Unwanted,
    /// The service failed.
    Fault(Fault),
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<DbErr> for Stopped {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// How far a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Things written.
    pub done: u64,
    /// Things there are.
    pub total: u64,
    /// Lines of the file without its header.
    pub rows: u64,
}

/// Where a file goes.
pub trait Sink: Send {
    /// Takes the next part; an empty one says only how far the file is.
    fn take(&mut self, part: Vec<u8>, progress: Progress) -> impl Future<Output = Result<(), Stopped>> + Send;
}

/// Writes a file into a sink; how many lines it has without its header.
///
/// # Errors
/// [`Stopped`]; the sink has the beginning of a file then.
pub(crate) async fn write(db: &Db, spec: &Spec, low_stock: i64, sink: &mut impl Sink) -> Result<u64, Stopped> {
    let ids = ids(db, &spec.what).await?;
    let stores = stores(db.reader()).await?;
    let mut lines = Lines::new(spec.form());
    if spec.bom {
        lines.mark();
    }
    for header in spec.what.headers() {
        lines.cell(header);
    }
    lines.end();
    let mut progress = Progress { total: ids.iter().map(|chunk| chunk.len() as u64).sum(), ..Progress::default() };
    sink.take(Vec::new(), progress).await?;
    let what = Arc::new(spec.what.clone());
    // What comes next is read while this is written.
    let mut reads = stream::iter(ids).map(|chunk| apart(db.clone(), what.clone(), chunk)).buffered(AT_ONCE);
    while let Some((rows, chunk)) = reads.try_next().await? {
        let mut reading = Reading { lines: &mut lines, rows: progress.rows, zone: spec.zone, stores: &stores, low_stock };
        rows.write(&mut reading, &spec.what, &chunk)?;
        progress.rows = reading.rows;
        progress.done += chunk.len() as u64;
        if lines.len() >= PART {
            sink.take(lines.take(), progress).await?;
        }
    }
    sink.take(lines.take(), progress).await?;
    Ok(progress.rows)
}

/// Rows as they were read.
enum Rows {
    Orders(order_rows::Rows),
    Payments(payment_rows::Rows),
    Customers(customer_rows::Rows),
    Products(product_rows::Rows),
}

/// Reads rows in a task of their own, which ends when nobody waits for it any more.
async fn apart(db: Db, what: Arc<What>, chunk: Vec<Uuid>) -> Result<(Rows, Vec<Uuid>), Fault> {
    let mut task = JoinSet::new();
    task.spawn(async move { read(&db, &what, &chunk).await.map(|rows| (rows, chunk)) });
    let read = task.join_next().await.ok_or_else(|| Fault::Internal("a task is lost".into()))?;
    read.map_err(|error| Fault::Internal(error.to_string()))?
}

/// Reads rows by their ids in a snapshot.
async fn read(db: &Db, what: &What, ids: &[Uuid]) -> Result<Rows, Fault> {
    let snapshot = db.snapshot().await?;
    let conn = snapshot.conn();
    Ok(match what {
        What::Orders { columns, rows_per, .. } => {
            Rows::Orders(order_rows::orders(conn, ids, columns, *rows_per == RowsPer::Item).await?)
        }
        What::OrderItems { columns, .. } => Rows::Orders(order_rows::items(conn, ids, columns).await?),
        What::Payments { columns, .. } => Rows::Payments(payment_rows::payments(conn, ids, columns).await?),
        What::Customers { columns, .. } => Rows::Customers(customer_rows::customers(conn, ids, columns).await?),
        What::Products { columns, .. } => Rows::Products(product_rows::products(conn, ids, columns).await?),
    })
}

impl Rows {
    /// Writes them in the order of their ids.
    fn write(&self, reading: &mut Reading<'_>, what: &What, ids: &[Uuid]) -> Result<(), Fault> {
        match (self, what) {
            (Self::Orders(rows), What::Orders { columns, rows_per, .. }) => {
                rows.write(reading, ids, columns, *rows_per == RowsPer::Item)
            }
            (Self::Orders(rows), What::OrderItems { columns, .. }) => rows.write(reading, ids, columns, true),
            (Self::Payments(rows), What::Payments { columns, .. }) => rows.write(reading, ids, columns),
            (Self::Customers(rows), What::Customers { columns, .. }) => rows.write(reading, ids, columns),
            (Self::Products(rows), What::Products { columns, .. }) => rows.write(reading, ids, columns),
            _ => Err(Fault::Internal("rows of another noun".into())),
        }
    }
}

/// The ids of what matches, in the order of the list, as many together as are read at once: one list of a million is twice as
/// large while it grows. Exports are for those who see everything.
async fn ids(db: &Db, what: &What) -> Result<Vec<Vec<Uuid>>, DbErr> {
    match what {
        What::Orders { filter, sort, .. } => {
            column(db, order::list::all(db.backend(), &Scope::All, filter, sort), entity::order::Column::Id).await
        }
        What::OrderItems { filter, .. } => {
            column(db, order::item::all(db.backend(), &Scope::All, filter), entity::order_item::Column::Id).await
        }
        What::Payments { filter, sort, .. } => {
            column(db, payment::query::all(db.backend(), filter, sort), entity::payment::Column::Id).await
        }
        What::Customers { filter, sort, .. } => {
            column(db, customer::query::all(db.backend(), filter, sort), entity::customer::Column::Id).await
        }
        What::Products { filter, sort, .. } => {
            column(db, catalogue::query::all(db.backend(), filter, sort), entity::product::Column::Id).await
        }
    }
}

async fn column<E: EntityTrait>(db: &Db, select: Select<E>, id: E::Column) -> Result<Vec<Vec<Uuid>>, DbErr> {
    let found = select.select_only().column(id).build(db.backend());
    let rows = db.reader().stream_raw(found).await?;
    let ids = rows.and_then(|row| ready(row.try_get_by_index::<Uuid>(0)));
    ids.try_chunks(CHUNK).map_err(|error| error.1).try_collect().await
}

async fn stores(conn: &impl ConnectionTrait) -> Result<HashMap<Uuid, String>, DbErr> {
    let rows = conn.query_all_raw(statement(conn, "SELECT id, name FROM stores", [])).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}
