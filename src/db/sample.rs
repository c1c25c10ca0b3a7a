//! Some rows from all over a table.

use sea_orm::DbBackend;

/// Places that SQLite reads rows at, and how many at each.
const PLACES: u32 = 32;
const AT_PLACE: u32 = 16;

/// Pages that PostgreSQL reads all rows of.
const PAGES: u32 = 64;

/// The statement that selects `what` of some hundred rows of a table, the same ones while it stays as it is. On SQLite `number` is
/// what the rows are numbered by.
pub fn all_over(backend: DbBackend, table: &str, number: &str, what: &str) -> String {
    if backend == DbBackend::Postgres {
        let share = format!("LEAST(100, 100.0 * {PAGES} * 8192 / GREATEST(pg_relation_size('{table}'), 1))");
        return format!("SELECT {what} FROM {table} TABLESAMPLE SYSTEM ((SELECT {share})) REPEATABLE (1)");
    }
    let steps: Vec<String> = (0..PLACES).map(|step| step.to_string()).collect();
    format!(
        "SELECT {what} FROM (SELECT (SELECT MIN({number}) FROM {table}) AS low, (SELECT MAX({number}) FROM {table}) AS high) AS ends \
         CROSS JOIN json_each('[{steps}]') AS step CROSS JOIN {table} WHERE {table}.{number} IN (SELECT x.{number} FROM {table} AS x \
         WHERE x.{number} >= low + (high - low) / {PLACES} * step.value ORDER BY x.{number} LIMIT {AT_PLACE})",
        steps = steps.join(",")
    )
}
