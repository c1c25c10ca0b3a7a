//! Cursors.
//!
//! A cursor holds the sort keys of its row and the names of the keys, so a cursor of another list or another order is
//! told apart instead of giving a wrong page.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{
    Condition, Value,
    sea_query::{ExprTrait, SimpleExpr},
};

use super::{KeyValue, PageError, PageRequest, SortKey};

/// The cursor of a row.
pub fn cursor<M>(keys: &[SortKey<M>], row: &M) -> String {
    encode(keys, &signature(keys), row)
}

/// Names and directions of the keys, to tell cursors of one order from those of another.
pub(super) fn signature<M>(keys: &[SortKey<M>]) -> String {
    keys.iter().map(|key| format!("{}{}", if key.descending { "-" } else { "+" }, key.name)).collect()
}

pub(super) fn encode<M>(keys: &[SortKey<M>], signature: &str, row: &M) -> String {
    let values: Vec<KeyValue> = keys.iter().map(|key| (key.read)(row)).collect();
    let json = serde_json::to_vec(&(signature, values)).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(json)
}

/// The values of the cursor that a page is asked for by, if it is.
///
/// # Errors
/// [`PageError::Argument`] for what is no cursor of such a list.
pub(super) fn cursor_of<M>(keys: &[SortKey<M>], request: &PageRequest) -> Result<Option<Vec<KeyValue>>, PageError> {
    match (&request.after, &request.before) {
        (Some(after), _) => decode(keys, "after", after).map(Some),
        (None, Some(before)) => decode(keys, "before", before).map(Some),
        (None, None) => Ok(None),
    }
}

fn decode<M>(keys: &[SortKey<M>], argument: &'static str, cursor: &str) -> Result<Vec<KeyValue>, PageError> {
    let foreign = || PageError::Argument(argument, "is not a cursor of this list in this order".into());
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign())?;
    let (known, values): (String, Vec<KeyValue>) = serde_json::from_slice(&bytes).map_err(|_| foreign())?;
    let fits = values.len() == keys.len() && keys.iter().zip(&values).all(|(key, value)| key.kind == value.kind());
    match known == signature(keys) && fits {
        true => Ok(values),
        false => Err(foreign()),
    }
}

/// Rows beyond a cursor: greater by the first key, or equal and greater by the next, and so on. The first key's bound is
/// said once more on its own, because an index range can be read from that and not from the alternatives. Keys are expressions
/// and whether the largest come first.
pub(super) fn beyond(keys: &[(&SimpleExpr, bool)], values: &[KeyValue], forward: bool) -> Condition {
    let mut any = Condition::any();
    for (depth, (key, descending)) in keys.iter().enumerate() {
        let mut all = Condition::all();
        for ((equal, _), value) in keys.iter().zip(values).take(depth) {
            all = all.add((*equal).clone().eq(Value::from(value.clone())));
        }
        if let Some(value) = values.get(depth) {
            let value = Value::from(value.clone());
            let key = (*key).clone();
            all = all.add(if *descending == forward { key.lt(value) } else { key.gt(value) });
        }
        any = any.add(all);
    }
    match (keys.first(), values.first()) {
        (Some((key, descending)), Some(value)) => {
            let value = Value::from(value.clone());
            let key = (*key).clone();
            let bound = if *descending == forward { key.lte(value) } else { key.gte(value) };
            Condition::all().add(bound).add(any)
        }
        _ => any,
    }
}
