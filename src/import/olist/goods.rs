//! Products: named after their category, priced and placed by the lines they were sold in.

use std::{collections::HashMap, sync::Arc};

use entity::{stored::ProductStatus, time::Timestamp};

use super::short;
use crate::{
    import::{
        ImportError,
        directory::Directory,
        record::{ItemRecord, ProductRecord},
        report::Report,
        table::{Column, Row, Table, optional, required},
    },
    money::{Currency, to_minor_unsigned},
};

/// Columns of the file of the translated categories.
pub const TRANSLATION_COLUMNS: &[Column] = &[required("product_category_name"), required("product_category_name_english")];

/// Columns of the file of products; the data set itself misspells "length".
pub const PRODUCT_COLUMNS: &[Column] = &[
    required("product_id"),
    required("product_category_name"),
    optional("product_name_lenght"),
    optional("product_description_lenght"),
    optional("product_photos_qty"),
    optional("product_weight_g"),
    optional("product_length_cm"),
    optional("product_height_cm"),
    optional("product_width_cm"),
];

/// Categories in English by their name in Portuguese.
pub fn translations(table: Table, report: &mut Report) -> Result<HashMap<String, String>, ImportError> {
    let file = table.file;
    let mut english = HashMap::new();
    table.each(report, |row, report| {
        let name = row.needed("product_category_name")?;
        let translated = row.needed("product_category_name_english")?;
        if english.insert(name.to_owned(), translated.to_owned()).is_some() {
            return Err(format!("category {name:?} is on an earlier line already"));
        }
        report.of(file).merged += 1;
        Ok(())
    })?;
    Ok(english)
}

/// The products, without store and price.
pub fn products(
    table: Table,
    english: &HashMap<String, String>,
    currency: Currency,
    report: &mut Report,
) -> Result<Directory<ProductRecord>, ImportError> {
    let mut products: Directory<ProductRecord> = Directory::default();
    table.each(report, |row, _| {
        let id = row.needed("product_id")?;
        if let Some(known) = products.find(id) {
            return Err(format!("product_id {id:?} is on line {} already", products.at(known).line));
        }
        let category = match row.word("product_category_name") {
            Some(name) => readable(english.get(name).map_or(name, String::as_str)),
            None => "Product".to_owned(),
        };
        let external_id: Arc<str> = id.into();
        let record = ProductRecord {
            line: row.line,
            external_id: external_id.clone(),
            store: None,
            store_id: None,
            name: format!("{category} {}", short(id)).into(),
            description: description(row).into(),
            sku: None,
            price_minor: 0,
            currency,
            status: ProductStatus::Published,
            is_physical: true,
            id: None,
            variant: None,
        };
        products.add(external_id, record);
        Ok(())
    })?;
    Ok(products)
}

/// `health_beauty` as people write it.
fn readable(category: &str) -> String {
    let spaced = category.replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or(spaced)
}

fn description(row: &Row<'_>) -> String {
    let known = [
        ("Weight", "product_weight_g", "g"),
        ("Length", "product_length_cm", "cm"),
        ("Height", "product_height_cm", "cm"),
        ("Width", "product_width_cm", "cm"),
    ];
    let measures: Vec<_> =
        known.iter().filter_map(|(name, column, unit)| Some(format!("{name} {} {unit}", row.word(column)?))).collect();
    measures.join(", ")
}

/// What the lines tell of the products.
#[derive(Default)]
pub struct Tally {
    /// By product and store: how many lines, and which of all lines was the first.
    lines: HashMap<(u32, u32), (u32, u32)>,
    /// By product: when it was sold last, and for how much.
    latest: HashMap<u32, (Option<Timestamp>, i64)>,
    counted: u32,
}

impl Tally {
    /// Counts a line of an order that was placed then.
    pub fn count(&mut self, item: &ItemRecord, placed: Option<Timestamp>, currency: Currency) {
        let Some(product) = item.product else { return };
        self.counted += 1;
        self.lines.entry((product, item.store)).or_insert((0, self.counted)).0 += 1;
        // A price that is no amount refuses its order later.
        let Ok(price) = to_minor_unsigned(item.unit_price, currency) else { return };
        let latest = self.latest.entry(product).or_insert((placed, price));
        if placed > latest.0 {
            *latest = (placed, price);
        }
    }

    /// Gives each product the store with most of its lines (of several, the first seen) and its latest price.
    pub fn settle(self, products: &mut Directory<ProductRecord>) {
        let mut best: HashMap<u32, (u32, (u32, u32))> = HashMap::new();
        for ((product, store), (count, first)) in self.lines {
            let rank = (count, u32::MAX - first);
            match best.get_mut(&product) {
                Some(known) if known.1 >= rank => {}
                Some(known) => *known = (store, rank),
                None => drop(best.insert(product, (store, rank))),
            }
        }
        for (product, (store, _)) in best {
            products.at_mut(product).store = Some(store);
        }
        for (product, (_, price)) in self.latest {
            products.at_mut(product).price_minor = price;
        }
    }
}
