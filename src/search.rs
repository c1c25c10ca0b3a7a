//! Searching for a part of a text.
//!
//! What is searched has a text for it, in lower case, a line for each thing that it is found by. Three letters
//! and more are found anywhere; one or two only where a line begins, for almost every text has them somewhere. Both databases
//! have indexes of three letters: FTS5 on SQLite, `pg_trgm` on PostgreSQL. Such an index looks at the places of every three
//! letters in a row, which for a long text is much, mostly for what all texts have: `ord-20`, `@example.com`. So of a long text
//! an index is asked for the rarest part alone, and what it finds is looked at.

use std::sync::Arc;

use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr,
    sea_query::{Alias, Expr, ExprTrait as _, Func, IntoColumnRef, LikeExpr, Query, SelectStatement, UnionType},
};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use crate::{
    db::{Text, as_text, statement},
    fault::Fault,
};

/// What is searched for, as it is part of a filter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Search {
    text: String,
    rare: Option<String>,
    found: Option<Arc<[Uuid]>>,
}

impl From<String> for Search {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<Search> for String {
    fn from(search: Search) -> Self {
        search.text
    }
}

impl Search {
    /// What is searched for; nothing when a person typed nothing.
    pub fn needle(&self) -> Option<Needle> {
        Needle::of(&self.text).map(|needle| Needle { rare: self.rare.clone(), found: self.found.clone(), ..needle })
    }
}

/// A filter that may search.
pub trait Searches: Clone {
    /// All that it searches for.
    fn searches(&mut self) -> Vec<&mut Search>;
}

/// The same filter, that knows of each long text it searches for in an index which part of it is rare, and on SQLite what is
/// found by it if that is little: the parts of a page need not look for it again each.
///
/// # Errors
/// When the database fails.
pub async fn looked_up<F: Searches>(conn: &impl ConnectionTrait, index: SearchIndex, filter: &F) -> Result<F, DbErr> {
    let mut filter = filter.clone();
    let mut long: Vec<_> =
        filter.searches().into_iter().filter_map(|search| Some((search.needle().filter(Needle::is_long)?, search))).collect();
    if !long.is_empty() {
        let texts = index.sample(conn).await?;
        for (needle, search) in &mut long {
            needle.rare = Some(needle.rarest_part(&texts).to_owned());
            search.found = index.few(conn, needle).await?;
            search.rare = needle.rare.take();
        }
    }
    Ok(filter)
}

/// What is searched for: lower case, not empty.
#[derive(Clone, Debug)]
pub struct Needle {
    text: String,
    /// A part of it that few texts have.
    rare: Option<String>,
    /// What is found by it, if that is known.
    found: Option<Arc<[Uuid]>>,
}

/// From how many characters on it is found anywhere.
const ANYWHERE: usize = 3;

/// The characters of a rare part.
const PART: usize = 8;

/// Those of a short one, where every longer one has something that many texts have.
const SHORT: usize = 5;

/// Texts from each end of a table by which it is judged what is rare.
const SAMPLE: usize = 32;

/// Up to how many ids of what is found are kept beside a filter.
const FEW: usize = 500;

impl Needle {
    /// What a person typed; nothing when that is empty.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: text.to_lowercase(), rare: None, found: None })
    }

    /// Whether the index of SQLite finds more than has it, being asked for a part.
    pub fn is_asked_in_part(&self) -> bool {
        self.rare.is_some()
    }

    /// Whether an index is better asked for a part of it.
    fn is_long(&self) -> bool {
        self.text.len() > PART && self.is_plain()
    }

    /// The part of which these texts have the fewest threes of letters, a longer one of several, and then the last: each three is
    /// read from the index whole, however rare the others are.
    fn rarest_part(&self, texts: &[String]) -> &str {
        // Plain texts are of single bytes.
        let common = |three: &str| texts.iter().filter(|text| text.contains(three)).count();
        let common: Vec<usize> = (0..=self.text.len() - ANYWHERE).map(|at| common(&self.text[at..at + ANYWHERE])).collect();
        let parts = [PART, SHORT].into_iter().flat_map(|length| {
            let sums = common.windows(length - ANYWHERE + 1).map(|threes| threes.iter().sum::<usize>());
            sums.enumerate().map(move |(at, sum)| (sum, usize::MAX - length, usize::MAX - at, at, length))
        });
        let (.., at, length) = parts.min().unwrap_or((0, 0, 0, 0, PART));
        &self.text[at..at + length]
    }

    /// Whether no stored text can have it: none has a NUL character, and PostgreSQL does not take one as a value.
    pub fn is_nowhere(&self) -> bool {
        self.text.contains('\0')
    }

    fn missing(&self) -> usize {
        ANYWHERE.saturating_sub(self.text.chars().count())
    }

