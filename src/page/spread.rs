//! How the values that a list is sorted by are spread over its table, as some rows tell.
//!
//! A walk in a sort order goes on until a page is full. Where what is filtered by and what is sorted by depend on each other, that
//! may be the whole table: all whose names begin with A are at one end of the names. So a walk that may be long is given an
//! end, a value that about so many rows lie before.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use sea_orm::{
    Condition, ConnectionTrait, DbErr, EntityTrait, Value,
    sea_query::{ExprTrait as _, Query, SimpleExpr},
};

use super::{KeyValue, PageError, PageRequest, SortKey, cursor::cursor_of, key::Kind, span::span};
use crate::db::{all_over, statement};

/// For how long the values are kept. New rows are much like those before them.
const KEPT: Duration = Duration::from_secs(300);

/// Values of sort keys, each read when a walk first asks for its end.
#[derive(Debug)]
pub struct Spreads(Cache<String, Arc<[KeyValue]>>);

impl Default for Spreads {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(100).time_to_live(KEPT).build())
    }
}

impl Spreads {
    /// A condition that rows meet which come first in a page's order, about one in `share` of all; none where so many do not follow
    /// or it cannot be told.
    ///
    /// # Errors
    /// [`PageError::Argument`] names what is wrong with the request.
    pub(crate) async fn end<E: EntityTrait>(
        &self,
        conn: &impl ConnectionTrait,
        keys: &[SortKey<E::Model>],
        request: &PageRequest,
        share: usize,
    ) -> Result<Option<Condition>, PageError> {
        let Some(key) = keys.first() else { return Ok(None) };
        if !matches!(key.expression, SimpleExpr::Column(_)) || key.kind == Kind::Id {
            return Ok(None);
        }
        let forward = span(request)?.forward;
        let from = cursor_of(keys, request)?.and_then(|values| values.into_iter().next());
        let name = format!("{} {}", E::default().as_str(), key.name);
        let values = match self.0.get(&name) {
            Some(values) => values,
            None => {
                let values: Arc<[KeyValue]> = read::<E>(conn, key).await?.into();
                self.0.insert(name, values.clone());
                values
            }
        };
        let descending = key.descending == forward;
        let Some(end) = end_among(&values, from.as_ref(), descending, values.len() / share + 1) else { return Ok(None) };
        let end = Value::from(end.clone());
        let within = if descending { key.expression.clone().gte(end) } else { key.expression.clone().lte(end) };
        Ok(Some(Condition::all().add(within)))
    }
}

/// The value that so many of the sorted ones lie before, in whichever direction.
fn end_among<'a>(values: &'a [KeyValue], from: Option<&KeyValue>, descending: bool, many: usize) -> Option<&'a KeyValue> {
    let at = match (from, descending) {
        (None, true) => values.len(),
        (None, false) => 0,
        (Some(from), true) => values.partition_point(|value| value <= from),
        (Some(from), false) => values.partition_point(|value| value < from),
    };
    match descending {
        true => at.checked_sub(many).and_then(|at| values.get(at)),
        false => values.get(at.saturating_add(many)),
    }
}

/// Values of a key from all over its table, sorted.
async fn read<E: EntityTrait>(conn: &impl ConnectionTrait, key: &SortKey<E::Model>) -> Result<Vec<KeyValue>, DbErr> {
    let backend = conn.get_database_backend();
    let what = backend.build(Query::select().expr(key.expression.clone())).sql;
    let what = what.trim_start_matches("SELECT ");
    let sql = all_over(backend, E::default().as_str(), "rowid", what);
    let mut values = Vec::new();
    for row in conn.query_all_raw(statement(conn, sql, [])).await? {
        values.extend(match key.kind {
            Kind::Int => row.try_get_by_index::<Option<i64>>(0)?.map(KeyValue::Int),
            _ => row.try_get_by_index::<Option<String>>(0)?.map(KeyValue::Text),
        });
    }
    values.sort_unstable();
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_so_many_values_away_in_either_direction() {
        let values: Vec<KeyValue> = [1, 2, 2, 3, 5, 8].map(KeyValue::Int).to_vec();
        let end =
            |from: Option<i64>, descending, many| match end_among(&values, from.map(KeyValue::Int).as_ref(), descending, many) {
                Some(KeyValue::Int(end)) => Some(*end),
                _ => None,
            };
        assert_eq!((end(None, true, 2), end(None, false, 2)), (Some(5), Some(2)));
        assert_eq!((end(Some(3), true, 1), end(Some(3), false, 1)), (Some(3), Some(5)));
        assert_eq!((end(Some(4), true, 2), end(Some(4), false, 1)), (Some(2), Some(8)));
        assert_eq!((end(None, true, 7), end(None, false, 6), end(Some(8), false, 2)), (None, None, None));
    }
}
