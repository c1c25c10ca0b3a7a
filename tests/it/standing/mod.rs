//! Standing tests: what must stay true of the whole, whatever is added.

mod examples;
mod idempotency;
mod layers;
mod rights;
mod schema;
mod tables;