    /// Whether SQLite finds it in a text as written alike with and without an index: only letters a to z are alike there in
    /// capitals and not, and lines are set apart in the index by more than a line end.
    pub fn is_plain(&self) -> bool {
        self.text.is_ascii() && !self.text.contains('\n')
    }

    /// The ids of all that is found by it, if they are known.
    pub fn found(&self) -> Option<&[Uuid]> {
        self.found.as_deref()
    }

    /// Whether a text at hand has it, as the databases judge it.
    pub fn is_found_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self.missing() {
            0 => text.contains(&self.text),
            _ => text.split('\n').any(|line| line.starts_with(&self.text)),
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
        let like = |column: Expr, before: &str, text: &str| {
            let pattern = format!("{before}{}%", escaped(text));
            column.like(LikeExpr::new(pattern).escape('\\'))
        };
        match (&self.rare, self.missing()) {
            // No index serves the second.
            (Some(rare), _) => Condition::all().add(like(column.clone(), "%", rare)).add(like(
                Expr::expr(Func::coalesce([column, Expr::value("")])),
                "%",
                &self.text,
            )),
            (None, 0) => Condition::all().add(like(column, "%", &self.text)),
            _ => Condition::any().add(like(column.clone(), "", &self.text)).add(like(column, "%\n", &self.text)),
        }
    }

