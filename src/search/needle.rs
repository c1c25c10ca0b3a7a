//! What is searched for.

use std::sync::Arc;

use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait as _, Func, IntoColumnRef, LikeExpr},
};
use uuid::Uuid;

/// What is searched for: lower case, not empty.
#[derive(Clone, Debug)]
pub struct Needle {
    pub(super) text: String,
    /// A part of it that few texts have.
    pub(super) rare: Option<String>,
    /// What is found by it, if that is known.
    pub(super) found: Option<Arc<[Uuid]>>,
}

/// From how many characters on it is found anywhere.
const ANYWHERE: usize = 3;

/// The characters of a rare part.
const PART: usize = 8;

/// Those of a short one, where every longer one has something that many texts have.
const SHORT: usize = 5;

impl Needle {
    /// What a person typed; nothing when that is empty.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: text.to_lowercase(), rare: None, found: None })
    }

    /// Whether the index of SQLite finds more than has it, being asked for a part.
    pub fn is_asked_in_part(&self) -> bool {
        self.rare.is_some()
    }

    /// Whether an index is better asked for a part of it.
    pub(super) fn is_long(&self) -> bool {
        self.text.len() > PART && self.is_plain()
    }

    /// The part of which these texts have the fewest threes of letters, a longer one of several, and then the last: each three is
    /// read from the index whole, however rare the others are.
    pub(super) fn rarest_part(&self, texts: &[String]) -> &str {
        // Plain texts are of single bytes.
        let common = |three: &str| texts.iter().filter(|text| text.contains(three)).count();
        let common: Vec<usize> = (0..=self.text.len() - ANYWHERE).map(|at| common(&self.text[at..at + ANYWHERE])).collect();
        let parts = [PART, SHORT].into_iter().flat_map(|length| {
            let sums = common.windows(length - ANYWHERE + 1).map(|threes| threes.iter().sum::<usize>());
            sums.enumerate().map(move |(at, sum)| (sum, usize::MAX - length, usize::MAX - at, at, length))
        });
        let (.., at, length) = parts.min().unwrap_or((0, 0, 0, 0, PART));
        &self.text[at..at + length]
    }

    /// Whether no stored text can have it: none has a NUL character, and PostgreSQL does not take one as a value.
    pub fn is_nowhere(&self) -> bool {
        self.text.contains('\0')
    }

    fn missing(&self) -> usize {
        ANYWHERE.saturating_sub(self.text.chars().count())
    }

    /// Whether SQLite finds it in a text as written alike with and without an index: only letters a to z are alike there in
    /// capitals and not, and lines are set apart in the index by more than a line end.
    pub fn is_plain(&self) -> bool {
        self.text.is_ascii() && !self.text.contains('\n')
    }

    /// The ids of all that is found by it, if they are known.
    pub fn found(&self) -> Option<&[Uuid]> {
        self.found.as_deref()
    }

    /// Whether a text at hand has it, as the databases judge it.
    pub fn is_found_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        match self.missing() {
            0 => text.contains(&self.text),
            _ => text.split('\n').any(|line| line.starts_with(&self.text)),
        }
    }

    /// Whether a text for searching holds it; `%` and `_` stand for themselves.
    pub fn is_in(&self, column: impl IntoColumnRef) -> Condition {
        self.is_in_text(Expr::col(column))
    }

    /// The same of a text that is computed.
    pub fn is_in_text(&self, column: Expr) -> Condition {
        if self.is_nowhere() {
            return Condition::all().add(Expr::value(false));
        }
        let like = |column: Expr, before: &str, text: &str| {
            let pattern = format!("{before}{}%", escaped(text));
            column.like(LikeExpr::new(pattern).escape('\\'))
        };
        match (&self.rare, self.missing()) {
            // No index serves the second.
            (Some(rare), _) => Condition::all().add(like(column.clone(), "%", rare)).add(like(
                Expr::expr(Func::coalesce([column, Expr::value("")])),
                "%",
                &self.text,
            )),
            (None, 0) => Condition::all().add(like(column, "%", &self.text)),
            _ => Condition::any().add(like(column.clone(), "", &self.text)).add(like(column, "%\n", &self.text)),
        }
    }

    /// The same for the index of SQLite, in which lines are set apart by two line ends.
    pub(super) fn phrase(&self) -> String {
        let text = self.rare.as_ref().unwrap_or(&self.text).replace('\0', " ").replace('\n', "\n\n").replace('"', "\"\"");
        format!("\"{}{text}\"", "\n".repeat(self.missing()))
    }
}

/// A text as `LIKE … ESCAPE '\'` takes it for itself.
pub(super) fn escaped(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_index_is_asked_is_one_quoted_phrase() {
        let phrase = |text: &str| Needle::of(text).unwrap().phrase();
        assert_eq!(phrase("  Müller "), "\"müller\"");
        assert_eq!(phrase("a\"b*"), "\"a\"\"b*\"");
        assert_eq!(phrase("NEAR("), "\"near(\"");
        assert_eq!(phrase("😀a"), "\"\n😀a\"");
        assert_eq!(phrase("x"), "\"\n\nx\"");
        assert!(Needle::of(" \n").is_none());
        let rare = Needle { rare: Some("1234".into()), ..Needle::of("abc 1234 def").unwrap() };
        assert_eq!(rare.phrase(), "\"1234\"");
    }

    #[test]
    fn the_rarest_part_is_what_few_texts_have() {
        let texts = ["ord-20180302-0001\nann@shop.example".to_owned(), "ord-20180301-0007\nbob@shop.example".to_owned()];
        let part = |text: &str| Needle::of(text).unwrap().rarest_part(&texts).to_owned();
        assert_eq!(part("ORD-20170615-0042"), "170615-0");
        assert_eq!(part("zacharias@shop.example"), "harias@s");
        assert_eq!(part("123456789"), "23456789");
        assert_eq!(part("ord-2018zzz@shop.example"), "zzz@s");
        assert!(!Needle::of("12345678").unwrap().is_long());
        assert!(!Needle::of("müller und müller").unwrap().is_long());
    }
}
