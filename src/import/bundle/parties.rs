//! Stores, customers, products.

use std::sync::Arc;

use entity::stored::{CustomerStatus, ProductStatus};

use super::currency;
use crate::{
    import::{
        ImportError,
        directory::Directory,
        record::{CustomerRecord, ProductRecord, StoreRecord},
        report::Report,
        table::{Column, Row, Table, optional, quoted, required},
    },
    money::to_minor_unsigned,
};

/// Columns of the file of stores.
pub const STORE_COLUMNS: &[Column] = &[required("id"), required("name"), optional("slug"), required("currency")];

/// Columns of the file of customers.
pub const CUSTOMER_COLUMNS: &[Column] =
    &[required("id"), required("name"), optional("email"), optional("phone"), optional("status"), optional("created_at")];

/// Columns of the file of products.
pub const PRODUCT_COLUMNS: &[Column] = &[
    required("id"),
    required("store"),
    required("name"),
    optional("description"),
    optional("sku"),
    required("price"),
    required("currency"),
    optional("status"),
    optional("physical"),
];

/// The id of a row, which none before it has.
fn new_id<T>(row: &Row<'_>, directory: &Directory<T>, line: impl Fn(&T) -> u64) -> Result<Arc<str>, String> {
    let id = row.needed("id")?;
    match directory.find(id) {
        Some(known) => Err(format!("id {} is on line {} already", quoted(id), line(directory.at(known)))),
        None => Ok(id.into()),
    }
}

/// The stores.
pub fn stores(table: Table, report: &mut Report) -> Result<Directory<StoreRecord>, ImportError> {
    let mut stores: Directory<StoreRecord> = Directory::default();
    table.each(report, |row, _| {
        let external_id = new_id(row, &stores, |store| store.line)?;
        let name = row.needed("name")?;
        let slug = match row.word("slug") {
            Some(slug) if slug == slugged(slug) => slug.to_owned(),
            Some(slug) => return Err(format!("slug: {} has more than small letters, digits and single hyphens", quoted(slug))),
            None => slugged(name),
        };
        if slug.is_empty() {
            return Err("slug: missing, and the name gives none".to_owned());
        }
        let record = StoreRecord {
            line: row.line,
            external_id: external_id.clone(),
            name: name.to_owned(),
            slug,
            currency: currency(row)?,
            id: None,
        };
        stores.add(external_id, record);
        Ok(())
    })?;
    Ok(stores)
}

/// A name in the form it has in addresses.
fn slugged(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// The customers.
pub fn customers(table: Table, report: &mut Report) -> Result<Directory<CustomerRecord>, ImportError> {
    let mut customers: Directory<CustomerRecord> = Directory::default();
    table.each(report, |row, _| {
        let external_id = new_id(row, &customers, |customer| customer.line)?;
        let email = |text: &str| {
            let (name, host) = text.split_once('@')?;
            let plain = !name.is_empty() && !host.is_empty() && !text.contains(char::is_whitespace);
            plain.then(|| text.to_lowercase().into())
        };
        let record = CustomerRecord {
            line: row.line,
            more_rows: 0,
            external_id: external_id.clone(),
            name: row.needed("name")?.into(),
            email: row.read("email", "an e-mail address", email)?,
            phone: row.word("phone").map(Into::into),
            since: row.time("created_at")?,
            status: row.read("status", "ACTIVE or BLOCKED", CustomerStatus::from_text)?.unwrap_or(CustomerStatus::Active),
            id: None,
        };
        customers.add(external_id, record);
        Ok(())
    })?;
    Ok(customers)
}

/// The products.
pub fn products(
    table: Table,
    stores: &Directory<StoreRecord>,
    report: &mut Report,
) -> Result<Directory<ProductRecord>, ImportError> {
    let mut products: Directory<ProductRecord> = Directory::default();
    table.each(report, |row, _| {
        let external_id = new_id(row, &products, |product| product.line)?;
        let store = row.needed("store")?;
        let store = stores.find(store).ok_or_else(|| format!("store: no store {}, or it was refused", quoted(store)))?;
        let currency = currency(row)?;
        let own = stores.at(store).currency;
        if currency != own {
            return Err(format!("currency: {currency}, but the store's is {own}"));
        }
        let price = row.amount("price")?.ok_or("price: missing")?;
        let status = row.read("status", "DRAFT, PUBLISHED, ACTIVE or ARCHIVED", ProductStatus::from_text)?;
        let record = ProductRecord {
            line: row.line,
            external_id: external_id.clone(),
            store: Some(store),
            store_id: None,
            name: row.needed("name")?.into(),
            description: row.text("description").unwrap_or_default().into(),
            sku: row.word("sku").map(Into::into),
            price_minor: to_minor_unsigned(price, currency).map_err(|error| format!("price: {error}"))?,
            currency,
            status: status.unwrap_or(ProductStatus::Published),
            is_physical: row.read("physical", "true or false", |text| text.parse().ok())?.unwrap_or(true),
            id: None,
            variant: None,
        };
        products.add(external_id, record);
        Ok(())
    })?;
    Ok(products)
}

#[cfg(test)]
mod tests {
    use super::slugged;

    #[test]
    fn a_slug_is_small_letters_digits_and_single_hyphens() {
        assert_eq!(slugged("Tea & Time, No. 2"), "tea-time-no-2");
        assert_eq!(slugged("already-fine"), "already-fine");
        assert_eq!(slugged("…"), "");
    }
}
