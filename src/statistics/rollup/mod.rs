//! Sums kept up to date, so that a figure costs the same however many orders there are.
//!
//! Each order is counted by its [`Tally`](tally::Tally): what it adds to any figure. Beside the sums stands what each order
//! counts for at present (`order_tallies`). Counting an order takes away that and adds what it is now, so counting it twice
//! changes nothing. A reader of the event log ([`consumer`]) counts the orders that something happened to. Questions
//! ([`reading`]) add, for the orders it has not come to yet, what they have changed by; so the answer is that of the rows,
//! of one moment.

pub mod ask;
pub mod build;
pub mod buyers;
pub mod consumer;
pub mod count;
pub mod family;
pub mod groups;
pub mod held;
pub mod histogram;
pub mod journal;
pub mod level;
pub mod numbers;
pub mod orders;
pub mod payments;
pub mod pieces;
pub mod rankings;
pub mod reading;
pub mod reviews;
pub mod table;
pub mod tally;
mod told;
pub mod transitions;
pub mod verify;
pub mod which;
