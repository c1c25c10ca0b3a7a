//! Stock.

mod adjust;
