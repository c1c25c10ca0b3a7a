//! Products and their variants (CAT-01 to CAT-05, C-22).

pub mod bulk;
pub mod change;
pub mod create;
pub mod query;
pub mod tabs;
pub mod update;
pub mod variant_add;
pub mod variant_update;
