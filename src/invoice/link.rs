//! Links to documents.

use entity::{id::InvoiceId, time::Timestamp};

pub use crate::signed_link::{Bad, SECONDS};
use crate::{app::App, signed_link::Shelf};

/// In which form a document is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A page for browsers.
    Html,
    /// A page for printers.
    Pdf,
}

impl Format {
    /// How the name of its file ends.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Pdf => "pdf",
        }
    }

    /// The document and its form that the name of a file stands for.
    pub fn of_file(name: &str) -> Option<(InvoiceId, Self)> {
        let (id, extension) = name.rsplit_once('.')?;
        let format = [Self::Html, Self::Pdf].into_iter().find(|format| format.extension() == extension)?;
        Some((id.parse().ok()?, format))
    }
}

/// Where documents are.
const SHELF: Shelf = Shelf { folder: "invoices", purpose: "links to invoices" };

fn file(id: InvoiceId, format: Format) -> String {
    format!("{id}.{}", format.extension())
}

/// A link to a document, and when it ends.
pub fn make(app: &App, id: InvoiceId, format: Format) -> (String, Timestamp) {
    SHELF.link(app, &file(id, format))
}

/// Checks what a link says, as it stands in it.
///
/// # Errors
/// [`Bad`]; a forged link is never called expired.
pub fn check(app: &App, id: InvoiceId, format: Format, expires: &str, signature: &str) -> Result<(), Bad> {
    SHELF.check(app, &file(id, format), expires, signature)
}
