//! The last changes of figures, one after the other: whoever holds some of them in memory brings these up to date instead of
//! reading them again.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, QueryResult, Value};
use serde_json::Value as Json;

use super::{
    reading::Reading,
    table::{Kind, column, listed},
};
use crate::{db::statement, fault::Fault};

/// Changes that are kept; of more than that nobody keeps up to date.
const KEPT: i64 = 20_000;

/// Most changes of one transaction that are written down one by one. More, as of an import, are one row that says that
/// anything may have changed.
const MOST: usize = 2_000;

/// A table of changes, numbered by `id`.
pub struct Journal {
    /// Its name.
    pub name: &'static str,
    /// Its columns, as they are written.
    pub columns: &'static [(&'static str, Kind)],
    /// Columns and values of a row that says that anything may have changed.
    pub anything: (&'static str, &'static str),
}

impl Journal {
    /// Writes changes down.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn write(&self, tx: &DatabaseTransaction, rows: Vec<Json>) -> Result<(), DbErr> {
        if rows.is_empty() {
            return Ok(());
        }
        if rows.len() > MOST {
            return self.forget(tx).await;
        }
        let (backend, name) = (tx.get_database_backend(), self.name);
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        let read: Vec<String> = self.columns.iter().enumerate().map(|(at, (_, kind))| column(backend, at, *kind)).collect();
        let (names, read, list) = (names.join(", "), read.join(", "), listed(backend));
        let sql = format!("INSERT INTO {name} ({names}) SELECT {read} FROM {list}");
        tx.execute_raw(statement(tx, sql, [Json::from(rows).to_string().into()])).await?;
        let trim = format!("DELETE FROM {name} WHERE id <= (SELECT MAX(id) FROM {name}) - {KEPT}");
        tx.execute_unprepared(&trim).await.map(drop)
    }

    /// Says that anything may have changed.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn forget(&self, tx: &DatabaseTransaction) -> Result<(), DbErr> {
        let (name, (columns, values)) = (self.name, self.anything);
        tx.execute_unprepared(&format!("INSERT INTO {name} ({columns}) VALUES ({values})")).await?;
        // It stands for all before it.
        tx.execute_unprepared(&format!("DELETE FROM {name} WHERE id < (SELECT MAX(id) FROM {name})")).await.map(drop)
    }
}

/// A change that a journal tells of.
pub trait Entry: Sized {
    /// What is read of it: columns that [`Entry::read`] finds from the second on.
    const COLUMNS: &str;

    /// Reads it; nothing for a row that says that anything may have changed.
    ///
    /// # Errors
    /// When the row is none.
    fn read(row: &QueryResult) -> Result<Option<Self>, DbErr>;
}

/// What happened after a place of the journal.
pub enum Told<'a, T> {
    /// Nothing is known but that it now ends here.
    Anything(i64),
    /// These changes, up to here.
    Changes(i64, &'a [(i64, T)]),
    /// The journal does not reach so far: the snapshot it is read in is older, or not everything is written down.
    Earlier,
}

/// The first and the last change of each journal, by its name, and whether all that was counted is written down.
#[derive(Default)]
pub struct Ends {
    ends: BTreeMap<&'static str, (i64, i64)>,
}

impl Ends {
    /// What is selected of `statistics_state` for [`Self::read`].
    pub fn columns() -> String {
        let mut columns = format!("told_to = (SELECT position FROM cursors WHERE name = '{}')", super::consumer::NAME);
        for Journal { name, .. } in JOURNALS {
            // Each is looked up in the index; both of one select would be looked for in all rows.
            for end in ["MIN", "MAX"] {
                columns += &format!(", CAST(COALESCE((SELECT {end}(id) FROM {name}), 0) AS bigint)");
            }
        }
        columns
    }

