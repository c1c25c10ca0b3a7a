//! What a statement reads of its tables: only the columns that a file needs, all rows as one text of JSON, for a database
//! hands over a long text a good deal faster than its thirty thousand parts.

use std::{borrow::Cow, collections::HashMap, fmt, marker::PhantomData};

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};
use uuid::Uuid;

use crate::{
    db::{one_of, statement},
    fault::Fault,
};

/// A column that can be read.
pub trait Field: Copy + 'static {
    /// What the columns are called in a statement, in their order, and whether they are ids.
    const NAMES: &'static [(&'static str, bool)];

    /// Its place among them.
    fn place(self) -> usize;
}

/// Declares columns that can be read, and what each is called in a statement; `id` stands before those that are ids.
macro_rules! fields {
    ($(#[$doc:meta])* $visible:vis $name:ident { $($variant:ident = $($id:ident)? $sql:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        $visible enum $name {
            $($variant,)*
        }

        impl $crate::export::fields::Field for $name {
            const NAMES: &'static [(&'static str, bool)] = &[$(($sql, $crate::export::fields::fields!(@ $($id)?)),)*];

            fn place(self) -> usize {
                self as usize
            }
        }
    };
    (@ id) => { true };
    (@) => { false };
}
pub(super) use fields;

/// The columns that are read, and where each is in a row.
pub struct Fields<F> {
    at: Vec<Option<usize>>,
    field: PhantomData<F>,
}

/// Rows as they were read; none when the text is empty.
#[derive(Default)]
pub struct Text(String);

/// A row of a [`Text`].
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Row<'a>(#[serde(borrow)] Vec<Cell<'a>>);

/// A value of a row.
enum Cell<'a> {
    Nothing,
    Number(i64),
    Text(Cow<'a, str>),
}

impl<F: Field> Fields<F> {
    /// These columns, each once.
    pub fn of(wanted: impl IntoIterator<Item = F>) -> Self {
        let mut is_wanted = vec![false; F::NAMES.len()];
        for field in wanted {
            is_wanted[field.place()] = true;
        }
        let mut next = 0..;
        let at = is_wanted.into_iter().map(|is_wanted| if is_wanted { next.next() } else { None }).collect();
        Self { at, field: PhantomData }
    }

    /// The statement that reads them: `source` is what stands between FROM and the list of ids, `order` the order of rows.
    fn sql(&self, backend: DbBackend, source: &str, one_of: &str, order: &str) -> String {
        let wanted = F::NAMES.iter().zip(&self.at).filter(|(_, at)| at.is_some());
        let cells: Vec<_> = wanted
            .map(|((name, is_id), _)| match (backend, is_id) {
                // SQLite keeps an id as its bytes.
                (DbBackend::Sqlite, true) => Cow::Owned(format!("hex({name})")),
                _ => Cow::Borrowed(*name),
            })
            .collect();
        let cells = cells.join(", ");
        let order = if order.is_empty() { String::new() } else { format!(" ORDER BY {order}") };
        match backend {
            DbBackend::Postgres => {
                format!("SELECT json_agg(json_build_array({cells}){order})::text FROM {source} {one_of}")
            }
            _ => format!("SELECT json_group_array(json_array({cells}){order}) FROM {source} {one_of}"),
        }
    }

