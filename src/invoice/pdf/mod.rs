//! A billing document as PDF: laid out in points, then drawn with subsets of embedded fonts, so that it looks and copies the
//! same everywhere.

mod font;
mod layout;

use krilla::{
    Document, SerializeSettings,
    color::luma,
    geom::{PathBuilder, Point},
    metadata::{DateTime, Metadata},
    num::NormalizedF32,
    page::PageSettings,
    paint::{Fill, Stroke},
    surface::Surface,
    text::TextDirection,
};

use self::{
    font::Fonts,
    layout::{HEIGHT, LEFT, Mark, RIGHT, WIDTH},
};
use super::sheet::Sheet;
use crate::fault::Fault;

/// The file of a document. It takes some milliseconds of computing: call it where that holds up nobody.
///
/// # Errors
/// When the fonts or the writer fail.
pub fn render(sheet: &Sheet) -> Result<Vec<u8>, Fault> {
    let fonts = Fonts::load().ok_or_else(|| Fault::Internal("the fonts of documents cannot be read".into()))?;
    let mut document = Document::new_with(SerializeSettings::default());
    let (year, month, day) = sheet.issued_on;
    let about = Metadata::new()
        .title(format!("{} {}", sheet.title, sheet.number))
        .authors(vec![sheet.seller.clone()])
        .language("en".into())
        .creation_date(DateTime::new(year).month(month).day(day));
    document.set_metadata(about);
    for marks in layout::pages(sheet, &fonts) {
        let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Fault::Internal("size of a page".into()))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        for mark in marks {
            draw(&mut surface, &fonts, &mark);
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| Fault::Internal(format!("PDF: {error:?}")))
}

fn draw(surface: &mut Surface<'_>, fonts: &Fonts, mark: &Mark) {
    match mark {
        Mark::Text { x, y, size, gray, text } => {
            surface.set_stroke(None);
            surface.set_fill(Some(Fill {
                paint: luma::Color::new(*gray).into(),
                opacity: NormalizedF32::ONE,
                rule: Default::default(),
            }));
            let mut x = *x;
            for (font, run) in fonts.runs(text) {
                surface.draw_text(Point::from_xy(x, *y), fonts.drawn(font), *size, &run, false, TextDirection::LeftToRight);
                x += fonts.width_in(font, &run, *size);
            }
        }
        Mark::Rule { y } => {
            let mut path = PathBuilder::new();
            path.move_to(LEFT, *y);
            path.line_to(RIGHT, *y);
            if let Some(path) = path.finish() {
                surface.set_fill(None);
                surface.set_stroke(Some(Stroke { paint: luma::Color::new(190).into(), width: 0.5, ..Default::default() }));
                surface.draw_path(&path);
            }
        }
    }
}
