//! Background work.

mod claim;
