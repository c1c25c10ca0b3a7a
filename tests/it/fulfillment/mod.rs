//! Tests of sending goods.

mod shippo;
