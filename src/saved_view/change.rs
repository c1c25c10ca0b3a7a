//! What every change of a view shares: its reasons, its rules, finding it.

use entity::{id::SavedViewId, saved_view, stored::SavedViewList};
use sea_orm::{DatabaseTransaction, EntityTrait, QuerySelect};
use serde::Serialize;

use super::query;
use crate::{
    event::Origin,
    fault::{Failure, Fault, Refusal},
    idempotency::KeyCodes,
    text,
};

/// Longest name.
const MAX_NAME: usize = 100;

/// Most columns, and the longest name of one.
const MAX_COLUMNS: usize = 50;
const MAX_COLUMN: usize = 64;

/// Largest filter with its order, in bytes.
const MAX_CONTENT: usize = 16 << 10;

/// Why a change of a view was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such view, or not the caller's to see.
    NotFound,
    /// It is somebody else's.
    Forbidden,
    /// The caller has as many as one may have.
    TooManyViews,
    /// The list does not take this filter or this order.
    InvalidFilter,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// Of which list, and what of it, as the list takes it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Content {
    /// Of which list.
    pub list: SavedViewList,
    /// The list's filter: an object.
    pub filter: serde_json::Value,
    /// The list's order: an array.
    pub sort: serde_json::Value,
}

impl Content {
    /// The filter and the order as they are kept.
    pub(super) fn texts(&self) -> Result<(String, String), Refusal<Code>> {
        let (filter, sort) = (self.filter.to_string(), self.sort.to_string());
        match filter.len() + sort.len() > MAX_CONTENT {
            true => Err(Refusal::new(Code::InvalidFilter, ["content"], format!("has at most {MAX_CONTENT} bytes"))),
            false => Ok((filter, sort)),
        }
    }
}

pub(super) fn name(given: &str) -> Result<String, Refusal<Code>> {
    text::line(given, MAX_NAME).map_err(|problem| Refusal::new(Code::InvalidInput, ["name"], problem))
}

pub(super) fn columns(given: &[String]) -> Result<String, Refusal<Code>> {
    let at = |index: usize| ["columns".to_owned(), index.to_string()];
    if given.len() > MAX_COLUMNS {
        return Err(Refusal::new(Code::InvalidInput, ["columns"], format!("has at most {MAX_COLUMNS} columns")));
    }
    let mut kept: Vec<String> = Vec::with_capacity(given.len());
    for (index, column) in given.iter().enumerate() {
        let column = text::line(column, MAX_COLUMN).map_err(|problem| Refusal::new(Code::InvalidInput, at(index), problem))?;
        if kept.contains(&column) {
            return Err(Refusal::new(Code::InvalidInput, at(index), "is named twice"));
        }
        kept.push(column);
    }
    Ok(serde_json::json!(kept).to_string())
}

fn not_found() -> Failure<Code> {
    Failure::refused(Code::NotFound, ["view"], "Saved view not found")
}

/// A view of the caller, locked. Administrators may change what others share.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Forbidden`] for what somebody else shares.
pub(crate) async fn lock(tx: &DatabaseTransaction, origin: &Origin, id: SavedViewId) -> Result<saved_view::Model, Failure<Code>> {
    let row = saved_view::Entity::find_by_id(id).lock_exclusive().one(tx).await?;
    let row = row.filter(|row| query::is_visible(&origin.actor, row)).ok_or_else(not_found)?;
    match query::is_own(&origin.actor, &row) || origin.actor.is_admin() {
        true => Ok(row),
        false => Err(Failure::refused(Code::Forbidden, ["view"], "only its owner and administrators may do this")),
    }
}

/// A stored document.
///
/// # Errors
/// When it is none.
pub fn document(text: &str) -> Result<serde_json::Value, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::Corrupt(format!("saved view: {error}")))
}
