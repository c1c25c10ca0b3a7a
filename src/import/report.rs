//! What an import tells at its end: for each file how many rows came to what, and each refusal by line.

use std::fmt;

use serde::Serialize;

/// How many refusals of one file are kept to be printed; all are counted.
const KEPT: usize = 100;

/// A file of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(usize);

/// One row that did not come in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Line of the file the row begins on, from 1.
    pub line: u64,
    /// Why, for the one who mends the file.
    pub reason: String,
}

/// What became of the rows of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// Rows read, without the header.
    pub read: u64,
    /// Rows that were stored (in a dry run: that would be).
    pub written: u64,
    /// Rows that were there already.
    pub skipped: u64,
    /// Rows that became part of another row: a further address of a customer, a category's translation.
    pub merged: u64,
    /// Rows that did not come in.
    pub refused: u64,
    /// The first refusals, by line; all of them when asked for.
    pub refusals: Vec<Refusal>,
}

impl FileReport {
    /// Rows whose turn did not come before the import was interrupted.
    pub fn not_reached(&self) -> u64 {
        self.read.saturating_sub(self.written + self.skipped + self.merged + self.refused)
    }
}

/// What an import did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Layout of the source: `olist` or `bundle`.
    pub source: &'static str,
    /// True: nothing was written.
    pub dry_run: bool,
    /// True: it was stopped before the end; run it again to go on.
    pub interrupted: bool,
    /// The files in the order they were read.
    pub files: Vec<FileReport>,
    #[serde(skip)]
    keep_all: bool,
}

impl Report {
    /// An empty report.
    pub fn new(source: &'static str, dry_run: bool, keep_all: bool) -> Self {
        Self { source, dry_run, interrupted: false, files: Vec::new(), keep_all }
    }

    /// Adds a file.
    pub fn add_file(&mut self, name: &str) -> FileId {
        self.files.push(FileReport {
            file: name.to_owned(),
            read: 0,
            written: 0,
            skipped: 0,
            merged: 0,
            refused: 0,
            refusals: Vec::new(),
        });
        FileId(self.files.len() - 1)
    }

    /// The counts of a file, to be changed.
    pub fn of(&mut self, file: FileId) -> &mut FileReport {
        &mut self.files[file.0]
    }

    /// The name of a file.
    pub fn name(&self, file: FileId) -> &str {
        &self.files[file.0].file
    }

    /// The counts of the file of that name.
    pub fn file(&self, name: &str) -> Option<&FileReport> {
        self.files.iter().find(|file| file.file == name)
    }

    /// Counts a row as refused.
    pub fn refuse(&mut self, file: FileId, line: u64, reason: impl Into<String>) {
        let keep_all = self.keep_all;
        let file = self.of(file);
        file.refused += 1;
        if keep_all || file.refusals.len() < KEPT {
            file.refusals.push(Refusal { line, reason: reason.into() });
        }
    }

    /// Rows refused in all files.
    pub fn refused(&self) -> u64 {
        self.files.iter().map(|file| file.refused).sum()
    }

    /// Puts refusals in the order of their lines.
    pub(super) fn sort(&mut self) {
        for file in &mut self.files {
            file.refusals.sort_by_key(|refusal| refusal.line);
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.files.iter().map(|file| file.file.len()).max().unwrap_or(0).max(4);
        if self.dry_run {
            writeln!(f, "Dry run: nothing was written; \"written\" counts what would be.")?;
        }
        let titles = ["read", "written", "skipped", "merged", "refused"];
        write!(f, "{:width$}", "file")?;
        for title in titles {
            write!(f, " {title:>9}")?;
        }
        writeln!(f)?;
        for file in &self.files {
            write!(f, "{:width$}", file.file)?;
            for count in [file.read, file.written, file.skipped, file.merged, file.refused] {
                write!(f, " {count:>9}")?;
            }
            writeln!(f)?;
        }
        for file in &self.files {
            for refusal in &file.refusals {
                writeln!(f, "{}:{}: {}", file.file, refusal.line, refusal.reason)?;
            }
            let unnamed = file.refused - file.refusals.len() as u64;
            if unnamed > 0 {
                writeln!(f, "{}: and {unnamed} more; --all-refusals names each", file.file)?;
            }
        }
        if self.interrupted {
            let left: u64 = self.files.iter().map(FileReport::not_reached).sum();
            writeln!(f, "Interrupted with {left} rows to go. What was written is complete; run it again to go on.")?;
        }
        Ok(())
    }
}
