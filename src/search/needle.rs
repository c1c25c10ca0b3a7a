//! What is searched for.

use std::{collections::BTreeSet, sync::Arc};

use migration::{
    letters::{OF_ASCII, forms_of},
    signs::Signs,
};
use sea_orm::{
    Condition, DbBackend,
    sea_query::{Expr, ExprTrait as _, Func, IntoColumnRef, LikeExpr},
};
use uuid::Uuid;

use super::{folded, sample::has_letters};

/// What is searched for: folded, not empty.
#[derive(Clone, Debug)]
pub struct Needle {
    pub(super) text: String,
    pub(super) known: Known,
}

/// What is known of the texts that have it.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Parts of it that few texts have, of ASCII letters and digits: an index is asked for these.
    pub(super) parts: Arc<[String]>,
    /// Whether so many have it that looking at texts in any order soon finds a page of them.
    pub(super) common: bool,
    /// All that have it, if they are few.
    pub(super) found: Option<Arc<[Uuid]>>,
    /// Of line items the SKUs and names that have it, if they are few.
    pub(super) sold_as: Option<Arc<[SoldAs]>>,
}

/// A SKU and a name that lines were sold as.
#[derive(Clone, Debug)]
pub struct SoldAs {
    /// The SKU; empty where there was none.
    pub sku: String,
    /// The name.
    pub name: String,
}

/// From how many characters on it is found anywhere.
const ANYWHERE: usize = 3;

