//! Searching for a part of a text.
//!
//! What is searched has a text for it, in lower case, a line for each thing that it is found by. Three letters
//! and more are found anywhere; one or two only where a line begins, for almost every text has them somewhere. Both databases
//! have indexes of three letters: FTS5 on SQLite, `pg_trgm` on PostgreSQL. Such an index looks at the places of every three
//! letters in a row, which for a long text is much, mostly for what all texts have: `ord-20`, `@example.com`. So of a long text
//! an index is asked for the rarest part alone, and what it finds is looked at.

mod index;
mod needle;

use std::sync::Arc;

use sea_orm::{
    Condition, ConnectionTrait, DbErr,
    sea_query::{Expr, ExprTrait as _, Func, IntoColumnRef, LikeExpr},
};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

pub use index::{CUSTOMERS, ITEMS, ORDERS, PAYMENTS, PRODUCTS, SearchIndex, item_texts};
pub use needle::Needle;
use needle::escaped;

/// What is searched for, as it is part of a filter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Search {
    text: String,
    rare: Option<String>,
    found: Option<Arc<[Uuid]>>,
}

impl From<String> for Search {
    fn from(text: String) -> Self {
        Self { text, ..Self::default() }
    }
}

impl From<Search> for String {
    fn from(search: Search) -> Self {
        search.text
    }
}

impl Search {
    /// What is searched for; nothing when a person typed nothing.
    pub fn needle(&self) -> Option<Needle> {
        Needle::of(&self.text).map(|needle| Needle { rare: self.rare.clone(), found: self.found.clone(), ..needle })
    }
}

/// A filter that may search.
pub trait Searches: Clone {
    /// All that it searches for.
    fn searches(&mut self) -> Vec<&mut Search>;
}

/// The same filter, that knows of each long text it searches for in an index which part of it is rare, and on SQLite what is
/// found by it if that is little: the parts of a page need not look for it again each.
///
/// # Errors
/// When the database fails.
pub async fn looked_up<F: Searches>(conn: &impl ConnectionTrait, index: SearchIndex, filter: &F) -> Result<F, DbErr> {
    let mut filter = filter.clone();
    let mut long: Vec<_> =
        filter.searches().into_iter().filter_map(|search| Some((search.needle().filter(Needle::is_long)?, search))).collect();
    if !long.is_empty() {
        let texts = index.sample(conn).await?;
        for (needle, search) in &mut long {
            needle.rare = Some(needle.rarest_part(&texts).to_owned());
            search.found = index.few(conn, needle).await?;
            search.rare = needle.rare.take();
        }
    }
    Ok(filter)
}

/// Whether a column that is kept as written holds a text, without regard to the case of the letters a to z: those are what
/// both databases fold alike. `%` and `_` stand for themselves.
pub fn found_in(column: impl IntoColumnRef, text: &str) -> Condition {
    if text.contains('\0') {
        return Condition::all().add(Expr::value(false));
    }
    let column = Expr::col(column);
    let pattern = |text: &str| LikeExpr::new(format!("%{}%", escaped(text))).escape('\\');
    let as_written = column.clone().like(pattern(text));
    let folded = Expr::expr(Func::lower(column)).like(pattern(&text.to_ascii_lowercase()));
    // As written too, because PostgreSQL may fold more letters of the column than were folded here.
    Condition::any().add(folded).add(as_written)
}

/// Reads a field of a stored filter whose being null means something else than its being absent: an id that names nothing.
/// The field is `default` and left out while it is `None`.
///
/// # Errors
/// When the value is of another type.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
