//! The text of CSV: RFC 4180 with CRLF, and cells that no spreadsheet takes for a formula. Pure.

use std::borrow::Cow;

/// What a file looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Stands between cells.
    pub delimiter: char,
    /// Whether cells that spreadsheets would compute are disarmed; not in files that programs read back.
    pub for_people: bool,
}

/// Lines of CSV as they grow.
pub struct Lines {
    form: Form,
    text: String,
    at_begin: bool,
}

impl Lines {
    /// No lines yet.
    pub fn new(form: Form) -> Self {
        Self { form, text: String::new(), at_begin: true }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// What was written so far; nothing is left.
    pub fn take(&mut self) -> Vec<u8> {
        let size = self.text.capacity();
        std::mem::replace(&mut self.text, String::with_capacity(size)).into_bytes()
    }

    /// The mark by which spreadsheets know UTF-8.
    pub fn mark(&mut self) {
        self.text.push('\u{feff}');
    }

    /// A cell.
    pub fn cell(&mut self, text: &str) {
        if !self.at_begin {
            self.text.push(self.form.delimiter);
        }
        self.at_begin = false;
        let text = if self.form.for_people { disarmed(text) } else { Cow::Borrowed(text) };
        if !needs_quotes(&text, self.form.delimiter) {
            self.text.push_str(&text);
            return;
        }
        self.text.push('"');
        for (index, part) in text.split('"').enumerate() {
            if index > 0 {
                self.text.push_str("\"\"");
            }
            self.text.push_str(part);
        }
        self.text.push('"');
    }

    /// Ends the line.
    pub fn end(&mut self) {
        self.text.push_str("\r\n");
        self.at_begin = true;
    }
}

/// Whatever a reader with another delimiter would split at is quoted too, so that no part of a cell begins a cell there.
fn needs_quotes(text: &str, delimiter: char) -> bool {
    text.chars().any(|c| c == delimiter || matches!(c, '"' | '\r' | '\n' | ',' | ';' | '\t' | '|'))
}

/// A text that spreadsheets take for a text: an apostrophe stands before what they would compute. Numbers with a sign
/// compute to themselves, and telephone numbers are written that way, so they stay.
fn disarmed(text: &str) -> Cow<'_, str> {
    let is_formula = text.starts_with(['=', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
        || (text.starts_with(['+', '-']) && !is_number(&text[1..]));
    match is_formula {
        true => Cow::Owned(format!("'{text}")),
        false => Cow::Borrowed(text),
    }
}

fn is_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(cells: &[&str], delimiter: char, for_people: bool) -> String {
        let mut lines = Lines::new(Form { delimiter, for_people });
        for cell in cells {
            lines.cell(cell);
        }
        lines.end();
        String::from_utf8(lines.take()).unwrap()
    }

    #[test]
    fn cells_are_quoted_where_a_reader_would_split_them() {
        assert_eq!(line(&["a", "b c", "", "ä😀"], ',', true), "a,b c,,ä😀\r\n");
        assert_eq!(
            line(&["a,b", "a;b", "say \"x\"", "two\r\nlines"], ',', true),
            "\"a,b\",\"a;b\",\"say \"\"x\"\"\",\"two\r\nlines\"\r\n"
        );
        assert_eq!(line(&["1.50", "x"], ';', true), "1.50;x\r\n");
    }

    #[test]
    fn what_would_be_computed_is_a_text() {
        for formula in ["=1+1", "@SUM(A1)", "+A1", "-A1", "-", "+", "-1+1", "\t=1", "\r=1", "+47 22 22", "-1e5", "--1", "＝1"] {
            assert!(
                line(&[formula], ',', true)
                    .trim_start_matches('"')
                    .starts_with(&format!("'{}", &formula.chars().next().unwrap())),
                "{formula}"
            );
            assert!(!line(&[formula], ',', false).contains('\''), "{formula}");
        }
        for plain in ["-1", "-12.50", "+1234567890", "0", "a=1", "'x", ""] {
            assert_eq!(line(&[plain, "z"], ',', true), format!("{plain},z\r\n"));
        }
    }

    proptest! {
        #[test]
        fn a_reader_finds_the_cells_again(cells in prop::collection::vec("[a-z=+@,;\"\r\n\t |é😀-]{0,12}", 1..6), delimiter in prop::sample::select(vec![',', ';', '\t', '|'])) {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            let text = line(&cells, delimiter, false);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter as u8).from_reader(text.as_bytes());
            let found: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().unwrap();
            // A line of one empty cell is an empty line, which readers leave out.
            if cells != [""] {
                prop_assert_eq!(found.len(), 1);
                prop_assert_eq!(found[0].iter().collect::<Vec<_>>(), cells);
            }
        }
    }
}
