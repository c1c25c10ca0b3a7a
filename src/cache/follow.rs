//! Following the event log for the cache's sake, for as long as the service runs.

use std::time::Duration;

use tokio::sync::watch;

use super::freshness::PATIENCE;
use crate::app::App;

/// How often the log is looked at when nobody says that something happened.
const LOOK: Duration = Duration::from_millis(200);

/// Looks at the log until `stop` is told.
pub async fn follow(app: App, mut stop: watch::Receiver<()>) {
    if !app.cache.is_on() {
        return;
    }
    app.cache.begin(PATIENCE);
    let mut fails = false;
    loop {
        match app.cache.look(&app.db).await {
            Ok(()) => fails = false,
            Err(fault) => {
                if !fails {
                    tracing::error!(error = %fault, "the event log could not be read: nothing that is kept is given");
                }
                fails = true;
            }
        }
        tokio::select! {
            // By dropping its sender.
            _ = stop.changed() => break,
            () = app.cache.wake.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}
