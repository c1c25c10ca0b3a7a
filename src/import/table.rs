//! Reading CSV: the header decides, a row knows its line, and whatever is wrong with a row is a reason, never an end.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use csv::{ByteRecord, ReaderBuilder};
use entity::time::Timestamp;
use rust_decimal::Decimal;

use super::{
    ImportError,
    report::{FileId, Report},
    time,
};
use crate::money::parse_decimal;

/// A column a file may have.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in the header.
    pub name: &'static str,
    /// Whether the file is useless without it.
    pub required: bool,
}

/// A column that must be there.
pub const fn required(name: &'static str) -> Column {
    Column { name, required: true }
}

/// A column that may be missing.
pub const fn optional(name: &'static str) -> Column {
    Column { name, required: false }
}

/// An open CSV file.
pub struct Table {
    reader: csv::Reader<Lines<File>>,
    record: ByteRecord,
    places: Vec<(&'static str, usize)>,
    width: usize,
    bytes: u64,
    /// The file in the report.
    pub file: FileId,
}

impl Table {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// When it cannot be read, lacks a required column, or has one that is not known: a misspelt column would otherwise
    /// be lost without a word.
    pub fn open(folder: &Path, name: &str, columns: &[Column], file: FileId) -> Result<Self, ImportError> {
        let path = folder.join(name);
        let broken = |error: String| ImportError::Input(format!("{}: {error}", path.display()));
        let opened = File::open(&path).map_err(|error| broken(error.to_string()))?;
        let bytes = opened.metadata().map_err(|error| broken(error.to_string()))?.len();
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(Lines::new(opened));
        let header = reader.byte_headers().map_err(|error| broken(error.to_string()))?.clone();
        let mut places = Vec::new();
        for (place, title) in header.iter().enumerate() {
            let title = std::str::from_utf8(title).unwrap_or_default().trim();
            let Some(column) = columns.iter().find(|column| column.name == title) else {
                let known: Vec<_> = columns.iter().map(|column| column.name).collect();
                return Err(broken(format!("unknown column {title:?}; known are {}", known.join(", "))));
            };
            if places.iter().any(|(name, _)| *name == column.name) {
                return Err(broken(format!("column {title:?} is there twice")));
            }
            places.push((column.name, place));
        }
        for column in columns {
            if column.required && !places.iter().any(|(name, _)| *name == column.name) {
                return Err(broken(format!("column {:?} is missing", column.name)));
            }
        }
        Ok(Self { reader, record: ByteRecord::new(), places, width: header.len(), bytes, file })
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Bytes read so far.
    pub fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The next row; `None` after the last one.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn next(&mut self) -> Result<Option<Row<'_>>, ImportError> {
        let more = self.reader.read_byte_record(&mut self.record).map_err(|error| ImportError::Input(error.to_string()))?;
        if !more {
            return Ok(None);
        }
        let end = self.reader.position().byte();
        let inside = self.record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64;
        let line = self.reader.get_mut().line_of(end).saturating_sub(inside);
        Ok(Some(Row { record: &self.record, places: &self.places, width: self.width, line }))
    }

    /// Hands each row to `take`; what it returns as an error is the reason the row is refused for.
    ///
    /// # Errors
    /// When the file cannot be read on.
    pub fn each(
        mut self,
        report: &mut Report,
        mut take: impl FnMut(&Row<'_>, &mut Report) -> Result<(), String>,
    ) -> Result<(), ImportError> {
        let file = self.file;
        while let Some(row) = self.next()? {
            report.of(file).read += 1;
            if let Err(reason) = row.check().and_then(|()| take(&row, report)) {
                report.refuse(file, row.line, reason);
            }
        }
        Ok(())
    }
}

/// A row of a file. Texts of white space only count as missing.
pub struct Row<'a> {
    record: &'a ByteRecord,
    places: &'a [(&'static str, usize)],
    width: usize,
    /// The line it begins on, from 1.
    pub line: u64,
}

