//! Searching for a part of a text in columns that are kept as written. Columns that hold lower case for searching have
//! [`crate::order::filter::contains`].

use sea_orm::{
    Condition,
    sea_query::{Expr, ExprTrait, Func, IntoColumnRef, LikeExpr},
};
use serde::{Deserialize, Deserializer};

/// Whether a column holds a text, without regard to the case of the letters a to z: those are what both databases fold
/// alike. `%` and `_` stand for themselves.
pub fn found_in(column: impl IntoColumnRef, text: &str) -> Condition {
    // No stored text has a NUL character, and PostgreSQL does not take one as a value.
    if text.contains('\0') {
        return Condition::all().add(Expr::value(false));
    }
    let column = Expr::col(column);
    let as_written = column.clone().like(LikeExpr::new(pattern(text)).escape('\\'));
    let folded = Expr::expr(Func::lower(column)).like(LikeExpr::new(pattern(&text.to_ascii_lowercase())).escape('\\'));
    // As written too, because PostgreSQL may fold more letters of the column than were folded here.
    Condition::any().add(folded).add(as_written)
}

/// Reads a field of a stored filter whose being null means something else than its being absent: an id that names nothing.
/// The field is `default` and left out while it is `None`.
///
/// # Errors
/// When the value is of another type.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
