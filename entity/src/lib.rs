//! Rows of the database: one file a table, typed ids, stored enums. No rules live here.
//!
//! Money is a `BIGINT` of minor units beside a currency column; times are [`time::Timestamp`], microseconds since the
//! Unix epoch in a `BIGINT`. Both sort, sum and compare alike on SQLite and on PostgreSQL.

pub mod address;
pub mod bulk_chunk;
pub mod bulk_operation;
pub mod bulk_result;
pub mod cursor;
pub mod customer;
pub mod event;
pub mod export;
pub mod export_part;
pub mod fulfillment;
pub mod fulfillment_line;
pub mod gateway_webhook;
pub mod id;
pub mod idempotency_key;
pub mod invoice;
pub mod invoice_counter;
pub mod job;
pub mod lease;
pub mod notification;
pub mod notification_preference;
pub mod number_counter;
pub mod order;
pub mod order_group;
pub mod order_group_member;
pub mod order_hold;
pub mod order_item;
pub mod order_note;
pub mod order_return;
pub mod order_store;
pub mod payment;
pub mod payment_attempt;
pub mod payment_method;
pub mod product;
pub mod product_variant;
pub mod refresh_token;
pub mod refund;
pub mod return_line;
pub mod review;
pub mod saved_view;
pub mod shipping_label;
pub mod shipping_method;
pub mod shipping_offer;
pub mod store;
pub mod store_member;
pub mod stored;
pub mod time;
pub mod tracking_event;
pub mod user;
pub mod webhook_attempt;
pub mod webhook_delivery;
pub mod webhook_endpoint;
