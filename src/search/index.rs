//! The indexes that texts are searched in.

use std::sync::Arc;

use migration::signs::{ALL, BUT_PLUS, Signs};
use sea_orm::{
    Condition, ConnectionTrait, DbBackend, DbErr, QueryResult, Statement,
    sea_query::{Alias, Expr, ExprTrait as _, Query, SelectStatement, UnionType},
};
use uuid::Uuid;

use super::needle::{Needle, SoldAs, escaped};
use crate::db::{ids, ids_cell, statement};

/// Up to how many ids of what is found are kept beside a filter. SQLite looks so many texts up one by one.
const FEW: usize = 1_000;

/// Up to how many pairs of SKU and name: the lines of each are read in the list's order.
const FEW_SOLD_AS: usize = 32;

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
    /// The signs that PostgreSQL has an index of.
    signs: Signs,
}

/// Orders.
pub const ORDERS: SearchIndex = SearchIndex {
    table: "order_search",
    id: "order_id",
    has_tail: true,
    sqlite: ["order_search_texts", "text", "row"],
    postgres: ["orders", "search_text", "id"],
    signs: ALL,
};

/// Customers.
pub const CUSTOMERS: SearchIndex = SearchIndex {
    table: "customer_search",
    id: "customer_id",
    has_tail: true,
    sqlite: ["customer_search_texts", "text", "row"],
    postgres: ["customers", "search_text", "id"],
    signs: BUT_PLUS,
};

/// Payments.
pub const PAYMENTS: SearchIndex = SearchIndex {
    table: "payment_search",
    id: "payment_id",
    has_tail: true,
    sqlite: ["payment_search_texts", "text", "row"],
    postgres: ["payment_search", "text", "payment_id"],
    signs: ALL,
};

/// Products.
pub const PRODUCTS: SearchIndex = SearchIndex {
    table: "product_search",
    id: "product_id",
    has_tail: false,
    sqlite: ["product_search_texts", "text", "row"],
    postgres: ["product_search", "text", "product_id"],
    signs: ALL,
};

/// Line items: see [`item_texts`].
pub const ITEMS: SearchIndex = SearchIndex {
    table: "item_search",
    id: "row",
    has_tail: false,
    sqlite: ["item_texts", "name || char(10) || sku", "row"],
    postgres: ["item_texts", "text", "id"],
    signs: ALL,
};

