//! Texts as callers give them: what of them is kept, and what is wrong with them. No `async`, no query.
//!
//! PostgreSQL stores no NUL character and SQLite does, so it is refused here for both.

/// A text of one line: the blanks around it are dropped; what is left has 1 to `max` characters.
///
/// # Errors
/// A sentence about what is wrong.
pub fn line(text: &str, max: usize) -> Result<String, String> {
    match optional_line(text, max)? {
        Some(text) => Ok(text),
        None => Err(format!("must have 1 to {max} characters")),
    }
}

/// A text of one line that may be missing: a blank one is none.
///
/// # Errors
/// A sentence about what is wrong.
pub fn optional_line(text: &str, max: usize) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(format!("has at most {max} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("must be one line without control characters".to_owned());
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

/// A text of any number of lines, which may be empty.
///
/// # Errors
/// A sentence about what is wrong.
pub fn block(text: &str, max: usize) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(format!("has at most {max} characters"));
    }
    match text.contains('\0') {
        true => Err("must not contain NUL characters".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// Longest telephone number.
const MAX_PHONE: usize = 32;

/// Whether a text may be a telephone number: at most 32 digits and the signs that are written between them. Which
/// numbers are in use only a call can tell.
pub fn is_phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    digits >= 3 && text.chars().count() <= MAX_PHONE && text.chars().all(|c| c.is_ascii_digit() || " +-()./x#".contains(c))
}

/// A name for addresses: lower-case letters, digits and single hyphens made from any text; `None` when nothing is left.
pub fn slug(text: &str, max: usize) -> Option<String> {
    let mut slug = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => slug.push(c),
            _ if !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    slug.truncate(max);
    let slug = slug.trim_matches('-').to_owned();
    Some(slug).filter(|slug| !slug.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_trimmed_and_held_to_their_length() {
        assert_eq!(line(" a b ", 3), Ok("a b".to_owned()));
        assert_eq!(line("   ", 3), Err("must have 1 to 3 characters".to_owned()));
        assert_eq!(line("äöüß", 3), Err("has at most 3 characters".to_owned()));
        assert!(line("a\0b", 3).is_err());
        assert!(line("a\nb", 3).is_err());
        assert_eq!(optional_line(" ", 3), Ok(None));
        assert_eq!(block(" a\nb ", 3), Ok("a\nb".to_owned()));
        assert!(block("a\0", 3).is_err());
    }

    #[test]
    fn telephone_numbers() {
        for good in ["+49 30 123456", "(555) 123-4567", "110", "555.123.4567 x89"] {
            assert!(is_phone(good), "{good}");
        }
        for bad in ["", "12", "call me", "+49 30 123456\n", &"1".repeat(33)] {
            assert!(!is_phone(bad), "{bad}");
        }
    }

    #[test]
    fn slugs() {
        assert_eq!(slug("  Ann's  Shop & Co. ", 63).as_deref(), Some("ann-s-shop-co"));
        assert_eq!(slug("ab cd", 3).as_deref(), Some("ab"));
        assert_eq!(slug("日本", 63), None);
    }
}
