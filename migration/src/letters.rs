//! Which letters searching takes for the same one. Texts are stored so, and both databases have it in their functions, triggers and
//! indexes: who changes it must write all of these anew.

use std::{collections::BTreeMap, sync::LazyLock};

/// The dot that some languages put over an i in capitals.
pub const DOT: char = '\u{307}';

/// A text as it is searched: each letter in one form, `Σίσυφος` as `σίσυφοσ` and `İSTANBUL` as `istanbul`. Capitals that the
/// index of SQLite does not know, of scripts that came to Unicode after 6.1, stay as they are on both databases.
pub fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut before = None;
    for letter in text.chars() {
        before = match (before, letter) {
            (Some('i'), DOT) => Some(DOT),
            _ => {
                let letter = folded_letter(letter);
                folded.push(letter);
                Some(letter)
            }
        };
    }
    folded
}

/// The form of a letter: what Unicode calls simple case folding, and `i` for every i in capitals.
pub fn folded_letter(letter: char) -> char {
    match letter {
        'İ' => 'i',
        'µ' => 'μ',
        'ſ' => 's',
        '\u{345}' | '\u{1fbe}' => 'ι',
        'ς' => 'σ',
        'ϐ' => 'β',
        'ϑ' => 'θ',
        'ϕ' => 'φ',
        'ϖ' => 'π',
        'ϰ' => 'κ',
        'ϱ' => 'ρ',
        'ϵ' => 'ε',
        'ẛ' => 'ṡ',
        _ if letter.is_ascii() => letter.to_ascii_lowercase(),
        _ if is_young(letter) => letter,
        _ => letter.to_lowercase().next().unwrap_or(letter),
    }
}

/// Whether a letter, or its other form, came to Unicode after 6.1.
const fn is_young(letter: char) -> bool {
    matches!(letter,
        '\u{37f}' | '\u{528}'..='\u{52f}' | '\u{13a0}'..='\u{13ff}' | '\u{1c80}'..='\u{1cbf}' | '\u{2c2f}' | '\u{a698}'..='\u{a69f}'
        | '\u{a796}'..='\u{a79f}' | '\u{a7ab}'..='\u{abbf}' | '\u{10428}'..)
}

/// The letters that a folded one stands for, beside itself.
pub fn forms_of(letter: char) -> &'static [char] {
    static FORMS: LazyLock<BTreeMap<char, Vec<char>>> = LazyLock::new(|| {
        let mut all: BTreeMap<char, Vec<char>> = BTreeMap::new();
        for (letter, folded) in forms() {
            all.entry(folded).or_default().push(letter);
        }
        all
    });
    FORMS.get(&letter).map_or(&[], Vec::as_slice)
}

/// Every letter with another form, beside that form.
pub fn forms() -> impl Iterator<Item = (char, char)> {
    ('\0'..'\u{10428}').map(|letter| (letter, folded_letter(letter))).filter(|(letter, folded)| letter != folded)
}

/// Forms that are not ASCII of letters that are, in the order in which they are replaced: LIKE of SQLite knows of none of them, and
/// its index not of all.
pub const OF_ASCII: [(&str, &str); 5] = [("İ", "i"), ("i\u{307}", "i"), ("I\u{307}", "i"), ("\u{212a}", "k"), ("ſ", "s")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_one_form() {
        for (text, expected) in [
            ("ΣΊΣΥΦΟΣ Σίσυφος", "σίσυφοσ σίσυφοσ"),
            ("İSTANBUL I\u{307}i\u{307} ISPARTA ısparta", "istanbul ii isparta ısparta"),
            ("i\u{307}\u{307} e\u{307}", "i\u{307} e\u{307}"),
            ("Straße STRASSE ẞ", "straße strasse ß"),
            ("ÄÖÜ Żółć ЁЖ Ⅷ ＡＢ", "äöü żółć ёж ⅷ ａｂ"),
            ("\u{212a}elvin ſharp 5 µm", "kelvin sharp 5 μm"),
            ("Ꭰ Ა", "Ꭰ Ა"),
        ] {
            assert_eq!(folded(text), expected);
        }
    }

    #[test]
    fn a_form_has_no_other_form() {
        for (letter, form) in forms() {
            assert_eq!(folded_letter(form), form, "{letter}");
        }
        assert_eq!((forms_of('σ'), forms_of('ä'), forms_of('ı')), (&['Σ', 'ς'][..], &['Ä'][..], &[][..]));
        assert_eq!(('\u{10428}'..=char::MAX).find(|letter| folded_letter(*letter) != *letter), None);
        let of_ascii = forms().filter(|(letter, form)| form.is_ascii() && !letter.is_ascii());
        let known = |letter: char| OF_ASCII.iter().any(|(known, _)| known.chars().eq([letter]));
        of_ascii.for_each(|(letter, _)| assert!(known(letter), "{letter}"));
    }
}
