//! Panics are log lines like any other, not text between them.

use std::panic;

use super::errors::cut;

/// Sends every panic of the process to the log, with its place. Called once, when logging has begun.
pub fn install() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info.payload_as_str().unwrap_or("a panic without a message");
        tracing::error!(place, panic = %cut(message, 1_000), "a panic");
    }));
}
