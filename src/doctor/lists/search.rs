//! The text that something is searched by holds what it is to be found by, a line each. More may be in it: former numbers of
//! parcels and references of payments that are gone stay.

use crate::search::folded;

/// A text for searching, and what of it is missing.
pub struct Texts {
    text: String,
    /// The text between two line ends.
    lines: String,
    missing: Vec<String>,
}

impl Texts {
    /// Of a stored text.
    pub fn of(text: String) -> Self {
        Self { lines: format!("\n{text}\n"), text, missing: Vec::new() }
    }

    /// The stored text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it is to be found by, if anything. Line ends within may have become spaces.
    pub fn expect(&mut self, part: Option<&str>) {
        let Some(part) = part.filter(|part| !part.is_empty()) else { return };
        let part = folded(part);
        let is_there = |part: &str| self.lines.contains(&format!("\n{part}\n"));
        if is_there(&part) || (part.contains('\n') && is_there(&part.replace('\n', " "))) {
            return;
        }
        self.missing.push(part);
    }

    /// What is wrong.
    pub fn problems(&self) -> Vec<String> {
        self.missing.iter().map(|part| format!("is not searched by {part:?}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_are_looked_for() {
        let problems = |text: &str, parts: &[&str]| {
            let mut texts = Texts::of(text.into());
            parts.iter().for_each(|part| texts.expect(Some(part)));
            texts.problems()
        };
        assert_eq!(problems("ord-1\nada lovelace\npen", &["ORD-1", "Ada Lovelace", "", "PEN"]), Vec::<String>::new());
        assert_eq!(problems("ord-1\nada lovelace", &["Ada"]), ["is not searched by \"ada\""]);
        assert_eq!(problems("a\nb", &["A\nB"]), Vec::<String>::new());
        assert_eq!(problems("a b", &["A\nB"]), Vec::<String>::new());
    }
}
