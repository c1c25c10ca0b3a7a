//! Goods that come back.

mod life;
mod race;
