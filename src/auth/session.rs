//! Signing in and out, and staying signed in.
//!
//! A refresh token is used once. When one is seen a second time, somebody stole it, and nobody can say which of the two
//! is the thief: the whole family is revoked (RFC 9700, 4.14.2).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    customer,
    id::{RefreshTokenId, UserId},
    refresh_token,
    stored::CustomerStatus,
    time::Timestamp,
    user,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr,
};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    app::App,
    auth::password,
    clock::random_bytes,
    db::retrying,
    fault::{Denied, Failure, Fault},
    limit::{What, address::Address},
};

/// Seconds a refresh token lives.
const REFRESH_SECONDS: i64 = 30 * 24 * 60 * 60;

/// What a signed-in client holds.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user.
    pub user: UserId,
    /// Sent with each request.
    pub access_token: String,
    /// When the access token ends.
    pub access_expires_at: Timestamp,
    /// Exchanged for the next pair, once.
    pub refresh_token: String,
    /// When the refresh token ends.
    pub refresh_expires_at: Timestamp,
}

/// Why nobody was signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInCode {
    /// No such user, wrong password or blocked: the same answer for each, so that addresses cannot be tried out.
    InvalidCredentials,
}

/// Why a refresh token was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshCode {
    /// Unknown, over, used or revoked.
    InvalidToken,
}

/// Signs in by e-mail and password (AUTH-02).
///
/// # Errors
/// [`SignInCode::InvalidCredentials`].
pub(crate) async fn sign_in(app: &App, email: &str, password: String, from: Address) -> Result<Session, Failure<SignInCode>> {
    let email = email.trim().to_lowercase();
    // Every attempt counts, before anything is known of the account: the refusal tells nothing of it either.
    if from != Address::Local {
        for what in [What::SignInFrom(from), What::SignInTo(&email)] {
            app.limits.take(what, 1).await.map_err(Denied::from)?;
        }
    }
    let found = user::Entity::find().filter(user::Column::Email.eq(email)).one(app.db.reader()).await?;
    let hash = found.as_ref().and_then(|user| user.password_hash.clone());
    let matches = password::matches(password, hash).await?;
    let refused = || Failure::refused(SignInCode::InvalidCredentials, ["password"], "Invalid credentials");
    let Some(user) = found.filter(|user| matches && user.is_active) else { return Err(refused()) };
    if is_blocked_customer(app.db.reader(), user.id).await? {
        return Err(refused());
    }
    retrying(|| begin_session(app, user.id)).await
}

async fn is_blocked_customer(conn: &impl ConnectionTrait, user: UserId) -> Result<bool, Fault> {
    let customer = customer::Entity::find().filter(customer::Column::UserId.eq(user)).one(conn).await?;
    Ok(customer.is_some_and(|customer| customer.status == CustomerStatus::Blocked))
}

async fn begin_session(app: &App, user: UserId) -> Result<Session, Failure<SignInCode>> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    user::Entity::update_many()
        .col_expr(user::Column::LastLoginAt, Expr::value(now.0))
        .filter(user::Column::Id.eq(user))
        .exec(&tx)
        .await?;
    let session = issue(app, &tx, user, Uuid::from_bytes(random_bytes()), now).await?;
    tx.commit().await?;
    Ok(session)
}

/// Exchanges a refresh token for the next pair (AUTH-04).
///
/// # Errors
/// [`RefreshCode::InvalidToken`]; when the token had been used before, its family is revoked first.
pub(crate) async fn refresh(app: &App, token: &str, from: Address) -> Result<Session, Failure<RefreshCode>> {
    app.limits.take(What::RefreshFrom(from), 1).await.map_err(Denied::from)?;
    retrying(|| refresh_once(app, token)).await
}

async fn refresh_once(app: &App, token: &str) -> Result<Session, Failure<RefreshCode>> {
    let refused = || Failure::refused(RefreshCode::InvalidToken, ["refreshToken"], "Token is invalid or expired");
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(row) = locked(&tx, token).await? else { return Err(refused()) };
    if row.revoked_at.is_some() || row.expires_at <= now {
        return Err(refused());
    }
    let taken = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now.0))
        .filter(refresh_token::Column::Id.eq(row.id))
        .filter(refresh_token::Column::UsedAt.is_null())
        .exec(&tx)
        .await?;
    if taken.rows_affected == 0 {
        revoke_family(&tx, row.family, now).await?;
        tx.commit().await?;
        tracing::warn!(user = %row.user_id, "a refresh token was used twice; its family is revoked");
        return Err(refused());
    }
    let user = user::Entity::find_by_id(row.user_id).one(&tx).await?;
    if !user.is_some_and(|user| user.is_active) || is_blocked_customer(&tx, row.user_id).await? {
        return Err(refused());
    }
    let session = issue(app, &tx, row.user_id, row.family, now).await?;
    tx.commit().await?;
    Ok(session)
}

/// Revokes the family of a refresh token. Whether there was one is not told: the caller is signed out either way.
///
/// # Errors
/// When the database fails.
pub(crate) async fn sign_out(app: &App, token: &str) -> Result<(), Fault> {
    retrying(|| async {
        let tx = app.db.begin().await?;
        if let Some(row) = locked(&tx, token).await? {
            revoke_family(&tx, row.family, app.clock.now()).await?;
        }
        tx.commit().await?;
        Ok(())
    })
    .await
}

/// Revokes every refresh token of a user, in the transaction that takes the user's right to sign in.
///
/// # Errors
/// When the database fails.
pub(crate) async fn revoke_all(tx: &DatabaseTransaction, user: UserId, now: Timestamp) -> Result<(), Fault> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(now.0))
        .filter(refresh_token::Column::UserId.eq(user))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

/// The row of a refresh token, locked until the end of the transaction: an exchange and the end of the session come one
/// after the other, so that no token of an exchange outlives a sign-out.
async fn locked(tx: &impl ConnectionTrait, token: &str) -> Result<Option<refresh_token::Model>, Fault> {
    let by_hash = refresh_token::Column::TokenHash.eq(hash_of(token));
    Ok(refresh_token::Entity::find().filter(by_hash).lock_exclusive().one(tx).await?)
}

async fn revoke_family(tx: &impl ConnectionTrait, family: Uuid, now: Timestamp) -> Result<(), Fault> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(now.0))
        .filter(refresh_token::Column::Family.eq(family))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await?;
    Ok(())
}

async fn issue(app: &App, tx: &impl ConnectionTrait, user: UserId, family: Uuid, now: Timestamp) -> Result<Session, Fault> {
    let refresh_token = URL_SAFE_NO_PAD.encode(random_bytes::<32>());
    let refresh_expires_at = now.plus_seconds(REFRESH_SECONDS);
    let row = refresh_token::ActiveModel {
        id: Set(RefreshTokenId::at(now, random_bytes())),
        user_id: Set(user),
        family: Set(family),
        token_hash: Set(hash_of(&refresh_token)),
        expires_at: Set(refresh_expires_at),
        used_at: Set(None),
        revoked_at: Set(None),
        created_at: Set(now),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await?;
    let (access_token, access_expires_at) = app.keys.issue(user, now)?;
    Ok(Session { user, access_token, access_expires_at, refresh_token, refresh_expires_at })
}

fn hash_of(token: &str) -> String {
    crate::idempotency::hex(&Sha256::digest(token.as_bytes()))
}
