//! Refresh tokens, hashed; each is used once and belongs to a family that one sign-in began.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::{
    id::{RefreshTokenId, UserId},
    time::Timestamp,
};

/// One refresh token.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    /// The row's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: RefreshTokenId,
    /// Whose token.
    pub user_id: UserId,
    /// All tokens that came from one sign-in.
    pub family: Uuid,
    /// SHA-256 of the token, hexadecimal, unique.
    pub token_hash: String,
    /// From when on it is worthless.
    pub expires_at: Timestamp,
    /// When it was exchanged for the next one.
    pub used_at: Option<Timestamp>,
    /// When it was revoked, alone or with its family.
    pub revoked_at: Option<Timestamp>,
    /// When it was issued.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