impl Needle {
    /// What a person typed; nothing when that is empty.
    pub fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: folded(text), known: Known::default() })
    }

    /// Whether the index of SQLite finds more than has it, being asked for parts.
    pub fn is_asked_in_part(&self) -> bool {
        !self.known.parts.is_empty()
    }

    /// Whether so many texts have it that an index is of no use.
    pub fn is_common(&self) -> bool {
        self.known.common
    }

    /// Whether no stored text can have it: none has a NUL character, and PostgreSQL does not take one as a value.
    pub fn is_nowhere(&self) -> bool {
        self.text.contains('\0')
    }

    /// How many characters are missing to be found anywhere.
    pub(super) fn missing(&self) -> usize {
        ANYWHERE.saturating_sub(self.text.chars().count())
    }

    /// Whether SQLite finds it alike with and without an index, see [`is_in_written`](Self::is_in_written): only letters a to z are
    /// alike there in capitals and not, and lines are set apart in the index by more than a line end.
    pub fn is_plain(&self) -> bool {
        self.text.is_ascii() && !self.text.contains('\n')
    }

    /// The ids of all that is found by it, if they are known.
    pub fn found(&self) -> Option<&[Uuid]> {
        self.known.found.as_deref()
    }

    /// As what lines were sold that are found by it, if that is known.
    pub fn sold_as(&self) -> Option<&[SoldAs]> {
        self.known.sold_as.as_deref()
    }

    /// Whether a text at hand has it, as the databases judge it.
    pub fn is_found_in(&self, text: &str) -> bool {
        self.is_found_in_folded(&folded(text))
    }

    /// The same of a folded text.
    pub(super) fn is_found_in_folded(&self, text: &str) -> bool {
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
        let parts = &self.known.parts;
        match self.missing() {
            0 if parts.is_empty() => Condition::all().add(like(column, "%", &self.text)),
            0 => {
                let whole = Expr::expr(Func::coalesce([column.clone(), Expr::value("")]));
                let has_parts = parts.iter().fold(Condition::all(), |all, part| all.add(like(column.clone(), "%", part)));
                // No index serves this form.
                has_parts.add(like(whole, "%", &self.text))
            }
            _ => Condition::any().add(like(column.clone(), "", &self.text)).add(like(column, "%\n", &self.text)),
        }
    }

    /// Whether a text that PostgreSQL has stored for searching holds it, in a form that its indexes serve.
    pub(super) fn is_in_indexed(&self, column: impl IntoColumnRef, signs: Signs) -> Condition {
        let column = Expr::col(column);
        let has_signs = || Expr::cust_with_exprs(format!("$1 {}", signs.condition), [column.clone()]);
        let signs = self.has_bare(signs).then(has_signs);
        Condition::all().add_option(signs).add(self.is_in_text(column))
    }

    /// Whether it is one for the index of signs: all that have it have a sign that follows no ASCII letter or digit, and the index
    /// of letters and digits finds hardly anything by it.
    fn has_bare(&self, Signs { is_one, .. }: Signs) -> bool {
        let letters: Vec<char> = self.text.chars().collect();
        let is_bare = |pair: &[char]| matches!(pair, [before, sign] if !before.is_ascii_alphanumeric() && is_one(*sign));
        match self.missing() {
            0 => !has_letters(&self.text) && letters.windows(2).any(is_bare),
            _ => letters.first().is_some_and(|letter| is_one(*letter)),
        }
    }

    /// The same of texts in the form of the index of SQLite, in which lines are set apart by two line ends.
    pub(super) fn is_in_lines(&self, column: impl IntoColumnRef) -> Condition {
        Self { text: self.text.replace('\n', "\n\n"), ..self.clone() }.is_in(column)
    }

    /// The same of a text as it was written, not folded.
    pub fn is_in_written(&self, backend: DbBackend, text: Expr) -> Condition {
        self.is_in_text(self.folded_for_it(backend, text))
    }

    /// Whether a text as it was written holds it anywhere, however short it is.
    pub fn is_anywhere_in_written(&self, backend: DbBackend, text: Expr) -> Condition {
        if self.is_nowhere() {
            return Condition::all().add(Expr::value(false));
        }
        let pattern = LikeExpr::new(format!("%{}%", escaped(&self.text))).escape('\\');
        Condition::all().add(self.folded_for_it(backend, text).like(pattern))
    }

    /// A text as it was written with the letters folded that matter for it.
    fn folded_for_it(&self, backend: DbBackend, text: Expr) -> Expr {
        if backend != DbBackend::Sqlite {
            return Expr::from(Func::cust("search_folded").arg(text));
        }
        let replace =
            |text: Expr, from: &str, to: &str| Expr::from(Func::cust("replace").args([text, Expr::value(from), Expr::value(to)]));
        // LIKE knows of the letters a to z; of others what is searched for says which forms may stand for them.
        let has_form = |(_, form): &(&str, &str)| self.text.contains(form);
        let of_ascii = OF_ASCII.into_iter().filter(has_form);
        let folded = of_ascii.fold(text, |text, (from, to)| replace(text, from, to));
        let letters: BTreeSet<char> = self.text.chars().filter(|letter| !letter.is_ascii()).collect();
        let forms = letters.into_iter().flat_map(|letter| forms_of(letter).iter().map(move |form| (*form, letter)));
        forms.fold(folded, |text, (form, letter)| replace(text, &form.to_string(), &letter.to_string()))
    }

    /// The same for the index of SQLite, in which lines are set apart by two line ends.
    pub(super) fn phrases(&self) -> String {
        if self.is_asked_in_part() {
            let quoted: Vec<String> = self.known.parts.iter().map(|part| format!("\"{part}\"")).collect();
            return quoted.join(" ");
        }
        let text = self.text.replace('\0', " ").replace('\n', "\n\n").replace('"', "\"\"");
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
    use migration::signs::{ALL, BUT_PLUS};

    use super::*;

    #[test]
    fn signs_that_no_letter_is_before_have_an_index() {
        for text in ["@", "€", "@g", "--", "---", "a--", "@@a", "- €", "😀😀😀"] {
            assert!(Needle::of(text).unwrap().has_bare(ALL), "{text}");
        }
        for text in ["a", "a@", "ä@", "a@b", "o@g", "---abc", "日本語", "ß"] {
            assert!(!Needle::of(text).unwrap().has_bare(ALL), "{text}");
        }
        let plus = Needle::of("+").unwrap();
        assert!(plus.has_bare(ALL) && !plus.has_bare(BUT_PLUS));
    }

    #[test]
    fn the_index_is_asked_for_one_quoted_phrase_or_for_parts() {
        let phrase = |text: &str| Needle::of(text).unwrap().phrases();
        assert_eq!(phrase("  Müller "), "\"müller\"");
        assert_eq!(phrase("a\"b*"), "\"a\"\"b*\"");
        assert_eq!(phrase("NEAR("), "\"near(\"");
        assert_eq!(phrase("😀a"), "\"\n😀a\"");
        assert_eq!(phrase("x"), "\"\n\nx\"");
        assert!(Needle::of(" \n").is_none());
        let known = Known { parts: ["123".to_owned(), "def".to_owned()].into(), ..Known::default() };
        assert_eq!(Needle { known, ..Needle::of("abc 1234 def").unwrap() }.phrases(), "\"123\" \"def\"");
    }
}
