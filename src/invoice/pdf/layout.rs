//! Where everything of a document stands on its pages, in points from the upper left corner of an A4 page.

use super::font::Fonts;
use crate::invoice::sheet::{Line, Sheet};

/// Width of a page.
pub const WIDTH: f32 = 595.0;
/// Height of a page.
pub const HEIGHT: f32 = 842.0;
/// Where lines begin.
pub const LEFT: f32 = 50.0;
/// Where lines end.
pub const RIGHT: f32 = 545.0;

const TOP: f32 = 60.0;
/// Nothing but the number of the page is below this.
const BOTTOM: f32 = 780.0;
/// Where the columns of numbers end.
const QUANTITY: f32 = 370.0;
const PRICE: f32 = 455.0;
const NAME_WIDTH: f32 = 265.0;
const PARTY_WIDTH: f32 = 155.0;
const SIZE: f32 = 9.5;
const LEADING: f32 = 13.0;
const INK: u8 = 20;
const PALE: u8 = 100;

/// Something on a page.
#[derive(Clone, Debug)]
pub enum Mark {
    /// A line of text by its left end and its base line.
    Text {
        /// Left end.
        x: f32,
        /// Base line.
        y: f32,
        /// Size of the letters.
        size: f32,
        /// From black, 0, to white, 255.
        gray: u8,
        /// The text.
        text: String,
    },
    /// A thin line across the page.
    Rule {
        /// How far down.
        y: f32,
    },
}

/// The pages of a document.
pub fn pages(sheet: &Sheet, fonts: &Fonts) -> Vec<Vec<Mark>> {
    let mut paper = Paper { fonts, pages: vec![Vec::new()], y: TOP };
    paper.text(LEFT, 20.0, INK, sheet.title);
    paper.down(18.0);
    for line in fonts.wrap(&sheet.seller, 11.0, RIGHT - LEFT) {
        paper.text(LEFT, 11.0, INK, &line);
        paper.down(LEADING + 2.0);
    }
    paper.down(12.0);
    paper.parties(sheet);
    paper.header(sheet);
    for line in &sheet.lines {
        paper.line(line, sheet);
    }
    paper.sums(sheet);
    paper.numbered(sheet)
}

/// Pages being filled.
struct Paper<'a> {
    fonts: &'a Fonts,
    pages: Vec<Vec<Mark>>,
    y: f32,
}

impl Paper<'_> {
    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn text(&mut self, x: f32, size: f32, gray: u8, text: &str) {
        let y = self.y;
        self.mark(Mark::Text { x, y, size, gray, text: text.to_owned() });
    }

    /// Text by its right end.
    fn text_to(&mut self, x: f32, size: f32, gray: u8, text: &str) {
        let width = self.fonts.width(text, size);
        self.text(x - width, size, gray, text);
    }

    fn down(&mut self, by: f32) {
        self.y += by;
    }

    /// Begins a page unless there is room for so much.
    fn room(&mut self, height: f32) -> bool {
        if self.y + height <= BOTTOM {
            return false;
        }
        self.pages.push(Vec::new());
        self.y = TOP;
        true
    }

    /// Who is billed, where the goods go and the facts, side by side. An address may be long: it goes on overleaf.
    fn parties(&mut self, sheet: &Sheet) {
        let facts: Vec<String> = sheet.facts.iter().map(|(label, value)| format!("{label}: {value}")).collect();
        let columns = [("Billed to", &sheet.billed), ("Shipped to", &sheet.shipped), ("Details", &facts)];
        let columns: Vec<Vec<String>> = columns
            .into_iter()
            .filter(|(_, lines)| !lines.is_empty())
            .map(|(title, lines)| {
                let wrapped = lines.iter().flat_map(|line| self.fonts.wrap(line, SIZE, PARTY_WIDTH));
                std::iter::once(title.to_owned()).chain(wrapped).collect()
            })
            .collect();
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        for row in 0..height {
            self.room(LEADING);
            for (column, x) in columns.iter().zip([LEFT, LEFT + 170.0, LEFT + 340.0]) {
                if let Some(text) = column.get(row) {
                    let gray = if row == 0 { PALE } else { INK };
                    self.text(x, SIZE, gray, text);
                }
            }
            self.down(LEADING);
        }
        self.down(18.0);
    }

    fn header(&mut self, sheet: &Sheet) {
        self.room(4.0 * LEADING);
        self.text(LEFT, SIZE, PALE, "Item");
        self.text_to(QUANTITY, SIZE, PALE, "Quantity");
        self.text_to(PRICE, SIZE, PALE, "Price");
        self.text_to(RIGHT, SIZE, PALE, &format!("Amount ({})", sheet.currency));
        self.rule();
    }

    fn rule(&mut self) {
        let y = self.y + 5.0;
        self.mark(Mark::Rule { y });
        self.down(LEADING + 7.0);
    }

    /// A line of the document; its name may need several lines, and a page that begins with it has the header again.
    fn line(&mut self, line: &Line, sheet: &Sheet) {
        let name = match &line.sku {
            Some(sku) => format!("{} · {sku}", line.name),
            None => line.name.clone(),
        };
        let rows = self.fonts.wrap(&name, SIZE, NAME_WIDTH);
        // What fits on a page stands on one page.
        let mut height: f32 = rows.iter().take(20).map(|_| LEADING).sum();
        for (index, text) in rows.iter().enumerate() {
            if self.room(height) {
                self.header(sheet);
            }
            height = LEADING;
            if index == 0 {
                self.text_to(QUANTITY, SIZE, INK, &line.quantity);
                self.text_to(PRICE, SIZE, INK, &line.unit_price);
                self.text_to(RIGHT, SIZE, INK, &line.total);
            }
            self.text(LEFT, SIZE, INK, text);
            self.down(LEADING);
        }
        self.down(3.0);
    }

    fn sums(&mut self, sheet: &Sheet) {
        let height = sheet.sums.iter().map(|_| LEADING + 3.0).sum::<f32>() + 2.0 * LEADING;
        self.room(height);
        self.rule();
        for (label, amount) in &sheet.sums {
            let (size, gray) = if *label == "Total" { (SIZE + 2.0, INK) } else { (SIZE, PALE) };
            self.text_to(PRICE, size, gray, label);
            self.text_to(RIGHT, size, INK, if *label == "Total" { &sheet.total } else { amount });
            self.down(LEADING + 3.0);
        }
    }

    /// The pages with their numbers at the foot.
    fn numbered(mut self, sheet: &Sheet) -> Vec<Vec<Mark>> {
        let count = self.pages.len();
        for (index, page) in self.pages.iter_mut().enumerate() {
            let text = format!("{} {} · page {} of {count}", sheet.title, sheet.number, index + 1);
            page.push(Mark::Text { x: LEFT, y: HEIGHT - 36.0, size: 8.0, gray: PALE, text });
        }
        self.pages
    }
}
