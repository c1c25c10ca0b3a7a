//! How an import shows how far it is; the command line draws a bar, tests watch or look away.

/// Is told how far the import is.
pub trait Progress: Sync {
    /// A part of the work begins; `total` is in the unit that [`at`](Progress::at) counts in.
    fn phase(&self, name: &str, total: u64);

    /// How far this part is.
    fn at(&self, done: u64);

    /// Orders were stored; all of them so far.
    fn orders(&self, _written: u64) {}
}

/// Shows nothing.
pub struct Silent;

impl Progress for Silent {
    fn phase(&self, _name: &str, _total: u64) {}

    fn at(&self, _done: u64) {}
}
