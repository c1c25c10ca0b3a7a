//! Links to files: signed, for a short while, good for whoever holds them. A browser opens them without a token.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::time::Timestamp;

use crate::{app::App, auth::mac};

/// Seconds a link is good.
pub const SECONDS: i64 = 15 * 60;

/// What links lead to; a link to one thing is no link to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// Folder of the links, between slashes.
    pub folder: &'static str,
    /// What their key is derived by.
    pub purpose: &'static str,
}

/// Why a link is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bad {
    /// Not signed by this service, or for something else.
    Forged,
    /// Its time is over.
    Expired,
}

impl Shelf {
    /// The key of its links; those of another secret are not good.
    fn key(self, app: &App) -> [u8; 32] {
        app.keys.derive(self.purpose)
    }

    /// A link to a file of the shelf, and when it ends.
    pub fn link(self, app: &App, file: &str) -> (String, Timestamp) {
        let expires = app.clock.now().millis().div_euclid(1_000) + SECONDS;
        let message = message(file, &expires.to_string());
        let signature = URL_SAFE_NO_PAD.encode(mac::sign(&self.key(app), message.as_bytes()));
        let link = app.config.links.absolute(&format!("/{}/{message}&signature={signature}", self.folder));
        (link, Timestamp(expires.saturating_mul(1_000_000)))
    }

    /// Checks what a link says, as it stands in it.
    ///
    /// # Errors
    /// [`Bad`]; a forged link is never called expired.
    pub fn check(self, app: &App, file: &str, expires: &str, signature: &str) -> Result<(), Bad> {
        let code = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Bad::Forged)?;
        if !mac::verify(&self.key(app), message(file, expires).as_bytes(), &code) {
            return Err(Bad::Forged);
        }
        let until: i64 = expires.parse().map_err(|_| Bad::Forged)?;
        match until > app.clock.now().millis().div_euclid(1_000) {
            true => Ok(()),
            false => Err(Bad::Expired),
        }
    }
}

fn message(file: &str, expires: &str) -> String {
    format!("{file}?expires={expires}")
}
