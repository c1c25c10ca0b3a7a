//! Keys that make a repeated call the same call.

use sea_orm::entity::prelude::*;

use crate::time::Timestamp;

/// A key that was used, with the input it was used for and the answer it got.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    /// Whose key and for which mutation, `user_…/orderCreate`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub scope: String,
    /// The caller's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    /// SHA-256 of the input without the key, hexadecimal.
    pub input_hash: String,
    /// The answer as JSON.
    pub answer: String,
    /// When it was first used.
    pub created_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
