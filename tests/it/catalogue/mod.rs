//! Products and their variants.

mod create;
mod products;
mod tabs;
mod update;
mod variant_add;
mod variant_update;
