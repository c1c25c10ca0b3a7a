//! Signs: what is neither letter, digit nor space. The index of texts of PostgreSQL knows nothing of them, so texts in which one
//! stands where no ASCII letter or digit is before it are in an index of their own.

/// Which signs are looked at: those that people write, by their places in Unicode.
#[derive(Clone, Copy, Debug)]
pub struct Signs {
    /// Whether a text has one that no ASCII letter or digit is before, as a condition of PostgreSQL on what stands before it.
    pub condition: &'static str,
    /// Whether a letter is one.
    pub is_one: fn(char) -> bool,
}

macro_rules! condition {
    ($first:literal) => {
        concat!(
            "~ '(^|[^0-9A-Za-z])[",
            $first,
            "\\u003A-\\u0040\\u005B-\\u0060\\u007B-\\u007E\\u00A1-\\u00BF\\u2010-\\u2027\\u2030-\\u205E\\u2060-\\u27BF\\u3001-\\u303F",
            "\\U0001F000-\\U0001FAFF]'"
        )
    };
}

/// All of them.
pub const ALL: Signs = Signs { condition: condition!("\\u0021-\\u002F"), is_one };

/// All but the one that telephone numbers begin with.
pub const BUT_PLUS: Signs =
    Signs { condition: condition!("\\u0021-\\u002A\\u002C-\\u002F"), is_one: |letter| letter != '+' && is_one(letter) };

fn is_one(letter: char) -> bool {
    letter.is_ascii_punctuation()
        || matches!(letter, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2060}'..='\u{27bf}'
            | '\u{3001}'..='\u{303f}' | '\u{1f000}'..='\u{1faff}')
}
