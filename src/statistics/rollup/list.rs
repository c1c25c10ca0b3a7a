//! Lists of ids as one parameter.

use sea_orm::{DbBackend, Value, sea_query::ArrayType};
use uuid::Uuid;

/// The words that say "one of these ids", with the parameter's number, and the parameter. SQLite keeps an id as its 16
/// bytes.
pub fn one_of(backend: DbBackend, place: usize, ids: impl IntoIterator<Item = Uuid>) -> (String, Value) {
    if backend == DbBackend::Postgres {
        let list = ids.into_iter().map(|id| Value::Uuid(Some(id))).collect();
        (format!("= ANY(${place}::uuid[])"), Value::Array(ArrayType::Uuid, Some(Box::new(list))))
    } else {
        let list: Vec<_> = ids.into_iter().map(|id| id.simple().to_string()).collect();
        (format!("IN (SELECT unhex(value) FROM json_each(${place}))"), serde_json::Value::from(list).to_string().into())
    }
}

/// The same for numbers.
pub fn one_of_numbers(backend: DbBackend, place: usize, numbers: impl IntoIterator<Item = i64>) -> (String, Value) {
    if backend == DbBackend::Postgres {
        let list = numbers.into_iter().map(|number| Value::BigInt(Some(number))).collect();
        (format!("= ANY(${place}::bigint[])"), Value::Array(ArrayType::BigInt, Some(Box::new(list))))
    } else {
        let list: Vec<i64> = numbers.into_iter().collect();
        (format!("IN (SELECT value FROM json_each(${place}))"), serde_json::Value::from(list).to_string().into())
    }
}
