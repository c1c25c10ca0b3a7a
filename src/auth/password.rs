//! Passwords: argon2id hashes (RFC 9106), made and checked off the async threads, a few at a time.

use std::sync::LazyLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::fault::Fault;

/// Each hash takes 19 MiB and tens of milliseconds of a core; more at once would only starve everybody else.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// A hash that no password has, checked when there is no user, so that known and unknown addresses take the same time.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash_now(&crate::clock::random_bytes::<32>()).ok());

/// Shortest password that is accepted (NIST SP 800-63B).
pub const MIN_LENGTH: usize = 8;

/// Longest password that is accepted; longer ones would only cost time.
pub const MAX_LENGTH: usize = 256;

fn hash_now(password: &[u8]) -> Result<String, Fault> {
    Argon2::default()
        .hash_password(password)
        .map(|hash| hash.to_string())
        .map_err(|error| Fault::Internal(format!("password hash: {error}")))
}

/// Hashes a password.
///
/// # Errors
/// When the runtime is shutting down.
pub(crate) async fn hash(password: String) -> Result<String, Fault> {
    let _turn = turn().await?;
    spawn_blocking(move || hash_now(password.as_bytes())).await.map_err(|error| Fault::Internal(error.to_string()))?
}

/// Whether the password is the one that was hashed. Without a hash the answer is no, in the same time.
///
/// # Errors
/// When the runtime is shutting down.
pub(crate) async fn matches(password: String, hash: Option<String>) -> Result<bool, Fault> {
    let _turn = turn().await?;
    spawn_blocking(move || {
        let known = hash.is_some();
        let Some(text) = hash.or_else(|| NOBODY.clone()) else { return false };
        let Ok(parsed) = PasswordHash::new(&text) else { return false };
        let matches = password.len() <= MAX_LENGTH && Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
        matches && known
    })
    .await
    .map_err(|error| Fault::Internal(error.to_string()))
}

async fn turn() -> Result<tokio::sync::SemaphorePermit<'static>, Fault> {
    AT_ONCE.acquire().await.map_err(|error| Fault::Internal(error.to_string()))
}
