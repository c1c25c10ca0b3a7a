//! The end of the event log in memory, for all subscribers of a process: an event is read once, however many wait for it.
//!
//! Nobody reads ahead: the subscriber that first finds the log longer than the tail reads on, and the others wait for it.
//! The tail holds every event of an order in `(from, to]`, since it only grows by what the log has after `to`, whole batches
//! at a time, and positions become visible in their order ([`crate::event::feed::place`]). A subscriber at a position below
//! `from` is not served here.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use entity::event;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait};

use super::about::{self, About};
use crate::{app::App, event::feed, fault::Fault};

/// Most events that are kept.
const KEPT: usize = 1_024;

/// Most events that a subscriber takes at once.
const TAKEN: usize = 100;

/// An event of an order, and whom it concerns.
#[derive(Debug)]
pub struct Told {
    /// Its place in the log.
    pub position: i64,
    /// The event.
    pub event: event::Model,
    /// Whom it concerns.
    pub about: About,
}

/// Events, and the position that whoever has seen them stands at.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order of the log.
    pub events: Vec<Arc<Told>>,
    /// Everything up to here is in `events` or was not asked for.
    pub reached: i64,
}

/// The end of the log.
#[derive(Default)]
pub struct Tail {
    ring: Mutex<Option<Ring>>,
    reading: tokio::sync::Mutex<()>,
}

/// All events of orders in `(from, to]`.
#[derive(Debug)]
struct Ring {
    from: i64,
    to: i64,
    events: VecDeque<Arc<Told>>,
}

impl Ring {
    /// What comes after a position; `None` when the ring does not reach back so far.
    fn after(&self, position: i64) -> Option<Batch> {
        if position < self.from {
            return None;
        }
        let start = self.events.partition_point(|told| told.position <= position);
        let events: Vec<_> = self.events.iter().skip(start).take(TAKEN).cloned().collect();
        let is_rest = start + events.len() == self.events.len();
        let last = events.last().map_or(position, |told| told.position);
        Some(Batch { events, reached: if is_rest { self.to.max(position) } else { last } })
    }

    /// Adds what comes right after `to`.
    fn grow(&mut self, batch: Batch) {
        self.events.extend(batch.events);
        self.to = self.to.max(batch.reached);
        while self.events.len() > KEPT {
            if let Some(oldest) = self.events.pop_front() {
                self.from = oldest.position;
            }
        }
    }
}

impl Tail {
    /// What comes after a position, as far as the log is known to reach; `None` for a position before the tail, whose
    /// holder reads the log itself.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn after(&self, app: &App, position: i64) -> Result<Option<Batch>, Fault> {
        loop {
            let to = match &*self.ring() {
                Some(ring) => match ring.after(position) {
                    Some(batch) if batch.reached <= position => Some(ring.to),
                    known => return Ok(known),
                },
                None => None,
            };
            let head = *app.feed.head().borrow();
            if head <= position {
                return Ok(Some(Batch { events: Vec::new(), reached: position }));
            }
            let reading = self.reading.lock().await;
            // Somebody else may have read on meanwhile.
            if self.ring().as_ref().map(|ring| ring.to) == to {
                self.read_on(app, position, head).await?;
            }
            drop(reading);
        }
    }

    async fn read_on(&self, app: &App, position: i64, head: i64) -> Result<(), Fault> {
        let oldest = head.saturating_sub(KEPT as i64);
        let start = {
            let mut ring = self.ring();
            match &*ring {
                Some(ring) if ring.to >= oldest => ring.to,
                // Nobody was here for long: what came meanwhile is not worth reading for all.
                _ => {
                    let start = oldest.max(position);
                    *ring = Some(Ring { from: start, to: start, events: VecDeque::new() });
                    start
                }
            }
        };
        let batch = read(app.db.reader(), start, head, Condition::all()).await?;
        if let Some(ring) = self.ring().as_mut() {
            ring.grow(batch);
        }
        Ok(())
    }

    fn ring(&self) -> MutexGuard<'_, Option<Ring>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads events of orders after a position. `head` is a position that the log was known to have before.