    /// The same for the index of SQLite, in which lines are set apart by two line ends.
    fn phrase(&self) -> String {
        let text = self.rare.as_ref().unwrap_or(&self.text).replace('\0', " ").replace('\n', "\n\n").replace('"', "\"\"");
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
    /// The texts on SQLite: a table, the texts and what they are numbered by.
    sqlite: [&'static str; 3],
    /// The texts on PostgreSQL.
    postgres: [&'static str; 3],
}

/// Orders.
pub const ORDERS: SearchIndex = SearchIndex {
    table: "order_search",
    id: "order_id",
    has_tail: true,
    sqlite: ["order_search_texts", "text", "row"],
    postgres: ["orders", "search_text", "id"],
};

/// Customers.
pub const CUSTOMERS: SearchIndex = SearchIndex {
    table: "customer_search",
    id: "customer_id",
    has_tail: true,
    sqlite: ["customer_search_texts", "text", "row"],
    postgres: ["customers", "search_text", "id"],
};

/// Payments.
pub const PAYMENTS: SearchIndex = SearchIndex {
    table: "payment_search",
    id: "payment_id",
    has_tail: true,
    sqlite: ["payment_search_texts", "text", "row"],
    postgres: ["payment_search", "text", "payment_id"],
};

/// Products.
pub const PRODUCTS: SearchIndex = SearchIndex {
    table: "product_search",
    id: "product_id",
    has_tail: false,
    sqlite: ["product_search_texts", "text", "row"],
    postgres: ["product_search", "text", "product_id"],
};

/// Line items: see [`item_texts`].
pub const ITEMS: SearchIndex = SearchIndex {
    table: "item_search",
    id: "row",
    has_tail: false,
    sqlite: ["item_texts", "name || char(10) || sku", "row"],
    postgres: ["item_texts", "text", "id"],
};

impl SearchIndex {
    /// Some of its texts, in lower case.
    async fn sample(self, conn: &impl ConnectionTrait) -> Result<Vec<String>, DbErr> {
        let [texts, text, number] = match conn.get_database_backend() {
            DbBackend::Sqlite => self.sqlite,
            _ => self.postgres,
        };
        let end = |order: &str| {
            format!(
                "SELECT text FROM (SELECT substr({text}, 1, 2000) AS text FROM {texts} ORDER BY {number} {order} LIMIT {SAMPLE}) AS x"
            )
        };
        // As one text: handing over rows takes longer than reading them.
        let source = format!("({} UNION ALL {}) AS sample", end("ASC"), end("DESC"));
        let sample = statement(conn, as_text(conn.get_database_backend(), "text", &source), []);
        let sample = Text::read(conn, sample).await?;
        let corrupt = |fault: Fault| DbErr::Custom(fault.to_string());
        let texts = sample.rows().map_err(corrupt)?;
        texts.iter().map(|row| Ok(row.text(0).map_err(corrupt)?.unwrap_or_default().to_lowercase())).collect()
    }

    /// The ids of what is found, on SQLite, if they are few: only so many of those that have the rare part are looked at.
    async fn few(self, conn: &impl ConnectionTrait, needle: &Needle) -> Result<Option<Arc<[Uuid]>>, DbErr> {
        if conn.get_database_backend() != DbBackend::Sqlite || self.table == ITEMS.table {
            return Ok(None);
        }
        let Self { table, id, .. } = self;
        let tail = match self.has_tail {
            true => format!(
                " UNION ALL SELECT {id} FROM {table}_texts WHERE row IN (SELECT row FROM {table}_tail) AND text LIKE $2 ESCAPE '\\'"
            ),
            false => String::new(),
        };
        let sql = format!(
            "WITH hits AS MATERIALIZED (SELECT rowid AS row FROM {table} WHERE {table} MATCH $1 LIMIT {FEW} + 1), \
             many AS MATERIALIZED (SELECT COUNT(*) > {FEW} AS are FROM hits) SELECT NULL FROM many WHERE are UNION ALL \
             SELECT r.{id} FROM many CROSS JOIN hits h CROSS JOIN {table}_rows r CROSS JOIN {table}_texts x \
             WHERE NOT are AND r.row = h.row AND x.row = h.row AND x.text LIKE $2 ESCAPE '\\'{tail}"
        );
        let like = format!("%{}%", escaped(&needle.text));
        let rows = conn.query_all_raw(statement(conn, sql, [needle.phrase().into(), like.into()])).await?;
        let found: Vec<Option<Uuid>> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
        // A row without an id says that there are too many.
        let found: Option<Vec<Uuid>> = found.into_iter().collect();
        Ok(found.filter(|found| found.len() <= FEW).map(Into::into))
    }

    /// A row for each that is found.
    pub fn rows(self, backend: DbBackend, needle: &Needle) -> SelectStatement {
        match backend {
            DbBackend::Sqlite => self.with_tail(found(self.table, Expr::value(1), needle), Expr::value(1), needle),
            _ => self.texts(Expr::value(1), needle),
        }
    }

    /// A row for each that may be it, on SQLite: of a long text for each that has its rare part.
    pub fn bound(self, needle: &Needle) -> SelectStatement {
        self.with_tail(matching(self.table, Expr::value(1), needle), Expr::value(1), needle)
    }

    /// The ids of the same.
    pub fn candidates(self, needle: &Needle) -> SelectStatement {
        self.ids_among(matching(self.table, Expr::col(Alias::new("rowid")), needle), needle)
    }

    /// The ids of all that are found.
    pub fn ids(self, backend: DbBackend, needle: &Needle) -> SelectStatement {
        let id = || Expr::col(Alias::new(self.id));
        if backend != DbBackend::Sqlite {
            return self.texts(id(), needle);
        }
        self.ids_among(found(self.table, Expr::col(Alias::new("rowid")), needle), needle)
    }

    /// The ids of rows of the index of SQLite.
    fn ids_among(self, found: SelectStatement, needle: &Needle) -> SelectStatement {
        let id = || Expr::col(Alias::new(self.id));
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
    let column = |name: &'static str| (Alias::new("item_texts"), Alias::new(name));
    if backend != DbBackend::Sqlite {
        return needle.is_in(column("text"));
    }
    let found = matching("item_search", Expr::col(Alias::new("rowid")), needle);
    let looked_at =
        needle.rare.as_ref().map(|_| Condition::any().add(needle.is_in(column("name"))).add(needle.is_in(column("sku"))));
    Condition::all().add(Expr::col(column("row")).in_subquery(found)).add_option(looked_at)
}

/// What the index of SQLite finds, looked at where it was asked for a part only.
fn found(table: &'static str, what: Expr, needle: &Needle) -> SelectStatement {
    let mut found = matching(table, what, needle);
    if needle.rare.is_some() {
        let texts = Alias::new(format!("{table}_texts"));
        let looked_at = Query::select()
            .expr(Expr::value(1))
            .from(texts.clone())
            .and_where(Expr::col((texts.clone(), Alias::new("row"))).eq(Expr::col((Alias::new(table), Alias::new("rowid")))))
            .cond_where(needle.is_in((texts, Alias::new("text"))))
            .to_owned();
        found.and_where(Expr::exists(looked_at));
    }
    found
}

fn matching(table: &'static str, what: Expr, needle: &Needle) -> SelectStatement {
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
        let rare = Needle { rare: Some("1234".into()), ..Needle::of("abc 1234 def").unwrap() };
        assert_eq!(rare.phrase(), "\"1234\"");
    }

    #[test]
    fn the_rarest_part_is_what_few_texts_have() {
        let texts = ["ord-20180302-0001\nann@shop.example".to_owned(), "ord-20180301-0007\nbob@shop.example".to_owned()];
        let part = |text: &str| Needle::of(text).unwrap().rarest_part(&texts).to_owned();
        assert_eq!(part("ORD-20170615-0042"), "170615-0");
        assert_eq!(part("zacharias@shop.example"), "harias@s");
        assert_eq!(part("123456789"), "23456789");
        assert_eq!(part("ord-2018zzz@shop.example"), "zzz@s");
        assert!(!Needle::of("12345678").unwrap().is_long());
        assert!(!Needle::of("müller und müller").unwrap().is_long());
    }
}
