//! The progress of a bulk operation, for those who listen: its row whenever it changed, until it is over. The row is looked
//! at again and again, for another process may be at work.

use std::time::Duration;

use entity::{bulk_operation, id::BulkOperationId, stored::BulkStatus};

use super::query;
use crate::{app::App, fault::Fault};

/// How often the row is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// Somebody who listens to one operation.
pub struct Watch {
    app: App,
    id: BulkOperationId,
    told: Option<(BulkStatus, i64)>,
}

impl Watch {
    /// Begins with how it stands now.
    pub fn new(app: &App, id: BulkOperationId) -> Self {
        Self { app: app.clone(), id, told: None }
    }

    /// Waits until the operation stands otherwise than it was told last; `None` when its end was told.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn next(&mut self) -> Result<Option<bulk_operation::Model>, Fault> {
        loop {
            let Some(row) = query::by_id(self.app.db.reader(), self.id).await? else { return Ok(None) };
            let stands = (row.status, row.succeeded + row.skipped + row.failed);
            if self.told != Some(stands) {
                self.told = Some(stands);
                return Ok(Some(row));
            }
            if !query::is_under_way(&row) {
                return Ok(None);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}
