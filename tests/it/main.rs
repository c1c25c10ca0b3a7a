//! All integration tests in one binary. They run on SQLite, or on PostgreSQL when `TEST_DATABASE_URL` names a server:
//! each test has a database of its own there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in tests they say what must hold")]
#![allow(clippy::disallowed_methods, reason = "tests read TEST_DATABASE_URL and start servers of their own")]

mod amqp;
mod audit;
mod auth;
mod bulk;
mod cache;
mod catalogue;
mod customer;
mod doctor;
mod event;
mod export;
mod fulfillment;
mod http;
mod import;
mod inventory;
mod invoice;
mod job;
mod limit;
mod list;
mod live;
mod notification;
mod order;
mod order_return;
mod payment;
mod saved_view;
mod shipping;
mod standing;
mod statements;
mod statistics;
mod store;
mod support;
mod webhook;
