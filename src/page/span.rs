//! How many rows a request asks for, and from which end.

use sea_orm::{Condition, Order, sea_query::SimpleExpr};

use super::{
    KeyValue, PageError, PageRequest, SortKey,
    cursor::{beyond, cursor_of},
};

/// Checks the arguments of a request that need no list.
///
/// # Errors
/// [`PageError::Argument`] names what is wrong with the request.
pub fn check(request: &PageRequest) -> Result<(), PageError> {
    span(request).map(drop)
}

/// How many rows, and from which end.
pub(super) struct Span {
    pub(super) size: u64,
    pub(super) forward: bool,
}

pub(super) fn span(request: &PageRequest) -> Result<Span, PageError> {
    let size = |name: &'static str, size: i64| match u64::try_from(size) {
        Ok(size) if size <= u64::from(request.max_size) => Ok(size),
        _ => Err(PageError::Argument(name, format!("must be between 0 and {}", request.max_size))),
    };
    let refuse = |name, message: &str| Err(PageError::Argument(name, message.to_owned()));
    match (request.first, request.last) {
        (Some(_), Some(_)) => return refuse("last", "give either first or last"),
        (None, Some(_)) if request.after.is_some() => return refuse("after", "goes with first"),
        (_, None) if request.before.is_some() => return refuse("before", "goes with last"),
        _ => {}
    }
    if let Some(offset) = request.offset {
        if request.after.is_some() || request.before.is_some() || request.last.is_some() {
            return refuse("offset", "goes with first alone, not with a cursor or last");
        }
        if !(0..=10_000_000).contains(&offset) {
            return refuse("offset", "must be between 0 and 10000000");
        }
    }
    match (request.first, request.last) {
        (_, Some(last)) => Ok(Span { size: size("last", last)?, forward: false }),
        (Some(first), None) => Ok(Span { size: size("first", first)?, forward: true }),
        (None, None) => Ok(Span { size: u64::from(Ord::min(request.default_size, request.max_size)), forward: true }),
    }
}

/// Where a page begins and how far it may go.
pub struct Bounds<'a, M> {
    keys: &'a [SortKey<M>],
    span: Span,
    cursor: Option<Vec<KeyValue>>,
}

impl<'a, M> Bounds<'a, M> {
    /// Reads a request.
    ///
    /// # Errors
    /// [`PageError::Argument`] names what is wrong with it.
    pub fn of(keys: &'a [SortKey<M>], request: &PageRequest) -> Result<Self, PageError> {
        Ok(Self { keys, span: span(request)?, cursor: cursor_of(keys, request)? })
    }

    /// How many rows it has at most.
    pub fn size(&self) -> usize {
        usize::try_from(self.span.size).unwrap_or(usize::MAX)
    }

    /// What rows are sorted by, and in which direction they are read.
    pub fn orders(&self) -> impl Iterator<Item = (&'a SimpleExpr, Order)> {
        let forward = self.span.forward;
        self.keys.iter().map(move |key| (&key.expression, if key.descending == forward { Order::Desc } else { Order::Asc }))
    }

    /// Holds for the rows after the cursor, if there is one.
    pub fn after_the_cursor(&self) -> Option<Condition> {
        self.cursor.as_deref().map(|values| self.beyond(values))
    }

    /// Holds for the rows after the one with these values.
    pub fn beyond(&self, values: &[KeyValue]) -> Condition {
        let keys: Vec<_> = self.keys.iter().map(|key| (&key.expression, key.descending)).collect();
        beyond(&keys, values, self.span.forward)
    }
}
