//! How much one filter may hold.

use async_graphql::{ID, Result};

use super::error::bad_input;

/// Longest text to search for, in characters.
const MAX_SEARCH: usize = 200;

/// Most ids of one list.
const MAX_IDS: usize = 1_000;

/// Refuses what is too long to be searched for.
///
/// # Errors
/// BAD_USER_INPUT at `search`.
pub fn search(text: Option<&str>) -> Result<()> {
    match text.is_some_and(|text| text.chars().count() > MAX_SEARCH) {
        true => Err(bad_input("search", format!("has at most {MAX_SEARCH} characters"))),
        false => Ok(()),
    }
}

/// Refuses too many ids.
///
/// # Errors
/// BAD_USER_INPUT at the field.
pub fn ids(field: &str, ids: Option<&Vec<ID>>) -> Result<()> {
    match ids.is_some_and(|ids| ids.len() > MAX_IDS) {
        true => Err(bad_input(field, format!("has at most {MAX_IDS} ids"))),
        false => Ok(()),
    }
}
