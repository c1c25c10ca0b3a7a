//! Searching for a part of a text.
//!
//! Orders and customers have a text for searching, in lower case, a line for each thing that they are found by. Three letters
//! and more are found anywhere; one or two only where a line begins, for almost every text has them somewhere. Both databases
//! have indexes of three letters: FTS5 on SQLite, `pg_trgm` on PostgreSQL.

use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr,
    sea_query::{Alias, Expr, ExprTrait as _, Func, IntoColumnRef, LikeExpr, Query, SelectStatement},
};
use serde::{Deserialize, Deserializer};

/// What is searched for: lower case, not empty.
#[derive(Clone, Debug)]
pub struct Needle(String);

/// From how many characters on it is found anywhere.
const ANYWHERE: usize = 3;

impl Needle {
    /// What a person typed; nothing when that is empty.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_lowercase()))
    }

    /// Whether no stored text can have it: none has a NUL character, and PostgreSQL does not take one as a value.
    pub fn is_nowhere(&self) -> bool {
        self.0.contains('\0')
    }

    fn missing(&self) -> usize {
        ANYWHERE.saturating_sub(self.0.chars().count())
    }

    /// Whether a text for searching holds it; `%` and `_` stand for themselves.
    pub fn is_in(&self, column: impl IntoColumnRef) -> Condition {
        if self.is_nowhere() {
            return Condition::all().add(Expr::value(false));
        }
        let column = Expr::col(column);
        let like = |before: &str| {
            let pattern = format!("{before}{}%", escaped(&self.0));
            column.clone().like(LikeExpr::new(pattern).escape('\\'))
        };
        match self.missing() {
            0 => Condition::all().add(like("%")),
            _ => Condition::any().add(like("")).add(like("%\n")),
        }
    }

    /// The same for the index of SQLite, in which lines are set apart by two line ends.
    fn phrase(&self) -> String {
        let text = self.0.replace('\0', " ").replace('\n', "\n\n").replace('"', "\"\"");
        format!("\"{}{text}\"", "\n".repeat(self.missing()))
    }
}

/// A search index of SQLite: its table, and the column of ids in the table beside it.
#[derive(Clone, Copy, Debug)]
pub struct SearchIndex(&'static str, &'static str);

/// Orders.
pub const ORDERS: SearchIndex = SearchIndex("order_search", "order_id");

/// Customers.
pub const CUSTOMERS: SearchIndex = SearchIndex("customer_search", "customer_id");

/// A row for each that is found, on SQLite.
pub fn rows(SearchIndex(table, _): SearchIndex, needle: &Needle) -> SelectStatement {
    found(table, Expr::value(1), needle)
}

/// The ids of all that are found, on SQLite.
pub fn ids(SearchIndex(table, id): SearchIndex, needle: &Needle) -> SelectStatement {
    let found = found(table, Expr::col(Alias::new("rowid")), needle);
    Query::select()
        .column(Alias::new(id))
        .from(Alias::new(format!("{table}_rows")))
        .and_where(Expr::col(Alias::new("row")).in_subquery(found))
        .to_owned()
}

/// The ids of all that are found, if they are few enough to be looked at one by one; on SQLite. PostgreSQL decides itself
/// whether it takes its index.
///
/// # Errors
/// When the database fails.
pub async fn few(conn: &impl ConnectionTrait, index: SearchIndex, needle: &Needle) -> Result<Option<SelectStatement>, DbErr> {
    const FEW: i64 = 1_000;
    if conn.get_database_backend() != DbBackend::Sqlite {
        return Ok(None);
    }
    let found = rows(index, needle).limit(FEW as u64 + 1).to_owned();
    let count = Query::select().expr(Func::count(Expr::cust("*"))).from_subquery(found, Alias::new("few")).to_owned();
    let row = conn.query_one_raw(conn.get_database_backend().build(&count)).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    Ok((count <= FEW).then(|| ids(index, needle)))
}

fn found(table: &'static str, what: Expr, needle: &Needle) -> SelectStatement {
    let matching = Expr::cust_with_values(format!("{table} MATCH ?"), [needle.phrase()]);
    Query::select().expr(what).from(Alias::new(table)).and_where(matching).to_owned()
}

/// Whether a column that is kept as written holds a text, without regard to the case of the letters a to z: those are what
/// both databases fold alike. `%` and `_` stand for themselves.
pub fn found_in(column: impl IntoColumnRef, text: &str) -> Condition {
    if text.contains('\0') {
        return Condition::all().add(Expr::value(false));
    }
    let column = Expr::col(column);
    let pattern = |text: &str| LikeExpr::new(format!("%{}%", escaped(text))).escape('\\');
    let as_written = column.clone().like(pattern(text));
    let folded = Expr::expr(Func::lower(column)).like(pattern(&text.to_ascii_lowercase()));
    // As written too, because PostgreSQL may fold more letters of the column than were folded here.
    Condition::any().add(folded).add(as_written)
}

/// Reads a field of a stored filter whose being null means something else than its being absent: an id that names nothing.
/// The field is `default` and left out while it is `None`.
///
/// # Errors
/// When the value is of another type.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_index_is_asked_is_one_quoted_phrase() {
        let phrase = |text: &str| Needle::of(text).unwrap().phrase();
        assert_eq!(phrase("  Müller "), "\"müller\"");
        assert_eq!(phrase("a\"b*"), "\"a\"\"b*\"");
        assert_eq!(phrase("NEAR("), "\"near(\"");
        assert_eq!(phrase("😀a"), "\"\n😀a\"");
        assert_eq!(phrase("x"), "\"\n\nx\"");
        assert!(Needle::of(" \n").is_none());
    }
}
