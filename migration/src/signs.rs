//! Signs: what is neither letter, digit nor space. The index of texts of PostgreSQL knows nothing of them, so texts in which one
//! stands where no ASCII letter or digit is before it are in an index of their own.

/// Whether a text has such a sign, as a condition of PostgreSQL on what stands before it. Named are those that people write.
pub const HAS_SIGNS: &str = "~ '(^|[^0-9A-Za-z])[\\u0021-\\u002F\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E\\u00A1-\\u00BF\
     \\u2010-\\u2027\\u2030-\\u205E\\u2060-\\u27BF\\u3001-\\u303F\\U0001F000-\\U0001FAFF]'";

/// Whether a letter is one of the signs that are named there.
pub fn is_sign(letter: char) -> bool {
    letter.is_ascii_punctuation()
        || matches!(letter, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2060}'..='\u{27bf}'
            | '\u{3001}'..='\u{303f}' | '\u{1f000}'..='\u{1faff}')
}
