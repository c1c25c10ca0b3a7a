//! Views of lists that staff keep.

use sea_orm::entity::prelude::*;

use crate::{
    id::{SavedViewId, UserId},
    stored::SavedViewList,
    time::Timestamp,
};

/// A filter and an order of a list under a name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_views")]
pub struct Model {
    /// The view's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SavedViewId,
    /// Who made it.
    pub owner_id: UserId,
    /// Of which list.
    pub list: SavedViewList,
    /// What it is called.
    pub name: String,
    /// The list's filter, as a JSON object of its input type.
    pub filter: String,
    /// The list's order, as a JSON array of its input type.
    pub sort: String,
    /// The columns that are shown, as a JSON array of texts.
    pub columns: String,
    /// Whether all staff see it.
    pub is_shared: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
