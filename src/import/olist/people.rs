//! Customers and sellers.

use std::{collections::HashSet, sync::Arc};

use entity::stored::CustomerStatus;

use super::{Buyer, Buyers, Texts, short};
use crate::{
    import::{
        ImportError,
        directory::Directory,
        record::{AddressRecord, CustomerRecord, StoreRecord},
        report::Report,
        table::{Column, Table, required},
    },
    money::Currency,
};

/// Columns of the file of customers.
pub const CUSTOMER_COLUMNS: &[Column] = &[
    required("customer_id"),
    required("customer_unique_id"),
    required("customer_zip_code_prefix"),
    required("customer_city"),
    required("customer_state"),
];

/// Columns of the file of sellers.
pub const SELLER_COLUMNS: &[Column] =
    &[required("seller_id"), required("seller_zip_code_prefix"), required("seller_city"), required("seller_state")];

/// The customers, and for each `customer_id` who and where it is.
pub fn customers(table: Table, report: &mut Report) -> Result<(Directory<CustomerRecord>, Buyers), ImportError> {
    let mut customers = Directory::default();
    let mut buyers = Buyers::new();
    let mut texts = Texts::default();
    let brazil = texts.keep("BR");
    table.each(report, |row, _| {
        let id = row.needed("customer_id")?;
        let unique = row.needed("customer_unique_id")?;
        if buyers.contains_key(id) {
            return Err(format!("customer_id {id:?} is on an earlier line already"));
        }
        let customer = match customers.find(unique) {
            Some(known) => {
                let record: &mut CustomerRecord = customers.at_mut(known);
                record.more_rows += 1;
                known
            }
            None => {
                let external_id: Arc<str> = unique.into();
                let name = format!("Customer {}", short(unique)).into();
                let record = CustomerRecord {
                    line: row.line,
                    more_rows: 0,
                    external_id: external_id.clone(),
                    name,
                    email: None,
                    phone: None,
                    since: None,
                    status: CustomerStatus::Active,
                    id: None,
                };
                customers.add(external_id, record)
            }
        };
        let mut keep = |column| row.word(column).map(|text| texts.keep(text));
        let address = AddressRecord {
            city: keep("customer_city"),
            state: keep("customer_state"),
            country: Some(brazil.clone()),
            zip_code: keep("customer_zip_code_prefix"),
            ..AddressRecord::default()
        };
        buyers.insert(id.into(), Buyer { customer, address });
        Ok(())
    })?;
    Ok((customers, buyers))
}

/// The sellers as stores.
pub fn stores(table: Table, currency: Currency, report: &mut Report) -> Result<Directory<StoreRecord>, ImportError> {
    let mut stores: Directory<StoreRecord> = Directory::default();
    let mut slugs = HashSet::new();
    table.each(report, |row, _| {
        let id = row.needed("seller_id")?;
        if let Some(known) = stores.find(id) {
            return Err(format!("seller_id {id:?} is on line {} already", stores.at(known).line));
        }
        let mut slug = format!("store-{}", short(id).to_lowercase());
        if !slugs.insert(slug.clone()) {
            slug = format!("store-{}", id.to_lowercase());
        }
        let name = match row.word("seller_city") {
            Some(city) => format!("Store {} {city}", short(id)),
            None => format!("Store {}", short(id)),
        };
        let external_id: Arc<str> = id.into();
        let record = StoreRecord { line: row.line, external_id: external_id.clone(), name, slug, currency, id: None };
        stores.add(external_id, record);
        Ok(())
    })?;
    Ok(stores)
}
