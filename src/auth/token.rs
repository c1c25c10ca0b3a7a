//! Access tokens: signed, short-lived, naming only the user (RFC 7519). Rights are looked up, never carried.

use std::{fs, io::Write as _, path::Path};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{id::UserId, time::Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    auth::{
        actor::{Actor, standing_of},
        mac,
    },
    config::DataConfig,
    fault::Fault,
};

/// Seconds an access token lives.
pub const ACCESS_SECONDS: i64 = 15 * 60;

/// Fewest bytes of a signing key: as many as the hash has (RFC 7518, 3.2).
const MIN_SECRET: usize = 32;

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    iat: i64,
    exp: i64,
}

/// Signs and checks access tokens.
pub struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    root: [u8; 32],
}

impl Keys {
    /// Keys of a secret.
    ///
    /// # Errors
    /// When it is shorter than 32 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, String> {
        if secret.len() < MIN_SECRET {
            return Err(format!("JWT_SECRET must have at least {MIN_SECRET} bytes; `openssl rand -base64 48` makes a good one"));
        }
        let mut validation = Validation::new(Algorithm::HS256);
        // Expiry is checked against the service's own clock, below.
        validation.validate_exp = false;
        validation.required_spec_claims = ["sub".to_owned(), "exp".to_owned()].into();
        Ok(Self {
            encoding: EncodingKey::from_secret(secret),
            decoding: DecodingKey::from_secret(secret),
            validation,
            root: mac::sign(secret, b"ordergraph keys"),
        })
    }

    /// A key for another purpose, named by a label: who learns it learns neither the secret nor the key of another label.
    pub fn derive(&self, label: &str) -> [u8; 32] {
        mac::sign(&self.root, label.as_bytes())
    }

    /// Keys of the configured secret, or of one made in the data folder on first use.
    ///
    /// # Errors
    /// In words for the one who runs the service.
    pub fn load(config: &DataConfig) -> Result<Self, String> {
        match &config.jwt_secret {
            Some(secret) => Self::new(secret.as_bytes()),
            None => Self::new(&stored_secret(&config.data_dir)?),
        }
    }

    /// A token for a user, and when it ends.
    ///
    /// # Errors
    /// When signing fails.
    pub fn issue(&self, user: UserId, now: Timestamp) -> Result<(String, Timestamp), Fault> {
        let iat = now.millis().div_euclid(1_000);
        let exp = iat + ACCESS_SECONDS;
        let token = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &Claims { sub: user, iat, exp }, &self.encoding)
            .map_err(|error| Fault::Internal(format!("token: {error}")))?;
        Ok((token, Timestamp(exp.saturating_mul(1_000_000))))
    }

    /// The user of a token that is genuine and not over.
    pub fn check(&self, token: &str, now: Timestamp) -> Option<UserId> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.decoding, &self.validation).ok()?.claims;
        (claims.exp > now.millis().div_euclid(1_000)).then_some(claims.sub)
    }
}

impl Keys {
    /// Whether the token in the value of an `Authorization` header is no longer good: what can be said without the database.
    pub fn is_over(&self, authorization: &str, now: Timestamp) -> bool {
        bearer(authorization).and_then(|token| self.check(token, now)).is_none()
    }
}

/// The token in the value of an `Authorization` header.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Reads the signing key from the data folder, making it first when it is missing. Two processes that start at once end
/// with the same key: only one creates the file.
fn stored_secret(data_dir: &Path) -> Result<Vec<u8>, String> {
    let path = data_dir.join("jwt.key");
    let describe = |error: std::io::Error| format!("cannot use the signing key {}: {error}", path.display());
    fs::create_dir_all(data_dir).map_err(describe)?;
    if !path.exists() {
        let temporary = data_dir.join(format!("jwt.key.{}", std::process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let secret = URL_SAFE_NO_PAD.encode(crate::clock::random_bytes::<48>());
        let mut file = options.open(&temporary).map_err(describe)?;
        file.write_all(secret.as_bytes()).and_then(|()| file.sync_all()).map_err(describe)?;
        // A link, unlike a rename, never replaces a key that somebody else has begun to use.
        let linked = fs::hard_link(&temporary, &path);
        fs::remove_file(&temporary).map_err(describe)?;
        if let Err(error) = linked
            && error.kind() != std::io::ErrorKind::AlreadyExists
        {
            return Err(describe(error));
        }
    }
    fs::read(&path).map_err(describe)
}

/// Why a request's token is not taken.
#[derive(Debug)]
pub enum Rejected {
    /// Forged, over, of an unknown or blocked user, or not a bearer token.
    InvalidToken,
    /// The service failed.
    Fault(Fault),
}

/// The caller that the value of an `Authorization` header stands for; without one, nobody (AUTH-09).
///
/// # Errors
/// [`Rejected`] rather than taking a bad token for nobody: the caller meant to be somebody.
pub(crate) async fn authenticate(app: &App, authorization: Option<&str>) -> Result<Actor, Rejected> {
    let Some(value) = authorization else { return Ok(Actor::Anonymous) };
    let token = bearer(value).ok_or(Rejected::InvalidToken)?;
    let user = app.keys.check(token, app.clock.now()).ok_or(Rejected::InvalidToken)?;
    match standing_of(app, user).await.map_err(Rejected::Fault)? {
        Some(standing) if standing.is_active => Ok(Actor::User(standing)),
        _ => Err(Rejected::InvalidToken),
    }
}
