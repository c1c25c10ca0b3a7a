//! Many rows as one text: the database makes JSON of them, an array of arrays, and hands over a long text a good deal faster
//! than its thousands of parts.

use std::{borrow::Cow, fmt};

use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Statement};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, SeqAccess, Visitor},
};
use uuid::Uuid;

use crate::fault::Fault;

/// The statement that selects rows as one [`Text`]: `cells` is a list of expressions, `source` what stands behind FROM.
pub fn as_text(backend: DbBackend, cells: &str, source: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("SELECT json_agg(json_build_array({cells}))::text FROM {source}"),
        _ => format!("SELECT json_group_array(json_array({cells})) FROM {source}"),
    }
}

/// The same of rows that begin with `words`, texts without anything that JSON escapes such as ids and codes, and end with whole
/// `numbers` that are all there: PostgreSQL writes these in half the time.
pub fn as_plain_text(backend: DbBackend, words: &[&str], numbers: &[&str], source: &str) -> String {
    let cells = [words, numbers].concat().join(", ");
    match backend {
        DbBackend::Postgres => {
            let form: Vec<&str> = words.iter().map(|_| "\"%s\"").chain(numbers.iter().map(|_| "%s")).collect();
            let form = form.join(",");
            format!("SELECT '[' || string_agg(format('[{form}]', {cells}), ',') || ']' FROM {source}")
        }
        _ => as_text(backend, &cells, source),
    }
}

/// An id as a cell of such rows: SQLite keeps it as its bytes.
pub fn id_cell(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Postgres => column.to_owned(),
        _ => format!("hex({column})"),
    }
}

/// The ids of a column, of all rows or of a group, as one text for [`ids`].
pub fn ids_cell(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("string_agg(encode(uuid_send({column}), 'hex'), '')"),
        _ => format!("group_concat(hex({column}), '')"),
    }
}

/// Ids that were read as one text; none when there is no text.
///
/// # Errors
/// When it is something else.
pub fn ids(row: &QueryResult, at: usize) -> Result<Vec<Uuid>, DbErr> {
    let text: Option<String> = row.try_get_by_index(at)?;
    let each = text.as_deref().unwrap_or_default().as_bytes().chunks(32).map(Uuid::try_parse_ascii);
    each.collect::<Result<_, _>>().map_err(|error| DbErr::Type(format!("ids: {error}")))
}

/// The numbers of a column, of all rows or of a group, as one text for [`numbers`].
pub fn numbers_cell(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("CAST(json_agg({column}) AS text)"),
        _ => format!("json_group_array({column})"),
    }
}

/// A list of numbers that was read as one text; none when there is no text.
///
/// # Errors
/// When it is something else.
pub fn numbers(row: &QueryResult, at: usize) -> Result<Vec<i64>, Fault> {
    match row.try_get_by_index::<Option<String>>(at)? {
        Some(text) => serde_json::from_str(&text).map_err(|error| Fault::Corrupt(format!("numbers: {error}"))),
        None => Ok(Vec::new()),
    }
}

/// Rows as they were read; none when the text is empty.
#[derive(Default)]
pub struct Text(String);

/// A row of a [`Text`].
pub struct Row<'a>(Vec<Cell<'a>>);

/// A value of a row.
enum Cell<'a> {
    Nothing,
    Number(i64),
    Text(Cow<'a, str>),
}

impl Text {
    /// Reads what a statement selects as one text.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn read(conn: &impl ConnectionTrait, statement: Statement) -> Result<Self, DbErr> {
        let row = conn.query_one_raw(statement).await?;
        let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
        Ok(Self(text.unwrap_or_default()))
    }

    /// A text at hand.
    #[cfg(test)]
    pub fn of(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The rows.
    ///
    /// # Errors
    /// When they are none.
    pub fn rows(&self) -> Result<Vec<Row<'_>>, Fault> {
        match self.0.as_str() {
            "" => Ok(Vec::new()),
            text => {
                let mut text = serde_json::Deserializer::from_str(text);
                let rows = text.deserialize_seq(OfRows).and_then(|rows| text.end().map(|()| rows));
                rows.map_err(|error| Fault::Corrupt(format!("rows: {error}")))
            }
        }
    }
}

