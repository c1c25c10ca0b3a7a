//! People who can sign in.

use sea_orm::entity::prelude::*;

use crate::{id::UserId, stored::Role, time::Timestamp};

/// A user; its customer record, if it buys, points here.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The user's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: UserId,
    /// Sign-in name, in lower case, unique.
    pub email: String,
    /// Argon2id in PHC form; null: this user cannot sign in by password.
    pub password_hash: Option<String>,
    /// Shown name.
    pub name: String,
    /// What the user may do at large.
    pub role: Role,
    /// False: may not sign in.
    pub is_active: bool,
    /// When the user last signed in.
    pub last_login_at: Option<Timestamp>,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
