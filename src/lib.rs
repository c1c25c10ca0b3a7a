//! Ordergraph: a multi-vendor order management service with a GraphQL API.
//!
//! The layers, one direction: `entity` ← the domain folders here ← `graphql` and `http` ← `main` and `cli`.

pub mod amqp;
pub mod app;
pub mod audit;
pub mod auth;
pub mod bulk;
pub mod cache;
pub mod call;
pub mod catalogue;
pub mod cli;
pub mod clock;
pub mod config;
pub mod customer;
pub mod db;
pub mod doctor;
pub mod event;
pub mod export;
pub mod fault;
pub mod fulfillment;
pub mod graphql;
pub mod http;
pub mod idempotency;
pub mod import;
pub mod inventory;
pub mod invoice;
pub mod job;
pub mod limit;
pub mod money;
pub mod notification;
pub mod order;
pub mod order_return;
pub mod page;
pub mod payment;
pub mod redis;
pub mod saved_view;
pub mod search;
pub mod shipping;
pub mod signature;
pub mod signed_link;
pub mod statistics;
pub mod store;
pub mod streams;
pub mod text;
pub mod webhook;
pub mod worker;
