//! What was read, by its external id, so that rows of other files refer to it by a small number.

use std::{collections::HashMap, sync::Arc};

/// Records by external id, in the order they were read.
pub struct Directory<T> {
    rows: Vec<T>,
    places: HashMap<Arc<str>, u32>,
}

impl<T> Default for Directory<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), places: HashMap::new() }
    }
}

impl<T> Directory<T> {
    /// The place of an external id.
    pub fn find(&self, external_id: &str) -> Option<u32> {
        self.places.get(external_id).copied()
    }

    /// Adds a record under an external id that is not there yet.
    pub fn add(&mut self, external_id: Arc<str>, record: T) -> u32 {
        let place = self.rows.len() as u32;
        self.places.insert(external_id, place);
        self.rows.push(record);
        place
    }

    /// The record at a place that [`find`](Directory::find) or [`add`](Directory::add) gave.
    pub fn at(&self, place: u32) -> &T {
        &self.rows[place as usize]
    }

    /// The same, to be changed.
    pub fn at_mut(&mut self, place: u32) -> &mut T {
        &mut self.rows[place as usize]
    }

    /// All records.
    pub fn rows_mut(&mut self) -> &mut [T] {
        &mut self.rows
    }
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Rows of other files speak of it; its own row was not seen.
    Unknown,
    /// Its row, on that line, waits for its batch.
    Waiting(u64),
    /// Stored, or there already.
    Done(u64),
    /// Refused, on that line.
    Refused(u64),
}

/// Every order that any row spoke of.
#[derive(Default)]
pub struct Orders {
    fates: Directory<Fate>,
    names: Vec<Arc<str>>,
    /// For orders with a row that was refused in another file: why they cannot come in whole.
    broken: HashMap<u32, String>,
}

impl Orders {
    /// The place of an order, new or known.
    pub fn place(&mut self, external_id: &str) -> u32 {
        match self.fates.find(external_id) {
            Some(place) => place,
            None => {
                let name: Arc<str> = external_id.into();
                self.names.push(name.clone());
                self.fates.add(name, Fate::Unknown)
            }
        }
    }

    /// Its external id.
    pub fn name(&self, order: u32) -> &str {
        &self.names[order as usize]
    }

    /// What became of it.
    pub fn fate(&self, order: u32) -> Fate {
        *self.fates.at(order)
    }

    /// Decides what becomes of it.
    pub fn decide(&mut self, order: u32, fate: Fate) {
        *self.fates.at_mut(order) = fate;
    }

    /// Takes the order for the row on that line.
    ///
    /// # Errors
    /// The reason, when an earlier row is of the same order.
    pub fn claim(&mut self, order: u32, line: u64) -> Result<(), String> {
        match self.fate(order) {
            Fate::Unknown => {
                self.decide(order, Fate::Waiting(line));
                Ok(())
            }
            Fate::Waiting(first) | Fate::Done(first) | Fate::Refused(first) => {
                Err(format!("order {:?} is on line {first} already", self.name(order)))
            }
        }
    }

    /// Notes that a row of the order was refused in another file: an order comes in whole or not at all, so that its
    /// totals are never wrong.
    pub fn break_up(&mut self, order: u32, why: String) {
        self.broken.entry(order).or_insert(why);
    }

    /// Why the order cannot come in whole.
    pub fn broken(&self, order: u32) -> Option<&str> {
        self.broken.get(&order).map(String::as_str)
    }
}
