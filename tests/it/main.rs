//! All integration tests in one binary. They run on SQLite, or on PostgreSQL when `TEST_DATABASE_URL` names a server:
//! each test has a database of its own there.

mod auth;
mod http;
mod import;
mod order;
mod standing;
mod statements;
mod support;
