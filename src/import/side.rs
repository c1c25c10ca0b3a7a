//! Rows of the files beside the orders, kept in memory sorted by order.

use super::{
    directory::{Fate, Orders},
    report::{FileId, Report},
};

/// A record that has its place among those of the same order.
pub trait Sorted {
    /// What they are sorted by, unique within the order.
    type Key: Ord + ?Sized;

    /// Its value.
    fn key(&self) -> &Self::Key;
}

/// A record, where it stood, and whose it is.
pub struct SideRow<T> {
    /// Place of the order.
    pub order: u32,
    /// Line of the row.
    pub line: u64,
    /// What it says.
    pub record: T,
}

/// The rows of one file.
pub struct Side<T> {
    /// The file in the report.
    pub file: FileId,
    rows: Vec<SideRow<T>>,
}

impl<T: Sorted> Side<T> {
    /// No rows.
    pub fn of_none(file: FileId) -> Self {
        Self { file, rows: Vec::new() }
    }

    /// The rows as read, sorted. A row with the number of an earlier one of the same order is refused; `whole` says
    /// whether the order is then refused too.
    pub fn sorted(file: FileId, mut rows: Vec<SideRow<T>>, whole: bool, orders: &mut Orders, report: &mut Report) -> Self {
        rows.sort_unstable_by(|a, b| {
            a.order.cmp(&b.order).then_with(|| a.record.key().cmp(b.record.key())).then(a.line.cmp(&b.line))
        });
        rows.dedup_by(|row, kept| {
            let same = row.order == kept.order && row.record.key() == kept.record.key();
            if same {
                report.refuse(file, row.line, format!("the same number within its order as on line {}", kept.line));
                if whole {
                    orders.break_up(row.order, format!("{}:{} was refused", report.name(file), row.line));
                }
            }
            same
        });
        rows.shrink_to_fit();
        Self { file, rows }
    }

    /// The rows of an order.
    pub fn of(&self, order: u32) -> &[SideRow<T>] {
        let from = self.rows.partition_point(|row| row.order < order);
        let count = self.rows[from..].partition_point(|row| row.order == order);
        &self.rows[from..from + count]
    }

    /// Refuses the rows whose order did not come in. Called when every order was read.
    pub fn refuse_orphans(&self, orders: &Orders, orders_file: &str, report: &mut Report) {
        for row in &self.rows {
            let name = orders.name(row.order);
            match orders.fate(row.order) {
                Fate::Waiting(_) | Fate::Done(_) => {}
                Fate::Unknown => report.refuse(self.file, row.line, format!("no order {name:?} in {orders_file}")),
                Fate::Refused(line) => {
                    report.refuse(self.file, row.line, format!("its order was refused: {orders_file}:{line}"));
                }
            }
        }
    }
}