    /// Reads them by a list of ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(&self, conn: &impl ConnectionTrait, source: &str, ids: &[Uuid], order: &str) -> Result<Text, DbErr> {
        let backend = conn.get_database_backend();
        let (one_of, list) = one_of(backend, 1, ids.iter().copied());
        let row = conn.query_one_raw(statement(conn, self.sql(backend, source, &one_of, order), [list])).await?;
        let text: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?.flatten();
        Ok(Text(text.unwrap_or_default()))
    }

    /// Rows by their ids.
    ///
    /// # Errors
    /// When one has none.
    pub fn by_id<'a>(&self, text: &'a Text, id: F) -> Result<HashMap<Uuid, Row<'a>>, Fault> {
        text.rows()?.into_iter().map(|row| Ok((self.id(&row, id)?, row))).collect()
    }

    /// Rows by the id of what they belong to, in their order.
    ///
    /// # Errors
    /// When one belongs to nothing.
    pub fn grouped<'a>(&self, text: &'a Text, of: F) -> Result<HashMap<Uuid, Vec<Row<'a>>>, Fault> {
        let mut found: HashMap<Uuid, Vec<Row<'a>>> = HashMap::new();
        for row in text.rows()? {
            found.entry(self.id(&row, of)?).or_default().push(row);
        }
        Ok(found)
    }

    fn cell<'r, 'a>(&self, row: &'r Row<'a>, field: F) -> Result<&'r Cell<'a>, Fault> {
        let at = self.at[field.place()];
        at.and_then(|at| row.0.get(at)).ok_or_else(|| Fault::Internal(format!("{} was not read", F::NAMES[field.place()].0)))
    }

    /// A text, if there is one.
    ///
    /// # Errors
    /// When the column was not read or is of another type.
    pub fn optional<'r>(&self, row: &'r Row<'_>, field: F) -> Result<Option<&'r str>, Fault> {
        match self.cell(row, field)? {
            Cell::Nothing => Ok(None),
            Cell::Text(text) => Ok(Some(text)),
            Cell::Number(_) => Err(other_type(field)),
        }
    }

    /// A text; empty when there is none.
    ///
    /// # Errors
    /// When the column was not read or is of another type.
    pub fn text<'r>(&self, row: &'r Row<'_>, field: F) -> Result<&'r str, Fault> {
        Ok(self.optional(row, field)?.unwrap_or_default())
    }

    /// A number.
    ///
    /// # Errors
    /// When the column was not read or holds none.
    pub fn number(&self, row: &Row<'_>, field: F) -> Result<i64, Fault> {
        self.number_or_none(row, field)?.ok_or_else(|| other_type(field))
    }

    /// A number, if there is one.
    ///
    /// # Errors
    /// When the column was not read or is of another type.
    pub fn number_or_none(&self, row: &Row<'_>, field: F) -> Result<Option<i64>, Fault> {
        match self.cell(row, field)? {
            Cell::Nothing => Ok(None),
            Cell::Number(number) => Ok(Some(*number)),
            Cell::Text(_) => Err(other_type(field)),
        }
    }

    /// An id.
    ///
    /// # Errors
    /// When the column was not read or holds none.
    pub fn id(&self, row: &Row<'_>, field: F) -> Result<Uuid, Fault> {
        self.id_or_none(row, field)?.ok_or_else(|| other_type(field))
    }

    /// An id, if there is one.
    ///
    /// # Errors
    /// When the column was not read or is of another type.
    pub fn id_or_none(&self, row: &Row<'_>, field: F) -> Result<Option<Uuid>, Fault> {
        match self.text(row, field)? {
            "" => Ok(None),
            text => Uuid::try_parse(text).map(Some).map_err(|_| other_type(field)),
        }
    }
}

fn other_type<F: Field>(field: F) -> Fault {
    Fault::Corrupt(format!("{} is of another type", F::NAMES[field.place()].0))
}

impl Text {
    /// The rows.
    ///
    /// # Errors
    /// When they are none.
    pub fn rows(&self) -> Result<Vec<Row<'_>>, Fault> {
        match self.0.as_str() {
            "" => Ok(Vec::new()),
            text => serde_json::from_str(text).map_err(|error| Fault::Corrupt(format!("rows of an export: {error}"))),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Cell<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfCell)
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

    fields! {
        Letter { A = "a", B = id "t.b", C = "c", D = "d", }
    }

    #[test]
    fn each_is_read_once_and_in_its_place() {
        let fields = Fields::of([Letter::C, Letter::A, Letter::B, Letter::C]);
        assert_eq!(fields.at, [Some(0), Some(1), Some(2), None]);
        assert_eq!(
            fields.sql(DbBackend::Sqlite, "t WHERE x", "= 1", "c"),
            "SELECT json_group_array(json_array(a, hex(t.b), c) ORDER BY c) FROM t WHERE x = 1"
        );
        assert_eq!(
            Fields::of([Letter::B]).sql(DbBackend::Postgres, "t WHERE x", "= 1", ""),
            "SELECT json_agg(json_build_array(t.b))::text FROM t WHERE x = 1"
        );
    }

    #[test]
    fn rows_are_what_was_read() {
        let fields = Fields::of([Letter::A, Letter::B, Letter::C]);
        let text = Text(r#"[["x \"y\"\n\u00e9", "0193A0B1C2D37EF8901234567890ABCD", -7], [null, "", null]]"#.into());
        let rows = text.rows().unwrap();
        assert_eq!(fields.text(&rows[0], Letter::A).unwrap(), "x \"y\"\né");
        assert_eq!(fields.number(&rows[0], Letter::C).unwrap(), -7);
        assert_eq!(fields.id(&rows[0], Letter::B).unwrap().simple().to_string(), "0193a0b1c2d37ef8901234567890abcd");
        assert_eq!(fields.optional(&rows[1], Letter::A).unwrap(), None);
        assert_eq!(fields.id_or_none(&rows[1], Letter::B).unwrap(), None);
        assert_eq!(fields.number_or_none(&rows[1], Letter::C).unwrap(), None);
        assert!(fields.number(&rows[1], Letter::C).is_err());
        assert!(fields.number(&rows[0], Letter::A).is_err());
        assert!(fields.text(&rows[0], Letter::C).is_err());
        assert!(fields.text(&rows[0], Letter::D).is_err(), "it was not read");
        assert!(Text::default().rows().unwrap().is_empty());
        assert!(Text("[[1.5]]".into()).rows().is_err());
    }
}
