//! Goods that come back.

mod life;
mod partial;
mod race;
