//! Views of lists that staff keep: a filter, an order and columns under a name, for oneself or for all staff.
//!
//! What a filter may say is known where the API's types are; here it is a document of the right kind. Views are their owners'
//! tools like notification settings: they are not in the event log.

pub mod change;
pub mod create;
pub mod delete;
pub mod query;
pub mod update;