impl Row<'_> {
    fn cell(&self, at: usize) -> Result<&Cell<'_>, Fault> {
        self.0.get(at).ok_or_else(|| Fault::Internal(format!("a row has no column {at}")))
    }

    /// A text, if there is one.
    ///
    /// # Errors
    /// When the column is of another type.
    pub fn text(&self, at: usize) -> Result<Option<&str>, Fault> {
        match self.cell(at)? {
            Cell::Nothing => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            Cell::Number(_) => Err(Fault::Corrupt(format!("column {at} is a number"))),
        }
    }

    /// An id, if there is one.
    ///
    /// # Errors
    /// When the column is of another type.
    pub fn id(&self, at: usize) -> Result<Option<Uuid>, Fault> {
        match self.text(at)?.unwrap_or_default() {
            "" => Ok(None),
            text => Uuid::try_parse(text).map(Some).map_err(|_| Fault::Corrupt(format!("column {at} is no id"))),
        }
    }

    /// A number, if there is one.
    ///
    /// # Errors
    /// When the column is of another type.
    pub fn number(&self, at: usize) -> Result<Option<i64>, Fault> {
        match self.cell(at)? {
            Cell::Nothing => Ok(None),
            Cell::Number(number) => Ok(Some(*number)),
            Cell::Text(_) => Err(Fault::Corrupt(format!("column {at} is a text"))),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfCell)
    }
}

struct OfRows;

impl<'de> Visitor<'de> for OfRows {
    type Value = Vec<Row<'de>>;

    fn expecting(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut given: A) -> Result<Self::Value, A::Error> {
        let mut rows: Self::Value = Vec::new();
        // Each has as many cells as the one before.
        while let Some(row) = given.next_element_seed(OfRow(rows.last().map_or(0, |row| row.0.len())))? {
            rows.push(row);
        }
        Ok(rows)
    }
}

/// A row of about so many cells.
struct OfRow(usize);

impl<'de> DeserializeSeed<'de> for OfRow {
    type Value = Row<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for OfRow {
    type Value = Row<'de>;

    fn expecting(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.write_str("a row")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut given: A) -> Result<Self::Value, A::Error> {
        let mut cells = Vec::with_capacity(self.0);
        while let Some(cell) = given.next_element()? {
            cells.push(cell);
        }
        Ok(Row(cells))
    }
}

struct OfCell;

impl<'de> Visitor<'de> for OfCell {
    type Value = Cell<'de>;

    fn expecting(&self, form: &mut fmt::Formatter<'_>) -> fmt::Result {
        form.write_str("a text, a whole number or null")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Cell::Nothing)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Cell::Number(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
        i64::try_from(number).map(Cell::Number).map_err(|_| E::custom("a number is too large"))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_arrays_of_texts_numbers_and_nothing() {
        let text = Text::of(r#"[["a \"b\"\n\u00e9", -9223372036854775808], [null, 7]]"#);
        let rows = text.rows().unwrap();
        assert_eq!((rows[0].text(0).unwrap(), rows[0].number(1).unwrap()), (Some("a \"b\"\né"), Some(i64::MIN)));
        assert_eq!((rows[1].text(0).unwrap(), rows[1].number(0).unwrap(), rows[1].number(1).unwrap()), (None, None, Some(7)));
        assert!(rows[0].number(0).is_err() && rows[0].text(1).is_err() && rows[0].text(2).is_err());
        assert!(Text::default().rows().unwrap().is_empty());
        assert!(Text::of("[[1.5]]").rows().is_err());
        assert!(Text::of("[[9223372036854775808]]").rows().is_err());
    }
}
