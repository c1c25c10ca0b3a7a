//! Links to the files of exports.

use entity::{id::ExportId, time::Timestamp};

pub use crate::signed_link::Bad;
use crate::{app::App, signed_link::Shelf};

/// Where files are.
const SHELF: Shelf = Shelf { folder: "exports", purpose: "links to exports" };

fn file(id: ExportId) -> String {
    format!("{id}.csv")
}

/// The export that the name of a file stands for.
pub fn of_file(name: &str) -> Option<ExportId> {
    name.strip_suffix(".csv")?.parse().ok()
}

/// A link to the file of an export, and when it ends.
pub fn make(app: &App, id: ExportId) -> (String, Timestamp) {
    SHELF.link(app, &file(id))
}

/// Checks what a link says, as it stands in it.
///
/// # Errors
/// [`Bad`]; a forged link is never called expired.
pub fn check(app: &App, id: ExportId, expires: &str, signature: &str) -> Result<(), Bad> {
    SHELF.check(app, &file(id), expires, signature)
}
