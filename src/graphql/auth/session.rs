//! `signIn`, `tokenRefresh`, `signOut`.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};

use super::viewer::User;
use crate::{
    auth::session::{self, RefreshCode, Session, SignInCode},
    graphql::{Here, error, scalar::Moment},
    limit::address::Address,
};

error::user_errors! {
    SignInUserError, SignInErrorCode = SignInCode {
        /// E-mail and password do not belong together, or you may not sign in.
        InvalidCredentials,
    }
}

error::user_errors! {
    TokenRefreshUserError, TokenRefreshErrorCode = RefreshCode {
        /// Unknown, over, used before or revoked.
        InvalidToken,
    }
}

/// Who signs in.
#[derive(InputObject)]
pub struct SignInInput {
    /// E-mail address.
    email: String,
    /// Password.
    #[graphql(secret)]
    password: String,
}

/// A refresh token.
#[derive(InputObject)]
pub struct TokenRefreshInput {
    /// The refresh token of the last signIn or tokenRefresh; it can be used once.
    #[graphql(secret)]
    refresh_token: String,
}

/// A refresh token.
#[derive(InputObject)]
pub struct SignOutInput {
    /// The refresh token of the last signIn or tokenRefresh.
    #[graphql(secret)]
    refresh_token: String,
}

/// What came of signIn.
#[derive(SimpleObject)]
pub struct SignInPayload {
    /// Send it as "Authorization: Bearer …"; it lives 15 minutes.
    access_token: Option<String>,
    /// When the access token ends.
    access_token_expires_at: Option<Moment>,
    /// Exchange it by tokenRefresh for the next pair, once.
    refresh_token: Option<String>,
    /// When the refresh token ends.
    refresh_token_expires_at: Option<Moment>,
    /// Who is signed in.
    user: Option<User>,
    /// Why nobody is; empty when somebody is.
    user_errors: Vec<SignInUserError>,
}

/// What came of tokenRefresh.
#[derive(SimpleObject)]
pub struct TokenRefreshPayload {
    /// Send it as "Authorization: Bearer …"; it lives 15 minutes.
    access_token: Option<String>,
    /// When the access token ends.
    access_token_expires_at: Option<Moment>,
    /// Exchange it by tokenRefresh for the next pair, once.
    refresh_token: Option<String>,
    /// When the refresh token ends.
    refresh_token_expires_at: Option<Moment>,
    /// Who is signed in.
    user: Option<User>,
    /// Why the token was not taken; empty when it was.
    user_errors: Vec<TokenRefreshUserError>,
}

/// What came of signOut.
#[derive(SimpleObject)]
pub struct SignOutPayload {
    /// True: the refresh token and all that came from the same signIn are worthless now.
    signed_out: bool,
}

macro_rules! payload {
    ($payload:ident, $ctx:expr, $outcome:expr) => {
        match error::settle($ctx, $outcome)? {
            Err(user_errors) => $payload {
                access_token: None,
                access_token_expires_at: None,
                refresh_token: None,
                refresh_token_expires_at: None,
                user: None,
                user_errors,
            },
            Ok(session) => {
                let user = user_of($ctx, &session).await?;
                $payload {
                    access_token: Some(session.access_token),
                    access_token_expires_at: Some(Moment(session.access_expires_at)),
                    refresh_token: Some(session.refresh_token),
                    refresh_token_expires_at: Some(Moment(session.refresh_expires_at)),
                    user,
                    user_errors: Vec::new(),
                }
            }
        }
    };
}

/// Which client asks.
fn client(ctx: &Context<'_>) -> Address {
    ctx.data_opt::<Address>().copied().unwrap_or(Address::Unknown)
}

async fn user_of(ctx: &Context<'_>, session: &Session) -> Result<Option<User>> {
    let here = Here::of(ctx)?;
    let user = here.loaders.users.load(&here.app.db, session.user).await.map_err(|fault| error::internal(ctx, &fault))?;
    Ok(user.map(User::new))
}

/// Signing in and out.
#[derive(Default)]
pub struct AuthMutation;

#[Object]
impl AuthMutation {
    /// Signs in by e-mail and password.
    async fn sign_in(&self, ctx: &Context<'_>, #[graphql(desc = "Who signs in.")] input: SignInInput) -> Result<SignInPayload> {
        let outcome = session::sign_in(Here::of(ctx)?.app, &input.email, input.password, client(ctx)).await;
        Ok(payload!(SignInPayload, ctx, outcome))
    }

    /// Exchanges a refresh token for the next pair. A token that is used twice revokes all that came from its signIn.
    async fn token_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: TokenRefreshInput,
    ) -> Result<TokenRefreshPayload> {
        let outcome = session::refresh(Here::of(ctx)?.app, &input.refresh_token, client(ctx)).await;
        Ok(payload!(TokenRefreshPayload, ctx, outcome))
    }

    /// Revokes a refresh token and all that came from the same signIn.
    async fn sign_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token.")] input: SignOutInput,
    ) -> Result<SignOutPayload> {
        session::sign_out(Here::of(ctx)?.app, &input.refresh_token).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(SignOutPayload { signed_out: true })
    }
}
