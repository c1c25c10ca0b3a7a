//! The indexes of three letters. That of SQLite keeps no texts, so it is compared by what it does keep: how long each text is,
//! and how often each three letters occur in all of them. PostgreSQL keeps its own in step; here it is asked whether it is
//! there.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult};
use uuid::Uuid;

use super::super::batch::grouped;
use crate::db::statement;

/// Letters beyond ASCII are one to the comparison: SQLite folds some of them further than lower case.
const OTHER: usize = 127;
const LETTERS: usize = 128;

/// Terms that are read at once.
const AT_ONCE: usize = 20_000;

/// What the index has of a text.
#[derive(Debug, Default)]
pub struct Held {
    /// How long it is; nothing when the index does not have it.
    length: Option<Vec<u8>>,
    /// Whether it is still to come into the index: until then such texts are looked through.
    waits: bool,
}

/// A search index, and what it must hold.
pub struct Index {
    table: &'static str,
    id: &'static str,
    /// Its name on PostgreSQL.
    name: &'static str,
    backend: DbBackend,
    /// How often three letters occur in the texts: as many numbers as there are triples, however many texts there are.
    triples: Vec<i64>,
}

impl Index {
    /// By its table and column of ids on SQLite, and by its name on PostgreSQL.
    pub fn of(backend: DbBackend, table: &'static str, id: &'static str, name: &'static str) -> Self {
        Self { table, id, name, backend, triples: vec![0; LETTERS * LETTERS * LETTERS] }
    }

    /// What the index of SQLite holds of a range of ids.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn texts(
        &self,
        conn: &impl ConnectionTrait,
        range: (Uuid, Uuid),
    ) -> Result<BTreeMap<Uuid, Vec<Held>>, DbErr> {
        if self.backend != DbBackend::Sqlite {
            return Ok(BTreeMap::new());
        }
        let Self { table, id, .. } = self;
        let sql = format!(
            "SELECT r.{id}, d.sz, t.row IS NOT NULL FROM {table}_rows r LEFT JOIN {table}_docsize d ON d.id = r.row \
             LEFT JOIN {table}_tail t ON t.row = r.row WHERE r.{id} > $1 AND r.{id} <= $2"
        );
        let held = |row: &QueryResult| Ok(Held { length: row.try_get_by_index(1)?, waits: row.try_get_by_index(2)? });
        grouped(conn, &sql, range, held).await
    }

    /// Takes a text that the index must hold; tells what is wrong with what that of SQLite holds of it.
    pub fn expect(&mut self, text: &str, held: Option<Vec<Held>>) -> Option<String> {
        if self.backend != DbBackend::Sqlite {
            return None;
        }
        let Held { length: held, waits } = held.into_iter().flatten().next().unwrap_or_default();
        if waits {
            return held.map(|_| "is in the search index and waits to come into it".to_owned());
        }
        let mut length = 0_i64;
        let (mut first, mut second) = (None, None);
        for letter in letters(text) {
            if let (Some(first), Some(second)) = (first, second) {
                length += 1;
                if let Some(triple) = self.triples.get_mut(place([first, second, letter])) {
                    *triple += 1;
                }
            }
            (first, second) = (second, Some(letter));
        }
        let held = held.map(|size| number(&size));
        (held != Some(length)).then(|| match held {
            None => "is not in the search index".to_owned(),
            Some(held) => format!("is in the search index with a text of {held} triples, its text has {length}"),
        })
    }

    /// What is wrong with the index as a whole, as pairs of subject and message.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn compare(self, conn: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbErr> {
        match self.backend {
            DbBackend::Sqlite => self.compare_terms(conn).await,
            _ => self.look_for(conn).await,
        }
    }

    async fn compare_terms(mut self, conn: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbErr> {
        let table = self.table;
        let mut problems = Vec::new();
        for row in conn.query_all_raw(statement(conn, format!("PRAGMA integrity_check({table})"), [])).await? {
            let says: String = row.try_get_by_index(0)?;
            if says != "ok" {
                problems.push((table.to_owned(), says));
            }
        }
        // Of an index that is damaged the terms cannot be read.
        if !problems.is_empty() {
            return Ok(problems);
        }
        // Lasts no longer than the transaction that is read in.
        let terms = format!("CREATE VIRTUAL TABLE temp.{table}_terms USING fts5vocab(main, {table}, row)");
        conn.execute_unprepared(&terms).await?;
        let sql = format!("SELECT term, cnt FROM temp.{table}_terms WHERE term > $1 ORDER BY term LIMIT {AT_ONCE}");
        let mut last = String::new();
        loop {
            let rows = conn.query_all_raw(statement(conn, sql.clone(), [last.as_str().into()])).await?;
            for row in &rows {
                last = row.try_get_by_index(0)?;
                let count: i64 = row.try_get_by_index(1)?;
                let mut letters = last.chars().map(letter);
                let triple = [(); 3].map(|()| letters.next().unwrap_or_default());
                if let Some(left) = self.triples.get_mut(place(triple)) {
                    *left -= count;
                }
            }
            if rows.len() < AT_ONCE {
                break;
            }
        }
        for (place, difference) in self.triples.iter().enumerate().filter(|(_, difference)| **difference != 0) {
            let (says, by) = (if *difference < 0 { "more" } else { "less" }, difference.abs());
            problems.push((table.to_owned(), format!("holds {:?} {by} times {says} than the texts", shown(place))));
        }
        Ok(problems)
    }

    /// Whether PostgreSQL has the index. Where the extension may not be created there is none.
    async fn look_for(self, conn: &impl ConnectionTrait) -> Result<Vec<(String, String)>, DbErr> {
        let extension = "SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'";
        if conn.query_one_raw(statement(conn, extension, [])).await?.is_none() {
            return Ok(Vec::new());
        }
        let index = "SELECT i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid \
            WHERE c.relname = $1 AND pg_table_is_visible(c.oid)";
        let row: Option<QueryResult> = conn.query_one_raw(statement(conn, index, [self.name.into()])).await?;
        let is_valid = row.map(|row| row.try_get_by_index::<bool>(0)).transpose()?;
        let message = match is_valid {
            Some(true) => return Ok(Vec::new()),
            Some(false) => "the index is not valid",
            None => "the index is not there",
        };
        Ok(vec![(self.name.to_owned(), message.to_owned())])
    }
}

