//! Texts are searched by one form of each letter: by letters a to z alike, by Greek with either sigma, by Turkish with and without
//! a dot on its capitals, whatever PostgreSQL takes for lower case where it runs.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{
    letters::{DOT, OF_ASCII, forms},
    search_texts::{down, items, payments, products},
};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// What lines of a text are set apart by in the index of SQLite: how it begins and how it ends there.
const LINES: (&str, &str) = ("replace(char(10) ||", "char(10), char(10, 10))");

/// The views of texts on SQLite, and the triggers that write texts themselves.
const VIEWS: [&str; 2] = ["payment_search_texts", "product_search_texts"];
const TRIGGERS: [&str; 2] = ["item_texts_added", "item_texts_changed"];

fn texts(backend: DbBackend) -> impl Iterator<Item = &'static str> {
    [payments(backend), products(backend), items(backend)].into_iter().flatten().copied()
}

/// Letters, and those that take their place.
fn both(forms: impl Iterator<Item = (char, char)>) -> [String; 2] {
    let (letters, folded): (String, String) = forms.unzip();
    [letters, folded]
}

/// On PostgreSQL all of it is one function. Few texts have more than the letters of Latin, and each letter of a text is looked for
/// among all that are named.
fn function() -> String {
    let ([latin, latin_folded], [all, all_folded]) = (both(forms().filter(|(letter, _)| *letter < '\u{180}')), both(forms()));
    format!(
        "CREATE FUNCTION search_folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
            SELECT CASE
                WHEN octet_length($1) = length($1) THEN lower($1 COLLATE \"C\")
                WHEN $1 ~ '^[\\u0001-\\u017f]*$' THEN translate($1, '{latin}', '{latin_folded}')
                ELSE replace(translate($1, '{all}', '{all_folded}'), 'i{DOT}', 'i')
            END
        $$"
    )
}

/// What compares as LIKE of SQLite does not.
fn in_ascii(text: &str) -> String {
    let quoted = |(from, to): (&str, &str), text: String| format!("replace({text}, '{from}', '{to}')");
    OF_ASCII.into_iter().fold(text.to_owned(), |text, form| quoted(form, text))
}

/// A statement of SQLite that makes texts of lines, with the letters of these folded.
fn with_letters(sql: &str) -> String {
    let (begin, end) = LINES;
    let folded = in_ascii("\n");
    let (before, after) = folded.split_once('\n').unwrap_or_default();
    sql.replace(begin, &format!("{before}{begin}")).replace(end, &format!("{end}{after}"))
}

/// Texts of orders and customers were written in lower case by other rules.
fn lowered(backend: DbBackend) -> Vec<String> {
    let others = || forms().filter(|(letter, _)| letter.to_lowercase().eq([*letter]));
    let dotted = [format!("i{DOT}"), "i".to_owned()];
    let letters: Vec<[String; 2]> =
        others().map(|(from, to)| [from, to].map(String::from)).chain(std::iter::once(dotted)).collect();
    let any: String = others().map(|(letter, _)| letter).chain([DOT]).collect();
    let all = ["orders", "customers"].into_iter();
    match backend {
        DbBackend::Postgres => all
            .map(|table| format!("UPDATE {table} SET search_text = search_folded(search_text) WHERE search_text ~ '[{any}]'"))
            .collect(),
        _ => {
            let folded =
                letters.iter().fold("search_text".to_owned(), |text, [from, to]| format!("replace({text}, '{from}', '{to}')"));
            all.map(|table| format!("UPDATE {table} SET search_text = {folded} WHERE search_text GLOB '*[{any}]*'")).collect()
        }
    }
}

fn on_postgres() -> Vec<String> {
    let functions = texts(DbBackend::Postgres).filter(|sql| sql.starts_with("CREATE FUNCTION"));
    let replaced = functions.map(|sql| sql.replacen("CREATE", "CREATE OR REPLACE", 1).replace("lower(", "search_folded("));
    let anew = [
        "UPDATE payment_search s SET text = search_folded(o.number || E'\\n' || p.reference)
            FROM payments p JOIN orders o ON o.id = p.order_id
            WHERE p.id = s.payment_id AND octet_length(p.reference) > length(p.reference)",
        "UPDATE product_search SET text = product_search_text(product_id) WHERE octet_length(text) > length(text)",
        "UPDATE item_texts SET text = search_folded(name || E'\\n' || sku) WHERE octet_length(name || sku) > length(name || sku)",
    ];
    std::iter::once(function()).chain(replaced).chain(anew.map(str::to_owned)).collect()
}

/// What is to be found otherwise than before is taken out of the indexes and put in again.
fn on_sqlite() -> Vec<String> {
    let any = format!("GLOB '*[İ{DOT}\u{212a}ſ]*'");
    let mut all = vec!["CREATE TABLE search_refolded (of TEXT NOT NULL, row INTEGER NOT NULL)".to_owned()];
    let kinds = [("payment_search", "payment_search_texts", "text"), ("product_search", "product_search_texts", "text")];
    for (index, table, text) in kinds.into_iter().chain([("item_search", "item_texts", "name || sku")]) {
        all.push(format!("INSERT INTO search_refolded (of, row) SELECT '{index}', row FROM {table} WHERE {text} {any}"));
        all.push(format!("DELETE FROM {index} WHERE rowid IN (SELECT row FROM search_refolded WHERE of = '{index}')"));
    }
    for view in VIEWS {
        all.push(format!("DROP VIEW {view}"));
    }
    for trigger in TRIGGERS {
        all.push(format!("DROP TRIGGER {trigger}"));
    }
    let is_written = |sql: &&str| {
        VIEWS.iter().any(|view| sql.starts_with(&format!("CREATE VIEW {view}")))
            || TRIGGERS.iter().any(|trigger| sql.starts_with(&format!("CREATE TRIGGER {trigger}")))
    };
    all.extend(texts(DbBackend::Sqlite).filter(is_written).map(with_letters));
    let item = with_letters("replace(char(10) || name || char(10) || sku, char(10), char(10, 10))");
    for (index, table, text) in kinds.into_iter().chain([("item_search", "item_texts", &*item)]) {
        all.push(format!(
            "INSERT INTO {index} (rowid, text) SELECT row, {text} FROM {table} \
             WHERE row IN (SELECT row FROM search_refolded WHERE of = '{index}')"
        ));
    }
    all.push("DROP TABLE search_refolded".to_owned());
    all
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (conn, backend) = (manager.get_connection(), manager.get_database_backend());
        let all = if backend == DbBackend::Postgres { on_postgres() } else { on_sqlite() };
        for sql in all.iter().chain(&lowered(backend)) {
            conn.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    /// The texts of orders and customers stay.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (conn, backend) = (manager.get_connection(), manager.get_database_backend());
        for sql in down(backend).iter().copied().chain(texts(backend)) {
            conn.execute_unprepared(sql).await?;
        }
        if backend == DbBackend::Postgres {
            conn.execute_unprepared("DROP FUNCTION search_folded(text)").await?;
        }
        Ok(())
    }
}