impl<'a> Row<'a> {
    /// Whether the row as a whole can be read.
    ///
    /// # Errors
    /// The reason why not.
    pub fn check(&self) -> Result<(), String> {
        if self.record.len() != self.width {
            return Err(format!("{} fields where the header has {}", self.record.len(), self.width));
        }
        for (name, place) in self.places {
            let bytes = &self.record[*place];
            if std::str::from_utf8(bytes).is_err() {
                return Err(format!("{name}: not UTF-8"));
            }
            if bytes.contains(&0) {
                return Err(format!("{name}: a character of code 0"));
            }
        }
        Ok(())
    }

    /// The text as it stands there; `None` when it is blank, or the column is missing.
    pub fn text(&self, column: &str) -> Option<&'a str> {
        let (_, place) = self.places.iter().find(|(name, _)| *name == column)?;
        let text = std::str::from_utf8(self.record.get(*place)?).ok()?;
        (!text.trim().is_empty()).then_some(text)
    }

    /// The text without white space around it.
    pub fn word(&self, column: &str) -> Option<&'a str> {
        self.text(column).map(str::trim)
    }

    /// As [`word`](Row::word), but it must be there.
    ///
    /// # Errors
    /// The reason the row is refused for.
    pub fn needed(&self, column: &str) -> Result<&'a str, String> {
        self.word(column).ok_or_else(|| format!("{column}: missing"))
    }

    /// A value that `read` knows.
    ///
    /// # Errors
    /// The reason the row is refused for.
    pub fn read<T>(&self, column: &str, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, String> {
        let Some(text) = self.word(column) else { return Ok(None) };
        match read(text) {
            Some(value) => Ok(Some(value)),
            None => Err(format!("{column}: {} is not {what}", quoted(text))),
        }
    }

    /// A time.
    ///
    /// # Errors
    /// The reason the row is refused for.
    pub fn time(&self, column: &str) -> Result<Option<Timestamp>, String> {
        self.read(column, "a time such as 2026-01-31T12:00:00Z", time::parse)
    }

    /// An amount of money; how many digits it may have is for its currency to say.
    ///
    /// # Errors
    /// The reason the row is refused for.
    pub fn amount(&self, column: &str) -> Result<Option<Decimal>, String> {
        let Some(text) = self.word(column) else { return Ok(None) };
        let amount = parse_decimal(text).map_err(|error| format!("{column}: {}: {error}", quoted(text)))?;
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(format!("{column}: {} is negative", quoted(text)));
        }
        Ok(Some(amount))
    }

    /// A whole number.
    ///
    /// # Errors
    /// The reason the row is refused for.
    pub fn whole(&self, column: &str) -> Result<Option<i32>, String> {
        self.read(column, "a whole number", |text| text.parse().ok())
    }
}

/// A value inside a sentence: escaped, and cut when it is long.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

/// Passes bytes on and remembers where lines end. The CSV reader's own line numbers lag behind by one after a CRLF
/// line end or an empty line.
struct Lines<R> {
    inner: R,
    offset: u64,
    ends: std::collections::VecDeque<u64>,
    passed: u64,
}

impl<R> Lines<R> {
    fn new(inner: R) -> Self {
        Self { inner, offset: 0, ends: std::collections::VecDeque::new(), passed: 0 }
    }

    /// The line that holds the last byte before `position`, from 1. Positions only grow.
    fn line_of(&mut self, position: u64) -> u64 {
        while self.ends.front().is_some_and(|end| end + 1 < position) {
            self.ends.pop_front();
            self.passed += 1;
        }
        self.passed + 1
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        for (place, byte) in buffer[..count].iter().enumerate() {
            if *byte == b'\n' {
                self.ends.push_back(self.offset + place as u64);
            }
        }
        self.offset += count as u64;
        Ok(count)
    }
}
