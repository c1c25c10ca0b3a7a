//! When the service stops, connections that stay open are told and do not hold it up.

use std::time::{Duration, Instant};

use serde_json::json;

use super::{Live, sse::Events};

/// Far less than a stop waits for requests in flight.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_stop_closes_sockets_with_1001_and_ends_streams() {
    let live = Live::new().await;
    let (ada, _) = live.app.buyer("ada").await;
    let now = live.now().await;
    let mut socket = live.listening(&ada, &now).await;
    let mut events = Events::of(&live, &ada, json!({ "after": now })).await;
    let begun = Instant::now();
    live.stop.send(()).unwrap();
    assert_eq!(socket.close_code().await, 1001);
    assert_eq!(events.next().await, None);
    live.task.await.unwrap();
    live.app.app.streams.closed(SOON).await;
    assert_eq!(live.app.app.streams.taken(), 0);
    assert!(begun.elapsed() < SOON);
}