    /// Reads them from a column of a row on.
    ///
    /// # Errors
    /// When the row has others.
    pub fn read(row: &QueryResult, from: usize) -> Result<Self, DbErr> {
        // Somebody counted who writes nothing down: an earlier version of the service.
        if row.try_get_by_index::<Option<bool>>(from)? != Some(true) {
            return Ok(Self::default());
        }
        let mut ends = BTreeMap::new();
        for (place, Journal { name, .. }) in JOURNALS.into_iter().enumerate() {
            let at = from + 1 + 2 * place;
            ends.insert(*name, (row.try_get_by_index(at)?, row.try_get_by_index(at + 1)?));
        }
        Ok(Self { ends })
    }
}

/// All journals.
const JOURNALS: [&Journal; 5] = [
    &super::orders::JOURNAL,
    &super::payments::JOURNAL,
    &super::rankings::JOURNAL,
    &super::transitions::JOURNAL,
    &super::buyers::JOURNAL,
];

/// To be called before anything is counted in a transaction that found the reader's cursor at a place: when somebody has counted
/// up to there who wrote nothing down, anything may have changed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn go_on(tx: &DatabaseTransaction, from: i64) -> Result<(), DbErr> {
    let sql = "SELECT told_to FROM statistics_state WHERE name = 'rollups'";
    let told_to = tx.query_one_raw(statement(tx, sql, [])).await?.map(|row| row.try_get_by_index::<Option<i64>>(0));
    if told_to.transpose()?.flatten() != Some(from) {
        for journal in JOURNALS {
            journal.forget(tx).await?;
        }
    }
    Ok(())
}

/// To be called when all is counted up to where the cursor is.
///
/// # Errors
/// When the database fails.
pub(crate) async fn told(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let sql = format!(
        "UPDATE statistics_state SET told_to = (SELECT position FROM cursors WHERE name = '{}') WHERE name = 'rollups'",
        super::consumer::NAME
    );
    tx.execute_unprepared(&sql).await.map(drop)
}

/// A journal as one snapshot sees it. What several ask for is read once.
pub struct News<'a, T> {
    conn: &'a DatabaseTransaction,
    journal: &'static Journal,
    /// A condition on the rows with `$2` and so on, and its values.
    which: (String, Vec<Value>),
    /// None while the journal does not tell everything.
    ends: Option<(i64, i64)>,
    /// The rows after a place.
    read: Option<(i64, Vec<(i64, T)>)>,
}

impl<'a, T: Entry> News<'a, T> {
    /// Those that meet a condition with `$2` and so on; rows that say that anything may have changed must meet it too.
    pub fn new(reading: &'a Reading, journal: &'static Journal, which: (String, Vec<Value>)) -> Self {
        let ends = reading.ends().ends.get(journal.name).copied();
        Self { conn: reading.conn(), journal, which, ends, read: None }
    }

    /// What happened after a place, unless it is more than so many changes.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn after(&mut self, place: i64, most: i64) -> Result<Told<'_, T>, Fault> {
        let Some((first, last)) = self.ends.filter(|(_, last)| *last >= place) else { return Ok(Told::Earlier) };
        if place == 0 || place + 1 < first || last - place > most {
            return Ok(Told::Anything(last));
        }
        if last == place {
            return Ok(Told::Changes(last, &[]));
        }
        if self.read.as_ref().is_none_or(|(from, _)| *from > place) {
            let Some(rows) = self.rows(place).await? else { return Ok(Told::Anything(last)) };
            self.read = Some((place, rows));
        }
        let rows = self.read.as_ref().map_or(&[][..], |(_, rows)| rows);
        Ok(Told::Changes(last, &rows[rows.partition_point(|(id, _)| *id <= place)..]))
    }

    /// The changes after a place, in their order; none when anything may have changed.
    async fn rows(&self, place: i64) -> Result<Option<Vec<(i64, T)>>, Fault> {
        let (which, values) = &self.which;
        let sql = format!("SELECT id, {} FROM {} WHERE id > $1 AND {which} ORDER BY id", T::COLUMNS, self.journal.name);
        let values = [place.into()].into_iter().chain(values.iter().cloned());
        let mut changes = Vec::new();
        for row in self.conn.query_all_raw(statement(self.conn, sql, values)).await? {
            let Some(change) = T::read(&row)? else { return Ok(None) };
            changes.push((row.try_get_by_index(0)?, change));
        }
        Ok(Some(changes))
    }
}
