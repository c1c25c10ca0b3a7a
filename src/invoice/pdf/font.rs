//! Fonts of documents: free ones that a crate carries, the first that has a letter writing it. They hold the Latin, Greek and
//! Cyrillic scripts and symbols; what none of them has is written as a question mark.

use krilla::text::Font;
use ttf_parser::Face;

/// A text font, one with many more letters, and pictures.
const FILES: [&[u8]; 3] =
    [epaint_default_fonts::UBUNTU_LIGHT, epaint_default_fonts::HACK_REGULAR, epaint_default_fonts::NOTO_EMOJI_REGULAR];

/// Written for a letter that no font has.
const UNKNOWN: char = '?';

/// The fonts, to measure and to draw with.
pub struct Fonts {
    faces: Vec<(Face<'static>, Font)>,
}

impl Fonts {
    /// Reads the fonts; `None` when one is not a font.
    pub fn load() -> Option<Self> {
        let load = |data: &'static [u8]| Some((Face::parse(data, 0).ok()?, Font::new(data.into(), 0)?));
        FILES.into_iter().map(load).collect::<Option<_>>().map(|faces| Self { faces })
    }

    /// A font to draw with.
    pub fn drawn(&self, index: usize) -> Font {
        self.faces[index].1.clone()
    }

    fn index_of(&self, letter: char) -> Option<usize> {
        self.faces.iter().position(|(face, _)| face.glyph_index(letter).is_some())
    }

    /// A text in pieces that one font writes each. Control characters are spaces, joiners without a font are left out.
    pub fn runs(&self, text: &str) -> Vec<(usize, String)> {
        let mut runs: Vec<(usize, String)> = Vec::new();
        for letter in text.chars() {
            let letter = if letter.is_control() { ' ' } else { letter };
            let (font, letter) = match self.index_of(letter) {
                Some(font) => (font, letter),
                None if is_invisible(letter) => continue,
                None => (0, UNKNOWN),
            };
            match runs.last_mut() {
                Some((last, run)) if *last == font => run.push(letter),
                _ => runs.push((font, letter.into())),
            }
        }
        runs
    }

    /// How wide a piece is that one font writes, in points.
    pub fn width_in(&self, font: usize, run: &str, size: f32) -> f32 {
        let face = &self.faces[font].0;
        let advance = |letter| face.glyph_index(letter).and_then(|glyph| face.glyph_hor_advance(glyph)).unwrap_or(0);
        let units: u32 = run.chars().map(|letter| u32::from(advance(letter))).sum();
        #[allow(clippy::cast_precision_loss, reason = "a width far below what a float holds exactly")]
        let units = units as f32;
        units * size / f32::from(face.units_per_em())
    }

    /// How wide a text is, in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        self.runs(text).iter().map(|(font, run)| self.width_in(*font, run, size)).sum()
    }

    /// A text in lines of at most a width, broken at spaces, and within words that are wider than a line.
    pub fn wrap(&self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = vec![String::new()];
        for word in text.split_whitespace() {
            let line = lines.last().map(String::as_str).unwrap_or_default();
            let joined = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&joined, size) <= width {
                lines.pop();
                lines.push(joined);
                continue;
            }
            let mut rest = word;
            while !rest.is_empty() {
                let end = self.fitting(rest, size, width);
                if lines.last().is_some_and(|line| !line.is_empty()) {
                    lines.push(String::new());
                }
                if let Some(line) = lines.last_mut() {
                    line.push_str(&rest[..end]);
                }
                rest = &rest[end..];
            }
        }
        lines
    }

    /// How many bytes of a word fit a width, at least one letter.
    fn fitting(&self, word: &str, size: f32, width: f32) -> usize {
        let mut used = 0.0;
        for (at, letter) in word.char_indices() {
            used += self.width(letter.encode_utf8(&mut [0; 4]), size);
            if used > width && at > 0 {
                return at;
            }
        }
        word.len()
    }
}

/// Marks that change how neighbours are written and are nothing themselves.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_many_scripts_are_written_and_others_are_marked() {
        let fonts = Fonts::load().unwrap();
        for text in ["Ærøskøbing", "Łódź", "Ελλάδα", "Київ", "€ 5"] {
            let written: String = fonts.runs(text).into_iter().map(|(_, run)| run).collect();
            assert_eq!(written, text);
        }
        let written: String = fonts.runs("a\u{202e}b\n漢").into_iter().map(|(_, run)| run).collect();
        assert_eq!(written, "ab ?");
    }

    #[test]
    fn lines_are_never_wider_than_their_column() {
        let fonts = Fonts::load().unwrap();
        let text = format!("{} and some short words {}", "W".repeat(300), "ij".repeat(200));
        let lines = fonts.wrap(&text, 9.0, 200.0);
        assert!(lines.len() > 10);
        assert!(lines.iter().all(|line| !line.is_empty() && fonts.width(line, 9.0) <= 200.0), "{lines:#?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert_eq!(fonts.wrap("", 9.0, 200.0), [""]);
    }
}
