//! Notifications of the caller: the object, the queries, a file for each mutation.

mod delete;
mod mark_read;
mod node;
mod preferences;
pub mod query;

pub use node::{Notification, NotificationConnection, NotificationKind};
pub use preferences::NotificationPreferences;
pub use query::NotificationQuery;

/// Mutations of notifications.
#[derive(Default, async_graphql::MergedObject)]
pub struct NotificationMutation(
    mark_read::NotificationMarkRead,
    delete::NotificationDelete,
    preferences::NotificationPreferencesUpdate,
);
