//! Notes of staff and sellers on orders.

use sea_orm::entity::prelude::*;

use crate::{
    id::{OrderId, OrderNoteId, StoreId, UserId},
    stored::ActorKind,
    time::Timestamp,
};

/// A note on an order, beside the buyer's own (C-21).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_notes")]
pub struct Model {
    /// The note's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: OrderNoteId,
    /// The order.
    pub order_id: OrderId,
    /// Place among the order's notes, from 0, never given again while a later one is there.
    pub position: i32,
    /// The store for which it was written; its members see the note though it is private.
    pub store_id: Option<StoreId>,
    /// Who wrote it; null when the user was deleted.
    pub author_id: Option<UserId>,
    /// What the author was then.
    pub author_kind: ActorKind,
    /// What it says.
    pub text: String,
    /// Whether the buyer sees it.
    pub is_public: bool,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
