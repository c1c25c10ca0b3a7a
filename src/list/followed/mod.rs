//! Lists that cost much, followed along what tells of changes ([`Trail`]).
//!
//! How many rows have a text somewhere in theirs, or a total in a range, and which of them come first by name, the rows alone
//! tell, and of a million that takes its time. Lists ask for the same again and again: with each page, each tab, each saved view.
//! From the second time on the answer is kept, and only what something happened to since is looked at. What is new and what that
//! makes of the answer are read in one statement, so of one moment.

mod counts;
mod kept;
mod pages;
mod trail;

use std::{collections::BTreeMap, time::Duration};

use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter as _, QuerySelect as _, QueryTrait as _,
    sea_query::{Alias, CaseStatement, Expr, ExprTrait as _, SelectStatement},
};
use serde::Serialize;

use self::kept::Kept;
pub(crate) use self::trail::forget;
pub use self::{
    counts::Following as FollowingCounts,
    pages::{Following as FollowingPage, Learning, Telling, Turn},
    trail::Trail,
};
use super::{all_of, not, number};
use crate::{fault::Fault, page::PageRequest, search::Searches};

/// A count that takes longer is followed when it is asked again.
const WORTH: Duration = Duration::from_millis(8);

/// So is a page: little is kept of it and looked at.
const WORTH_OF_PAGES: Duration = Duration::from_millis(3);

/// What a thing counts for: nothing, or something of a list's own.
pub type Group = u16;

/// It does not pass.
pub const NOT: Group = 0;

/// How many things count for what.
pub type Groups = BTreeMap<Group, i64>;

/// Rows of a list that meet a filter, and the things of which it is told when they change: the rows themselves, or what these
/// are part of.
pub trait Subject: Send + Sync {
    /// The rows.
    type Rows: EntityTrait;

    /// The name of the list.
    fn name(&self) -> &'static str;

    /// What tells of changes.
    fn trail(&self) -> Trail;

    /// The column of the rows' ids.
    fn id(&self) -> <Self::Rows as EntityTrait>::Column;

    /// The filter, judged row by row.
    fn each(&self, backend: DbBackend) -> Condition;

    /// The same as indexes find the rows.
    fn all(&self, backend: DbBackend) -> Condition;

    /// Selects how many things there are, without parameters.
    fn things(&self) -> SelectStatement;

    /// The ids of the rows that are of these things.
    fn rows_of(&self, things: SelectStatement) -> SelectStatement {
        things
    }

    /// What most things count for, and how many count for something else, where about so many rows pass.
    ///
    /// # Errors
    /// When the database fails.
    fn usual(&self, conn: &impl ConnectionTrait, passing: i64) -> impl Future<Output = Result<(Group, i64), Fault>> + Send;

    /// Selects the things that count for something else than the usual, as `id`, and what for, as `counts_for`.
    fn differing(&self, backend: DbBackend, usual: Group) -> SelectStatement;

    /// Selects what a thing counts for, as text, by its id; no row when it is gone.
    fn now(&self, backend: DbBackend, id: Expr) -> SelectStatement;

    /// What a text says that a thing counts for; nothing when that cannot be kept.
    fn group(&self, counts_for: &str) -> Option<Group>;
}

/// It passes.
pub const ONE: Group = 1;

/// The [usual](Subject::usual) of rows that count for one each.
pub(super) async fn usual(conn: &impl ConnectionTrait, rows: &SelectStatement, passing: i64) -> Result<(Group, i64), Fault> {
    let all = number(conn, rows).await?;
    Ok(if passing.saturating_mul(2) > all { (ONE, all - passing) } else { (NOT, passing) })
}

/// What is [differing](Subject::differing) among these.
pub(super) fn differing<S: Subject>(subject: &S, backend: DbBackend, usual: Group) -> SelectStatement {
    let (filter, counts_for) = if usual == NOT { (subject.all(backend), "1") } else { (not(subject.each(backend)), "") };
    let rows = S::Rows::find().select_only().expr_as(Expr::col(subject.id().as_column_ref()), "id");
    rows.expr_as(Expr::value(counts_for), "counts_for").filter(filter).into_query()
}

/// What one of them counts for [now](Subject::now).
pub(super) fn now<S: Subject>(subject: &S, backend: DbBackend, id: Expr) -> SelectStatement {
    one(subject, id, CaseStatement::new().case(all_of(subject.each(backend)), "1").finally("").into())
}

/// The [group](Subject::group) of one of them.
pub(super) fn group(counts_for: &str) -> Option<Group> {
    Some(if counts_for.is_empty() { NOT } else { ONE })
}

/// Selects something of one row, by its id, whatever the rest says.
pub fn one<S: Subject>(subject: &S, id: Expr, what: Expr) -> SelectStatement {
    let here = Expr::col(subject.id().as_column_ref()).eq(id);
    S::Rows::find().select_only().expr(what).filter(here).limit(1).offset(0).into_query()
}

/// Lists that are followed.
pub struct Followed {
    of: Option<Lists>,
    worth: Duration,
    most: i64,
}

struct Lists {
    counts: Kept<counts::State>,
    pages: Kept<pages::State>,
}

impl Followed {
    /// Lists that together take no more than so many megabytes; none are followed with 0.
    pub fn new(megabytes: u32) -> Self {
        let bytes = u64::from(megabytes) << 20;
        // Of a page there is little to keep.
        let pages = bytes / 8;
        let of = (bytes > 0).then(|| Lists { counts: Kept::new(bytes - pages), pages: Kept::new(pages) });
        Self { of, worth: WORTH, most: counts::most(bytes) }
    }

    /// The same, whatever reading takes.
    #[must_use]
    pub fn always(self) -> Self {
        Self { worth: Duration::ZERO, ..self }
    }

    /// The counts of a list with this filter.
    pub fn counts<S: Subject>(&self, subject: S, filter: &impl Serialize) -> Option<FollowingCounts<'_, S>> {
        let place = self.of.as_ref()?.counts.of(serde_json::to_string(&(subject.name(), filter)).ok()?);
        Some(counts::Following { place, worth: self.worth, most: self.most, subject })
    }

    /// A page of a list with this filter in this order.
    pub fn page<'a, S: Subject>(
        &'a self,
        subject: S,
        filter: &impl Serialize,
        sort: &impl Serialize,
        request: &'a PageRequest,
    ) -> Option<FollowingPage<'a, S>> {
        let lists = self.of.as_ref()?;
        let size = request.last.or(request.first);
        if size == Some(0) || request.offset.is_some_and(|offset| offset > 0) {
            return None;
        }
        let key = (subject.name(), filter, sort, request.last.is_some(), size, &request.after, &request.before);
        let place = lists.pages.of(serde_json::to_string(&key).ok()?);
        Some(pages::Following { place, worth: Ord::min(self.worth, WORTH_OF_PAGES), subject, request })
    }
}

/// A filter without what was looked up for it: that is of an earlier moment than what is read then.
pub fn forgotten<F: Searches>(filter: &F) -> F {
    let mut filter = filter.clone();
    for search in filter.searches() {
        search.forget();
    }
    filter
}

/// What the news are called in a statement.
fn news() -> Alias {
    Alias::new("told_since")
}
