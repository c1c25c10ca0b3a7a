//! Work that was given up, as the API shows it. What it was to work on is not shown: it may be personal.

use std::sync::Arc;

use async_graphql::{ID, Object};
use entity::job;

use crate::graphql::{connection::connection, scalar::Moment};

/// Background work that was given up.
#[derive(Clone)]
pub struct FailedJob(Arc<job::Model>);

impl FailedJob {
    /// A job's row.
    pub fn new(row: job::Model) -> Self {
        Self(Arc::new(row))
    }
}

/// Background work that was given up.
#[Object]
impl FailedJob {
    /// The job's id.
    async fn id(&self) -> ID {
        ID(format!("{}{}", crate::job::PREFIX, self.0.id))
    }

    /// What was to be done, such as mail.send.
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// Why the last attempt failed.
    async fn error(&self) -> &str {
        self.0.last_error.as_deref().unwrap_or_default()
    }

    /// How often it was tried.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When it was to be done first.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was given up.
    async fn failed_at(&self) -> Moment {
        Moment(self.0.dead_at.unwrap_or(self.0.created_at))
    }
}

connection!(FailedJobConnection, FailedJobEdge, FailedJob);
