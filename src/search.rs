//! Searching for a part of a text.
//!
//! What is searched has a text for it, in lower case, a line for each thing that it is found by. Three letters
//! and more are found anywhere; one or two only where a line begins, for almost every text has them somewhere. Both databases
//! have indexes of three letters: FTS5 on SQLite, `pg_trgm` on PostgreSQL.

use sea_orm::{
    Condition, DbBackend,
    sea_query::{Alias, Expr, ExprTrait as _, Func, IntoColumnRef, LikeExpr, Query, SelectStatement, UnionType},
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

    /// Whether SQLite finds it in a text as written alike with and without an index: only letters a to z are alike there in
    /// capitals and not, and lines are set apart in the index by more than a line end.
    pub fn is_plain(&self) -> bool {
        self.0.is_ascii() && !self.0.contains('\n')
    }

    /// Whether a text at hand has it, as the databases judge it.
    pub fn is_found_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self.missing() {
            0 => text.contains(&self.0),
            _ => text.split('\n').any(|line| line.starts_with(&self.0)),
        }
    }

    /// Whether a text for searching holds it; `%` and `_` stand for themselves.
    pub fn is_in(&self, column: impl IntoColumnRef) -> Condition {
        self.is_in_text(Expr::col(column))
    }

    /// The same of a text that is computed.
    pub fn is_in_text(&self, column: Expr) -> Condition {
        if self.is_nowhere() {
            return Condition::all().add(Expr::value(false));
        }
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

/// A search index: its table, and the column of ids. On SQLite the ids are in a table beside it; on PostgreSQL orders and
/// customers are searched in a column of theirs instead.
#[derive(Clone, Copy, Debug)]
pub struct SearchIndex {
    table: &'static str,
    id: &'static str,
    /// Whether on SQLite some texts are not yet in the index.
    has_tail: bool,
}

/// Orders.
pub const ORDERS: SearchIndex = SearchIndex { table: "order_search", id: "order_id", has_tail: true };

/// Customers.
pub const CUSTOMERS: SearchIndex = SearchIndex { table: "customer_search", id: "customer_id", has_tail: true };

/// Payments.
pub const PAYMENTS: SearchIndex = SearchIndex { table: "payment_search", id: "payment_id", has_tail: true };

/// Products.
pub const PRODUCTS: SearchIndex = SearchIndex { table: "product_search", id: "product_id", has_tail: false };

impl SearchIndex {
    /// A row for each that is found.
    pub fn rows(self, backend: DbBackend, needle: &Needle) -> SelectStatement {
        match backend {
            DbBackend::Sqlite => self.with_tail(found(self.table, Expr::value(1), needle), Expr::value(1), needle),
            _ => self.texts(Expr::value(1), needle),
        }
    }

    /// The ids of all that are found.
    pub fn ids(self, backend: DbBackend, needle: &Needle) -> SelectStatement {
        let id = || Expr::col(Alias::new(self.id));
        if backend != DbBackend::Sqlite {
            return self.texts(id(), needle);
        }
        let found = found(self.table, Expr::col(Alias::new("rowid")), needle);
        let ids = Query::select()
            .expr(id())
            .from(Alias::new(format!("{}_rows", self.table)))
            .and_where(Expr::col(Alias::new("row")).in_subquery(found))
            .to_owned();
        self.with_tail(ids, id(), needle)
    }

    /// A row if the one of an id is found, on PostgreSQL. The offset keeps it from making a join of it.
    pub fn row_of(self, id: Expr, needle: &Needle) -> SelectStatement {
        let here = Expr::col((Alias::new(self.table), Alias::new(self.id))).eq(id);
        self.texts(Expr::value(1), needle).and_where(here).limit(1).offset(0).to_owned()
    }

    fn texts(self, what: Expr, needle: &Needle) -> SelectStatement {
        let found = needle.is_in((Alias::new(self.table), Alias::new("text")));
        Query::select().expr(what).from(Alias::new(self.table)).cond_where(found).to_owned()
    }

    /// With what is found among the texts that are not yet in the index of SQLite.
    fn with_tail(self, mut found: SelectStatement, what: Expr, needle: &Needle) -> SelectStatement {
        if !self.has_tail {
            return found;
        }
        let texts = Alias::new(format!("{}_texts", self.table));
        let tail = Query::select().column(Alias::new("row")).from(Alias::new(format!("{}_tail", self.table))).to_owned();
        let more = Query::select()
            .expr(what)
            .from(texts.clone())
            .and_where(Expr::col((texts.clone(), Alias::new("row"))).in_subquery(tail))
            .cond_where(needle.is_in((texts, Alias::new("text"))))
            .to_owned();
        found.union(UnionType::All, more).to_owned()
    }
}

/// Texts that line items have, SKU and name together, in which it is found: a condition on `item_texts`.
pub fn item_texts(backend: DbBackend, needle: &Needle) -> Condition {
    match backend {
        DbBackend::Sqlite => {
            let found = found("item_search", Expr::col(Alias::new("rowid")), needle);
            Condition::all().add(Expr::col((Alias::new("item_texts"), Alias::new("row"))).in_subquery(found))
        }
        _ => needle.is_in((Alias::new("item_texts"), Alias::new("text"))),
    }
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
