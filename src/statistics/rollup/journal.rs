//! The last changes of rankings, one after the other: whoever holds sums of them in memory brings these up to date instead of
//! reading them again.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};
use serde_json::Value as Json;
use uuid::Uuid;

use super::rankings::{Amounts, Kind};
use crate::{db::statement, fault::Fault};

/// Changes that are kept; of more than that nobody keeps up to date.
const KEPT: i64 = 20_000;

/// Most changes of one transaction that are written down one by one. More, as of an import, are one row that says that
/// anything may have changed.
const MOST: usize = 2_000;

/// The kind of a row that says so.
const ANYTHING: i32 = -1;

/// A change of what a product, store, customer or the shop sold or bought on a day.
pub struct Change {
    /// Days since 1970-01-01.
    pub day: i32,
    /// Whose.
    pub subject: Uuid,
    /// What is added.
    pub amounts: Amounts,
}

/// What happened after a place of the journal.
pub enum News {
    /// Nothing is known but that it now ends here.
    Anything(i64),
    /// These changes, up to here.
    Changes(i64, Vec<Change>),
    /// The journal does not reach so far: the snapshot it is read in is older.
    Earlier,
}

/// Writes changes down: rows of kind, day, currency, subject and amounts.
///
/// # Errors
/// When the database fails.
pub(crate) async fn write(tx: &DatabaseTransaction, rows: Vec<Json>) -> Result<(), DbErr> {
    if rows.is_empty() {
        return Ok(());
    }
    if rows.len() > MOST {
        return forget(tx).await;
    }
    let read = match tx.get_database_backend() {
        DbBackend::Postgres => {
            "(r.value ->> 0)::integer, (r.value ->> 1)::integer, r.value ->> 2, (r.value ->> 3)::uuid, (r.value ->> 4)::bigint, \
             (r.value ->> 5)::bigint, (r.value ->> 6)::bigint FROM json_array_elements($1::json) AS r (value)"
        }
        _ => {
            "r.value ->> 0, r.value ->> 1, r.value ->> 2, unhex(r.value ->> 3), r.value ->> 4, r.value ->> 5, r.value ->> 6 \
             FROM json_each($1) AS r"
        }
    };
    let sql =
        format!("INSERT INTO ranking_changes (kind, day, currency, subject_id, units, orders, revenue_minor) SELECT {read}");
    tx.execute_raw(statement(tx, sql, [Json::from(rows).to_string().into()])).await?;
    let trim = format!("DELETE FROM ranking_changes WHERE id <= (SELECT MAX(id) FROM ranking_changes) - {KEPT}");
    tx.execute_unprepared(&trim).await.map(drop)
}

/// Says that anything may have changed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn forget(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let sql = format!(
        "INSERT INTO ranking_changes (kind, day, currency, units, orders, revenue_minor) VALUES ({ANYTHING}, 0, '', 0, 0, 0)"
    );
    tx.execute_unprepared(&sql).await?;
    // It stands for all before it.
    tx.execute_unprepared("DELETE FROM ranking_changes WHERE id < (SELECT MAX(id) FROM ranking_changes)").await.map(drop)
}

/// What happened after a place to one kind in one currency.
///
/// # Errors
/// When the database fails.
pub(crate) async fn after(conn: &impl ConnectionTrait, place: i64, kind: Kind, currency: &str) -> Result<News, Fault> {
    let ends = "SELECT COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) FROM ranking_changes";
    let row = conn.query_one_raw(statement(conn, ends, [])).await?;
    let row = row.ok_or_else(|| Fault::Internal("an aggregate gave no row".into()))?;
    let (first, last): (i64, i64) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    if last < place {
        return Ok(News::Earlier);
    }
    if place == 0 || place + 1 < first {
        return Ok(News::Anything(last));
    }
    let mut changes = Vec::new();
    if last > place {
        let sql = "SELECT kind, day, subject_id, units, orders, revenue_minor FROM ranking_changes \
                   WHERE id > $1 AND ((kind = $2 AND currency = $3) OR kind = -1)";
        for row in conn.query_all_raw(statement(conn, sql, [place.into(), (kind as i32).into(), currency.into()])).await? {
            if row.try_get_by_index::<i32>(0)? == ANYTHING {
                return Ok(News::Anything(last));
            }
            changes.push(Change {
                day: row.try_get_by_index(1)?,
                subject: row.try_get_by_index(2)?,
                amounts: [row.try_get_by_index(3)?, row.try_get_by_index(4)?, row.try_get_by_index(5)?],
            });
        }
    }
    Ok(News::Changes(last, changes))
}