/// The letters of a text as the index takes them: lines set apart by two line ends.
fn letters(text: &str) -> impl Iterator<Item = usize> {
    let ends = |c: char| if c == '\n' { [Some('\n'), Some('\n')] } else { [Some(c), None] };
    ['\n'].into_iter().chain(text.chars()).flat_map(ends).flatten().map(letter)
}

fn letter(c: char) -> usize {
    match c {
        // These two SQLite folds into ASCII.
        'ſ' => usize::from(b's'),
        '\u{212a}' => usize::from(b'k'),
        c => u8::try_from(c).ok().filter(u8::is_ascii).map_or(OTHER, |byte| usize::from(byte.to_ascii_lowercase())),
    }
}

fn place([first, second, third]: [usize; 3]) -> usize {
    (first * LETTERS + second) * LETTERS + third
}

fn shown(place: usize) -> String {
    let letters = [place / LETTERS / LETTERS, place / LETTERS % LETTERS, place % LETTERS];
    letters.into_iter().map(|letter| if letter == OTHER { '?' } else { char::from(letter as u8) }).collect()
}

/// A number as SQLite writes it, seven bits a byte, the last without the eighth.
fn number(bytes: &[u8]) -> i64 {
    let mut number = 0_i64;
    for byte in bytes {
        number = number << 7 | i64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_letters_are_those_of_sqlite() {
        assert_eq!([number(&[5]), number(&[0x81, 0x00]), number(&[0x82, 0x05])], [5, 128, 261]);
        let text: String = letters("Aſ\nö").map(|letter| char::from(letter as u8)).collect();
        assert_eq!(text, "\n\nas\n\n\u{7f}");
        assert_eq!(shown(place([usize::from(b'a'), usize::from(b'\n'), OTHER])), "a\n?");
    }
}