///
/// # Errors
/// When the database fails.
pub(crate) async fn read(conn: &impl ConnectionTrait, position: i64, head: i64, also: Condition) -> Result<Batch, Fault> {
    let rows = feed::after(conn, position, also.add(event::Column::OrderId.is_not_null())).await?;
    let is_rest = (rows.len() as u64) < feed::BATCH;
    let last = rows.last().and_then(|row| row.position).unwrap_or(position);
    let orders: BTreeSet<_> = rows.iter().filter_map(|row| row.order_id).collect();
    let about = about::of_orders(conn, &orders).await?;
    let told = |row: event::Model| {
        let about = about.get(&row.order_id?).cloned().unwrap_or_default();
        Some(Arc::new(Told { position: row.position?, event: row, about }))
    };
    Ok(Batch { events: rows.into_iter().filter_map(told).collect(), reached: if is_rest { last.max(head) } else { last } })
}

#[cfg(test)]
mod tests {
    use entity::{
        stored::{ActorKind, EventSubject},
        time::Timestamp,
    };

    use super::*;

    fn told(position: i64) -> Arc<Told> {
        let event = event::Model {
            id: position,
            subject: EventSubject::Order,
            subject_id: uuid::Uuid::nil(),
            order_id: None,
            seq: 1,
            version: 1,
            kind: "ORDER_CREATED".into(),
            actor: ActorKind::System,
            actor_id: None,
            request_id: None,
            reason: None,
            changes: None,
            occurred_at: Timestamp(0),
            recorded_at: Timestamp(0),
            position: Some(position),
        };
        Arc::new(Told { position, event, about: About::default() })
    }

    fn ring(from: i64, to: i64, positions: impl IntoIterator<Item = i64>) -> Ring {
        let mut ring = Ring { from, to: from, events: VecDeque::new() };
        ring.grow(Batch { events: positions.into_iter().map(told).collect(), reached: to });
        ring
    }

    fn seen(batch: &Batch) -> Vec<i64> {
        batch.events.iter().map(|told| told.position).collect()
    }

    #[test]
    fn a_reader_gets_what_follows_its_position_and_steps_over_what_is_not_of_orders() {
        let ring = ring(10, 20, [11, 13, 17]);
        let batch = ring.after(11).expect("covered");
        assert_eq!((seen(&batch), batch.reached), (vec![13, 17], 20));
        let batch = ring.after(20).expect("covered");
        assert_eq!((seen(&batch), batch.reached), (Vec::new(), 20));
    }

    #[test]
    fn a_reader_from_before_the_ring_is_not_served_by_it() {
        let ring = ring(10, 20, [11]);
        assert!(ring.after(9).is_none());
        assert_eq!(seen(&ring.after(10).expect("covered")), [11]);
    }

    #[test]
    fn what_falls_out_of_the_ring_is_no_longer_covered() {
        let many = KEPT as i64 + 5;
        let ring = ring(0, many, 1..=many);
        assert!(ring.after(4).is_none());
        assert_eq!(seen(&ring.after(5).expect("covered"))[0], 6);
    }

    #[test]
    fn batches_join_without_a_gap() {
        let ring = ring(0, 500, 1..=500);
        let (mut position, mut all) = (0, Vec::new());
        while position < 500 {
            let batch = ring.after(position).expect("covered");
            all.extend(seen(&batch));
            position = batch.reached;
        }
        assert_eq!(all, (1..=500).collect::<Vec<_>>());
    }

    #[test]
    fn a_reader_ahead_of_the_ring_waits_for_it() {
        let ring = ring(0, 5, [5]);
        let batch = ring.after(9).expect("covered once it has grown");
        assert_eq!((seen(&batch), batch.reached), (Vec::new(), 9));
    }
}
