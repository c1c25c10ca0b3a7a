//! Background work.

mod claim;
mod given_up;
