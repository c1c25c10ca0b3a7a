//! Pages of rows that are in memory already.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    Page, PageError, PageRequest,
    span::{Span, span},
};

/// A page of rows that are in memory already, in their order, by a position that never changes.
///
/// # Errors
/// [`PageError::Argument`] names what is wrong with the request.
pub fn slice<M>(
    list: &'static str,
    rows: Vec<M>,
    position: impl Fn(&M) -> i32,
    request: &PageRequest,
) -> Result<Page<M>, PageError> {
    let Span { size, forward } = span(request)?;
    let read = |argument: &'static str, cursor: &String| {
        let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| serde_json::from_slice::<(String, i32)>(&bytes).ok());
        match decoded {
            Some((known, position)) if known == list => Ok(position),
            _ => Err(PageError::Argument(argument, "is not a cursor of this list".into())),
        }
    };
    let after = request.after.as_ref().map(|cursor| read("after", cursor)).transpose()?;
    let before = request.before.as_ref().map(|cursor| read("before", cursor)).transpose()?;
    let total = request.count.then(|| i64::try_from(rows.len()).unwrap_or(i64::MAX));
    let all = rows.len();
    let mut rows: Vec<M> = rows
        .into_iter()
        .filter(|row| after.is_none_or(|after| position(row) > after) && before.is_none_or(|before| position(row) < before))
        .skip(request.offset.and_then(|offset| usize::try_from(offset).ok()).unwrap_or(0))
        .collect();
    let left = rows.len();
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if forward {
        rows.truncate(size);
    } else {
        rows.drain(..left.saturating_sub(size));
    }
    let (more, came_from) = (left > size, left < all);
    let (has_next, has_previous) = if forward { (more, came_from) } else { (came_from, more) };
    let rows = rows
        .into_iter()
        .map(|row| {
            let cursor = match request.no_cursors {
                true => String::new(),
                false => URL_SAFE_NO_PAD.encode(serde_json::to_vec(&(list, position(&row))).unwrap_or_default()),
            };
            (row, cursor)
        })
        .collect();
    Ok(Page { rows, has_next, has_previous, total })
}
