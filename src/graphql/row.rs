//! A row that is shared with what it was read with.

use std::{ops::Deref, sync::Arc};

/// One row of several that were read together. Cloning shares them all.
pub struct Row<T> {
    rows: Arc<[T]>,
    index: usize,
}

impl<T> Row<T> {
    /// Each of the rows.
    pub fn each(rows: &Arc<[T]>) -> impl Iterator<Item = Self> {
        (0..rows.len()).map(|index| Self { rows: rows.clone(), index })
    }
}

impl<T> From<T> for Row<T> {
    fn from(row: T) -> Self {
        Self { rows: Arc::new([row]), index: 0 }
    }
}

impl<T> Clone for Row<T> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), index: self.index }
    }
}

impl<T> Deref for Row<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.rows[self.index]
    }
}
