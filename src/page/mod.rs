//! Pages of lists: keyset cursors that stay put while rows come and go, and offsets for numbered pages (C-09, C-10, I12).

mod cursor;
mod key;
mod plan;
mod slice;
mod span;
mod spread;

use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Select};
use serde::Serialize;

pub use cursor::cursor;
pub use key::{KeyValue, SortKey, ending_in_id, id, in_order};
pub use plan::{Hints, Keyed, Plan, judged_by_row, unindexed};
pub use slice::slice;
pub use span::{Bounds, check};
pub use spread::Spreads;

/// Which page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PageRequest {
    /// How many, from the front.
    pub first: Option<i64>,
    /// After this cursor.
    pub after: Option<String>,
    /// How many, from the back.
    pub last: Option<i64>,
    /// Before this cursor.
    pub before: Option<String>,
    /// Rows to leave out in front, beside `first`.
    pub offset: Option<i64>,
    /// Whether the rows are to be counted.
    pub count: bool,
    /// Whether nobody asks for cursors; then they are left empty, for each costs as much as its row.
    pub no_cursors: bool,
    /// How many when neither `first` nor `last` says.
    pub default_size: u32,
    /// How many at most.
    pub max_size: u32,
}

impl PageRequest {
    /// Whether it asks for no row of the whole list: how many there are in all says all of it.
    pub fn is_of_nothing(&self) -> bool {
        self.first == Some(0) && self.after.is_none() && self.offset.is_none_or(|offset| offset == 0)
    }
}

/// A page.
#[derive(Clone, Debug)]
pub struct Page<M> {
    /// The rows with their cursors.
    pub rows: Vec<(M, String)>,
    /// Whether more rows follow.
    pub has_next: bool,
    /// Whether rows come before.
    pub has_previous: bool,
    /// How many rows there are in all, when it was asked for.
    pub total: Option<i64>,
}

impl<M> Page<M> {
    /// The page of a request that [is of nothing](PageRequest::is_of_nothing), of so many rows in all.
    pub fn of_nothing(total: i64) -> Self {
        Self { rows: Vec::new(), has_next: total > 0, has_previous: false, total: Some(total) }
    }
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// An argument is wrong: its name, and a sentence.
    #[error("{0}: {1}")]
    Argument(&'static str, String),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbErr),
}

/// Fetches a page. One statement, and one more when rows are counted.
///
/// # Errors
/// [`PageError::Argument`] names what is wrong with the request.
pub(crate) async fn fetch<E>(
    conn: &impl ConnectionTrait,
    select: Select<E>,
    keys: &[SortKey<E::Model>],
    request: &PageRequest,
) -> Result<Page<E::Model>, PageError>
where
    E: EntityTrait,
    E::Model: Send + Sync,
{
    let plan = Plan::of(conn, select, keys, request).await?;
    let rows = plan.select.clone().all(conn).await?;
    Ok(plan.page(keys, rows))
}
