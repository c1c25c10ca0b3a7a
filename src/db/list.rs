//! Lists as one parameter, so that a statement's text is the same however long they are.

use sea_orm::{DbBackend, Value, sea_query::Expr};
use uuid::Uuid;

/// The words that say "one of these ids", with the parameter's number, and the parameter. SQLite keeps an id as its 16
/// bytes.
pub fn one_of(backend: DbBackend, place: usize, ids: impl IntoIterator<Item = Uuid>) -> (String, Value) {
    match backend {
        DbBackend::Postgres => array(place, "uuid", ids),
        _ => json(place, "unhex(value)", ids.into_iter().map(|id| id.simple().to_string())),
    }
}

/// The same as a condition on an id.
pub fn is_one_of(backend: DbBackend, id: Expr, ids: impl IntoIterator<Item = Uuid>) -> Expr {
    let (words, list) = one_of(backend, 2, ids);
    let sql = match backend {
        DbBackend::Postgres => format!("$1 {words}"),
        // Parameters of expressions have no numbers there.
        _ => format!("? {}", words.replace("$2", "?")),
    };
    Expr::cust_with_exprs(sql, [id, Expr::value(list)])
}

/// The same for numbers.
pub fn one_of_numbers(backend: DbBackend, place: usize, numbers: impl IntoIterator<Item = i64>) -> (String, Value) {
    match backend {
        DbBackend::Postgres => array(place, "bigint", numbers),
        _ => json(place, "value", numbers),
    }
}

/// The same for texts.
pub fn one_of_texts(backend: DbBackend, place: usize, texts: impl IntoIterator<Item = String>) -> (String, Value) {
    match backend {
        DbBackend::Postgres => array(place, "text", texts),
        _ => json(place, "value", texts),
    }
}

fn array<T>(place: usize, kind: &str, list: impl IntoIterator<Item = T>) -> (String, Value)
where
    Vec<T>: Into<Value>,
{
    let list: Vec<T> = list.into_iter().collect();
    (format!("= ANY(${place}::{kind}[])"), list.into())
}

fn json<T: Into<serde_json::Value>>(place: usize, read: &str, list: impl IntoIterator<Item = T>) -> (String, Value) {
    let list: serde_json::Value = list.into_iter().collect();
    (format!("IN (SELECT {read} FROM json_each(${place}))"), list.to_string().into())
}
