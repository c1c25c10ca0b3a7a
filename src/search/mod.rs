//! Searching for a part of a text.
//!
//! What is searched has a text for it, of letters in [one form](folded), a line for each thing that it is found by. Three letters
//! and more are found anywhere; one or two only where a line begins, for almost every text has them somewhere. Both databases
//! have indexes of three letters: FTS5 on SQLite, `pg_trgm` on PostgreSQL. Such an index reads for every three letters in a row
//! which texts have them, which is much for what all texts have: `ord-20`, `@example.com`. So of a long text an index is asked
//! for the rarest threes alone, and what it finds is looked at. What is rare, and what so many texts have that an index is of
//! no use, is judged by some of the texts ([`Samples`]).

mod index;
mod needle;
mod sample;

use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Deserializer, Serialize};

pub use migration::letters::folded;

pub use index::{CUSTOMERS, ITEMS, ORDERS, PAYMENTS, PRODUCTS, SearchIndex, item_texts};
use needle::Known;
pub use needle::{Needle, SoldAs};
pub use sample::Samples;

/// What is searched for, as it is part of a filter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Search {
    text: String,
    known: Known,
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
        Needle::of(&self.text).map(|needle| Needle { known: self.known.clone(), ..needle })
    }

    /// Forgets what was looked up for it.
    pub fn forget(&mut self) {
        self.known = Known::default();
    }
}

/// A filter that may search.
pub trait Searches: Clone {
    /// All that it searches for.
    fn searches(&mut self) -> Vec<&mut Search>;
}

/// The same filter, that knows of each text it searches for in an index how it is best found, and what is found by it if that
/// is little: the parts of a page need not look for it again each.
///
/// # Errors
/// When the database fails.
pub(crate) async fn looked_up<F: Searches>(
    conn: &impl ConnectionTrait,
    samples: &Samples,
    index: SearchIndex,
    filter: &F,
) -> Result<F, DbErr> {
    let mut filter = filter.clone();
    for search in filter.searches() {
        let Some(mut needle) = search.needle().filter(|needle| !needle.is_nowhere()) else { continue };
        let sample = samples.of(conn, index).await?;
        needle.known = sample.judged(&needle, conn.get_database_backend());
        search.known = match needle.known.common {
            true => needle.known,
            false => {
                let (found, sold_as) = (index.few(conn, &needle).await?, index.sold_as(conn, &needle).await?);
                Known { found, sold_as, ..needle.known }
            }
        };
    }
    Ok(filter)
}

/// Reads a field of a stored filter whose being null means something else than its being absent: an id that names nothing.
/// The field is `default` and left out while it is `None`.
///
/// # Errors
/// When the value is of another type.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
