//! The audit log: everything that happened, for staff.

mod event;
mod query;

pub use event::{AuditEvent, AuditEventConnection, AuditEventEdge, AuditSubject};
pub use query::{AuditEventFilter, AuditQuery};