impl SearchIndex {
    /// Tells it from the others.
    pub(super) fn name(self) -> &'static str {
        self.table
    }

    /// Its texts: a table, the texts and what they are numbered by.
    pub(super) fn texts_on(self, backend: DbBackend) -> [&'static str; 3] {
        match backend {
            DbBackend::Sqlite => self.sqlite,
            _ => self.postgres,
        }
    }

    /// The ids of what is found, if they are few.
    pub(super) async fn few(self, conn: &impl ConnectionTrait, needle: &Needle) -> Result<Option<Arc<[Uuid]>>, DbErr> {
        if self.table == ITEMS.table {
            return Ok(None);
        }
        let statement = match conn.get_database_backend() {
            DbBackend::Sqlite if !needle.is_plain() || needle.missing() > 0 => return Ok(None),
            DbBackend::Sqlite => self.few_on_sqlite(conn, needle),
            backend => {
                let [_, _, id] = self.postgres;
                let found = self.texts(Expr::col(Alias::new(id)), needle);
                let mut statement = backend.build(&found);
                // Materialized, so that it is found by the index: for so few rows of many the table would be read until they are full.
                statement.sql = format!(
                    "WITH found AS MATERIALIZED ({}) SELECT COUNT(*), {} FROM (SELECT {id} FROM found LIMIT {FEW} + 1) AS few",
                    statement.sql,
                    ids_cell(backend, id),
                );
                statement
            }
        };
        // As one text: handing over hundreds of rows takes longer than finding them.
        let row = conn.query_one_raw(statement).await?.ok_or_else(|| DbErr::Type("an aggregate gave no row".into()))?;
        let (rows, found) = (row.try_get_by_index::<i64>(0)?, ids(&row, 1)?);
        // A row without an id says that there are too many.
        let is_whole = usize::try_from(rows).is_ok_and(|rows| rows == found.len());
        Ok((is_whole && found.len() <= FEW).then(|| found.into()))
    }

    /// As what lines were sold that are found, if that is little.
    pub(super) async fn sold_as(self, conn: &impl ConnectionTrait, needle: &Needle) -> Result<Option<Arc<[SoldAs]>>, DbErr> {
        if self.table != ITEMS.table {
            return Ok(None);
        }
        let backend = conn.get_database_backend();
        let texts = Query::select()
            .columns(["sku", "name"].map(Alias::new))
            .from(Alias::new("item_texts"))
            .cond_where(item_texts(backend, needle))
            .limit(FEW_SOLD_AS as u64 + 1)
            .to_owned();
        let rows = conn.query_all_raw(backend.build(&texts)).await?;
        let pair = |row: &QueryResult| Ok(SoldAs { sku: row.try_get_by_index(0)?, name: row.try_get_by_index(1)? });
        let pairs = rows.iter().map(pair).collect::<Result<Vec<_>, DbErr>>()?;
        Ok((pairs.len() <= FEW_SOLD_AS).then(|| pairs.into()))
    }

    /// Only so many of those that have the parts are looked at.
    fn few_on_sqlite(self, conn: &impl ConnectionTrait, needle: &Needle) -> Statement {
        let Self { table, id, .. } = self;
        let tail = match self.has_tail {
            true => format!(
                " UNION ALL SELECT {id} FROM {table}_texts WHERE row IN (SELECT row FROM {table}_tail) AND text LIKE $2 ESCAPE '\\'"
            ),
            false => String::new(),
        };
        let sql = format!(
            "WITH hits AS MATERIALIZED (SELECT rowid AS row FROM {table} WHERE {table} MATCH $1 LIMIT {FEW} + 1), \
             many AS MATERIALIZED (SELECT COUNT(*) > {FEW} AS are FROM hits) \
             SELECT COUNT(*), {} FROM (SELECT NULL AS {id} FROM many WHERE are UNION ALL \
             SELECT r.{id} FROM many CROSS JOIN hits h CROSS JOIN {table}_rows r CROSS JOIN {table}_texts x \
             WHERE NOT are AND r.row = h.row AND x.row = h.row AND x.text LIKE $2 ESCAPE '\\'{tail})",
            ids_cell(DbBackend::Sqlite, id),
        );
        let like = format!("%{}%", escaped(&needle.text));
        statement(conn, sql, [needle.phrases().into(), like.into()])
    }

    /// A row for each that is found.
    pub fn rows(self, backend: DbBackend, needle: &Needle) -> SelectStatement {
        match backend {
            DbBackend::Sqlite => self.with_tail(found(self.table, Expr::value(1), needle), Expr::value(1), needle),
            _ => self.texts(Expr::value(1), needle),
        }
    }

    /// A row for each that may be it, on SQLite: where it is asked for parts for each that has these.
    pub fn bound(self, needle: &Needle) -> SelectStatement {
        self.with_tail(matching(self.table, Expr::value(1), needle), Expr::value(1), needle)
    }

    /// The ids of the same.
    pub fn candidates(self, needle: &Needle) -> SelectStatement {
        self.ids_among(matching(self.table, Expr::col(Alias::new("rowid")), needle), needle)
    }

    /// Rows of PostgreSQL themselves that have it in a column of theirs, as its indexes find them.
    pub fn of_rows(self, needle: &Needle) -> Option<Condition> {
        let [table, text, _] = self.postgres;
        (text == "search_text").then(|| needle.is_in_indexed((Alias::new(table), Alias::new(text)), self.signs))
    }

    /// The ids of all that are found.
    pub fn ids(self, backend: DbBackend, needle: &Needle) -> SelectStatement {
        if backend != DbBackend::Sqlite {
            let [_, _, id] = self.postgres;
            return self.texts(Expr::col(Alias::new(id)), needle);
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
        let [table, _, key] = self.postgres.map(Alias::new);
        let here = Expr::col((table, key)).eq(id);
        self.texts(Expr::value(1), needle).and_where(here).limit(1).offset(0).to_owned()
    }

    /// The same on SQLite, by the text itself.
    pub fn text_of(self, id: Expr, needle: &Needle) -> SelectStatement {
        let texts = Alias::new(format!("{}_texts", self.table));
        Query::select()
            .expr(Expr::value(1))
            .from(texts.clone())
            .and_where(Expr::col((texts.clone(), Alias::new(self.id))).eq(id))
            .cond_where(needle.is_in_lines((texts, Alias::new("text"))))
            .limit(1)
            .offset(0)
            .to_owned()
    }

    /// What is found on PostgreSQL.
    fn texts(self, what: Expr, needle: &Needle) -> SelectStatement {
        let [table, text, _] = self.postgres.map(Alias::new);
        Query::select().expr(what).from(table.clone()).cond_where(needle.is_in_indexed((table, text), self.signs)).to_owned()
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
            .cond_where(needle.is_in_lines((texts, Alias::new("text"))))
            .to_owned();
        found.union(UnionType::All, more).to_owned()
    }
}

/// Texts that line items have, SKU and name together, in which it is found: a condition on `item_texts`.
pub fn item_texts(backend: DbBackend, needle: &Needle) -> Condition {
    let column = |name: &'static str| (Alias::new("item_texts"), Alias::new(name));
    if backend != DbBackend::Sqlite {
        return needle.is_in_indexed(column("text"), ITEMS.signs);
    }
    let found = matching("item_search", Expr::col(Alias::new("rowid")), needle);
    let is_in = |name: &'static str| needle.is_in_written(backend, Expr::col(column(name)));
    let looked_at = needle.is_asked_in_part().then(|| Condition::any().add(is_in("name")).add(is_in("sku")));
    Condition::all().add(Expr::col(column("row")).in_subquery(found)).add_option(looked_at)
}

/// What the index of SQLite finds, looked at where it was asked for parts only.
fn found(table: &'static str, what: Expr, needle: &Needle) -> SelectStatement {
    let mut found = matching(table, what, needle);
    if needle.is_asked_in_part() {
        let texts = Alias::new(format!("{table}_texts"));
        let looked_at = Query::select()
            .expr(Expr::value(1))
            .from(texts.clone())
            .and_where(Expr::col((texts.clone(), Alias::new("row"))).eq(Expr::col((Alias::new(table), Alias::new("rowid")))))
            .cond_where(needle.is_in_lines((texts, Alias::new("text"))))
            .to_owned();
        found.and_where(Expr::exists(looked_at));
    }
    found
}

fn matching(table: &'static str, what: Expr, needle: &Needle) -> SelectStatement {
    let matching = Expr::cust_with_values(format!("{table} MATCH ?"), [needle.phrases()]);
    Query::select().expr(what).from(Alias::new(table)).and_where(matching).to_owned()
}
