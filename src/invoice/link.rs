//! Links to documents: signed, for a short while, good for whoever holds them. A browser opens them without a token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{id::InvoiceId, time::Timestamp};

use crate::{
    app::App,
    auth::{mac, token::Keys},
};

/// Seconds a link is good.
pub const SECONDS: i64 = 15 * 60;

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

/// Why a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// Not signed by this service, or for something else.
    Forged,
    /// Its time is over.
    Expired,
}

/// The key of links; those of another secret are not good.
fn key(keys: &Keys) -> [u8; 32] {
    keys.derive("links to invoices")
}

fn message(id: InvoiceId, format: Format, expires: &str) -> String {
    format!("{id}.{}?expires={expires}", format.extension())
}

/// A link to a document, and when it ends.
pub fn make(app: &App, id: InvoiceId, format: Format) -> (String, Timestamp) {
    let expires = app.clock.now().millis().div_euclid(1_000) + SECONDS;
    let message = message(id, format, &expires.to_string());
    let signature = URL_SAFE_NO_PAD.encode(mac::sign(&key(&app.keys), message.as_bytes()));
    let link = app.config.links.absolute(&format!("/invoices/{message}&signature={signature}"));
    (link, Timestamp(expires.saturating_mul(1_000_000)))
}

/// Checks what a link says, as it stands in it.
///
/// # Errors
/// [`Bad`]; a forged link is never called expired.
pub fn check(app: &App, id: InvoiceId, format: Format, expires: &str, signature: &str) -> Result<(), Bad> {
    let code = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Bad::Forged)?;
    if !mac::verify(&key(&app.keys), message(id, format, expires).as_bytes(), &code) {
        return Err(Bad::Forged);
    }
    let until: i64 = expires.parse().map_err(|_| Bad::Forged)?;
    match until > app.clock.now().millis().div_euclid(1_000) {
        true => Ok(()),
        false => Err(Bad::Expired),
    }
}
