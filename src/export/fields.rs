//! What a statement reads of its tables: only the columns that a file needs, all rows as one text.

use std::{collections::HashMap, marker::PhantomData};

use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use uuid::Uuid;

use crate::{
    db::{Row, Text, as_text, id_cell, one_of, statement},
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
        let wanted: Vec<_> = F::NAMES.iter().zip(&self.at).filter(|(_, at)| at.is_some()).map(|(name, _)| *name).collect();
        let list = |cell: &dyn Fn(usize, &str, bool) -> String| {
            wanted.iter().enumerate().map(|(at, (name, is_id))| cell(at, name, *is_id)).collect::<Vec<_>>().join(", ")
        };
        match backend {
            // The order is that of the rows, not of the aggregate: while PostgreSQL takes a table for small, it is led to the
            // index by it.
            DbBackend::Postgres => {
                let (names, cells) = (list(&|at, name, _| format!("{name} AS c{at}")), list(&|at, _, _| format!("c{at}")));
                let rows = format!("(SELECT {names} FROM {source} {one_of} ORDER BY {order} OFFSET 0) AS r");
                as_text(backend, &cells, &rows)
            }
            _ => {
                let cells = list(&|_, name, is_id| if is_id { id_cell(backend, name) } else { name.to_owned() });
                format!("SELECT json_group_array(json_array({cells}) ORDER BY {order}) FROM {source} {one_of}")
            }
        }
    }

    /// Reads them by a list of ids.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn read(&self, conn: &impl ConnectionTrait, source: &str, ids: &[Uuid], order: &str) -> Result<Text, DbErr> {
        let backend = conn.get_database_backend();
        let (one_of, list) = one_of(backend, 1, ids.iter().copied());
        Text::read(conn, statement(conn, self.sql(backend, source, &one_of, order), [list])).await
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

    fn at(&self, field: F) -> Result<usize, Fault> {
        self.at[field.place()].ok_or_else(|| Fault::Internal(format!("{} was not read", F::NAMES[field.place()].0)))
    }

    /// A text, if there is one.
    ///
    /// # Errors
    /// When the column was not read or is of another type.
    pub fn optional<'r>(&self, row: &'r Row<'_>, field: F) -> Result<Option<&'r str>, Fault> {
        row.text(self.at(field)?)
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
        row.number(self.at(field)?)
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
        row.id(self.at(field)?)
    }
}

fn other_type<F: Field>(field: F) -> Fault {
    Fault::Corrupt(format!("{} is of another type", F::NAMES[field.place()].0))
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
            Fields::of([Letter::B]).sql(DbBackend::Postgres, "t WHERE x", "= 1", "c"),
            "SELECT json_agg(json_build_array(c0))::text FROM (SELECT t.b AS c0 FROM t WHERE x = 1 ORDER BY c OFFSET 0) AS r"
        );
    }

    #[test]
    fn rows_are_what_was_read() {
        let fields = Fields::of([Letter::A, Letter::B, Letter::C]);
        let text = Text::of(r#"[["x \"y\"\n\u00e9", "0193A0B1C2D37EF8901234567890ABCD", -7], [null, "", null]]"#);
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
    }
}
