//! Products and their variants.

mod create;
mod products;
mod update;
mod variant_add;
mod variant_update;
