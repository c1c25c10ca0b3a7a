//! The connections of this process that stay open: how many there may be, and word to them that the service stops.

use std::{sync::Arc, time::Duration};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// The places for connections that stay open.
pub struct Streams {
    places: Arc<Semaphore>,
    capacity: u32,
    stop: watch::Sender<bool>,
}

/// A place for one connection, free again when dropped; and word that the service stops.
pub struct Place {
    stop: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

impl Streams {
    /// So many places.
    pub fn new(capacity: u32) -> Self {
        Self { places: Arc::new(Semaphore::new(capacity as usize)), capacity, stop: watch::Sender::new(false) }
    }

    /// A place, unless all are taken or the service stops.
    pub fn place(&self) -> Option<Place> {
        if *self.stop.borrow() {
            return None;
        }
        let permit = self.places.clone().try_acquire_owned().ok()?;
        Some(Place { stop: self.stop.subscribe(), _permit: permit })
    }

    /// Tells every connection that the service stops; there are no more places from then on.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// How many places are taken.
    pub fn taken(&self) -> usize {
        (self.capacity as usize).saturating_sub(self.places.available_permits())
    }

    /// Waits until all places are free, for at most `patience`.
    pub async fn closed(&self, patience: Duration) {
        if tokio::time::timeout(patience, self.places.acquire_many(self.capacity)).await.is_err() {
            tracing::warn!("stopped with connections open that did not close in time");
        }
    }
}

impl Place {
    /// Waits until the service stops.
    pub(crate) async fn stopped(&mut self) {
        // An error means that the service is gone altogether.
        let _ = self.stop.wait_for(|stop| *stop).await;
    }
}
