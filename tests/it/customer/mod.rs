//! Customers and their addresses.

mod address;
mod create;
mod customers;
mod update;
