//! One pass over the text of a document that counts its tokens and how deep its brackets nest.
//!
//! The parser descends once per bracket, so this bounds its stack, and it must therefore never see less nesting than the
//! parser would. Where the text is not GraphQL it counts too much rather than too little; the parser then says what is wrong.

use super::Refusal;

/// How deep brackets of any kind may nest. The parser takes 64 levels of selections itself.
const NESTING: usize = 64;

/// What a text holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Scan {
    /// Lexical tokens.
    pub tokens: usize,
    /// Deepest nesting of brackets.
    pub nesting: usize,
    /// Bytes that were looked at, for tests: never more than the text has.
    pub steps: usize,
}

/// Counts, and refuses texts with more than `limit` tokens or with too many open brackets.
pub(super) fn scan(text: &str, limit: usize) -> Result<Scan, Refusal> {
    let bytes = text.as_bytes();
    let mut scan = Scan::default();
    let mut open: usize = 0;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let length = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += run(bytes, at, |byte| byte != b'\n' && byte != b'\r');
                continue;
            }
            // A byte order mark is white space wherever it stands.
            0xEF if bytes[at..].starts_with(b"\xEF\xBB\xBF") => {
                at += 3;
                continue;
            }
            b'{' | b'[' | b'(' => {
                open += 1;
                scan.nesting = scan.nesting.max(open);
                1
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                1
            }
            b'"' if bytes[at..].starts_with(b"\"\"\"") => block_string(bytes, at)?,
            b'"' => string(bytes, at),
            byte if is_word(byte) => run(bytes, at, is_word),
            b'.' if bytes[at..].starts_with(b"...") => 3,
            _ => 1,
        };
        at += length;
        scan.tokens += 1;
        if scan.tokens > limit {
            return Err(Refusal::too_much("tokens", "tokens", limit as u64));
        }
        if scan.nesting > NESTING {
            return Err(Refusal::too_much("levels of nesting", "nesting", NESTING as u64));
        }
    }
    scan.steps = at;
    Ok(scan)
}

/// Names and numbers; a sign or a point makes a number two tokens, which is no matter.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn run(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().take_while(|byte| belongs(**byte)).count()
}

/// The length of a string that starts at `from`. It ends at the line's end too: the parser stops there with an error.
fn string(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    loop {
        match bytes.get(at) {
            None | Some(b'\n' | b'\r') => return at - from,
            Some(b'"') => return at + 1 - from,
            Some(b'\\') if !matches!(bytes.get(at + 1), None | Some(b'\n' | b'\r')) => at += 2,
            Some(_) => at += 1,
        }
    }
}

/// The length of a block string that starts at `from`.
///
/// One that is not closed is refused here, for the parser would go back and read its first two quotes as an empty string
/// and what follows as structure that was not counted.
fn block_string(bytes: &[u8], from: usize) -> Result<usize, Refusal> {
    let mut at = from + 3;
    while at < bytes.len() {
        if bytes[at..].starts_with(b"\\\"\"\"") {
            at += 4;
        } else if bytes[at..].starts_with(b"\"\"\"") {
            return Ok(at + 3 - from);
        } else {
            at += 1;
        }
    }
    Err(Refusal::unterminated())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Scan {
        scan(text, usize::MAX).expect("a text within limits")
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_nest() {
        let scan = of("{ a(b: \"{{{[[[((( \\\" {{\", c: \"\"\"{{ \\\"\"\" {{ \"\"\") # {{{{\n}");
        assert_eq!(scan.nesting, 2);
        assert_eq!(scan.tokens, 11);
    }

    #[test]
    fn a_string_ends_with_its_line() {
        assert_eq!(of("\"abc\n{{{").nesting, 3);
        assert_eq!(of("\"abc\\\n{{{").nesting, 3);
    }

    #[test]
    fn an_open_block_string_is_refused() {
        assert!(scan("{a(b:[\"\"\"\" [[[[[[", 100).is_err());
    }

    #[test]
    fn deep_nesting_is_refused_for_every_bracket() {
        for bracket in ["{", "[", "(", "{a(b:["] {
            assert!(scan(&bracket.repeat(10_000), usize::MAX).is_err(), "{bracket}");
        }
        assert_eq!(of(&"{}".repeat(10_000)).nesting, 1);
    }

    #[test]
    fn commas_and_byte_order_marks_are_white_space() {
        assert_eq!(of("\u{feff},,{\u{feff}a,b}").tokens, 4);
    }
}
