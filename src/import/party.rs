//! What stores, customers and products have in common when they are stored.

use entity::{
    id::{CustomerId, ProductId, StoreId, VariantId},
    time::Timestamp,
};
use uuid::Uuid;

use super::{
    id::{UNDATED, seed},
    record::{CustomerRecord, ProductRecord, StoreRecord},
    rows, tables,
    write::Rows,
};

/// What the three kinds have in common.
pub trait Party {
    /// Their table.
    const TABLE: &'static str;
    /// Table and column of the text that only one row may have, besides the external id.
    const UNIQUE: (&'static str, &'static str);

    /// Line of its (first) row.
    fn line(&self) -> u64;
    /// Its key in the source.
    fn external_id(&self) -> &str;
    /// The text that only one row may have, if it has one.
    fn unique(&self) -> Option<&str>;
    /// The id of a new row.
    fn new_id(&self) -> Uuid;
    /// Notes the id of its row, new or there already.
    fn settle(&mut self, id: Uuid, new: bool);
    /// The new rows of records.
    fn rows(records: &[&Self], now: Timestamp) -> Vec<Rows>;

    /// Further rows that are of the same record.
    fn more_rows(&self) -> u64 {
        0
    }
    /// A reason to refuse it that needs no database.
    fn refused(&self) -> Option<&'static str> {
        None
    }
}

impl Party for StoreRecord {
    const TABLE: &'static str = "stores";
    const UNIQUE: (&'static str, &'static str) = ("stores", "slug");

    fn line(&self) -> u64 {
        self.line
    }

    fn external_id(&self) -> &str {
        &self.external_id
    }

    fn unique(&self) -> Option<&str> {
        Some(&self.slug)
    }

    fn new_id(&self) -> Uuid {
        StoreId::at(UNDATED, seed("stores", &self.external_id)).0
    }

    fn settle(&mut self, id: Uuid, _new: bool) {
        self.id = Some(StoreId(id));
    }

    fn rows(records: &[&Self], now: Timestamp) -> Vec<Rows> {
        let mut rows = Rows::of(&tables::STORES);
        for record in records {
            rows::store(&mut rows, record.new_id(), record, now);
        }
        vec![rows]
    }
}

impl Party for CustomerRecord {
    const TABLE: &'static str = "customers";
    const UNIQUE: (&'static str, &'static str) = ("customers", "email");

    fn line(&self) -> u64 {
        self.line
    }

    fn external_id(&self) -> &str {
        &self.external_id
    }

    fn unique(&self) -> Option<&str> {
        self.email.as_deref()
    }

    fn new_id(&self) -> Uuid {
        CustomerId::at(UNDATED, seed("customers", &self.external_id)).0
    }

    fn settle(&mut self, id: Uuid, _new: bool) {
        self.id = Some(CustomerId(id));
    }

    fn rows(records: &[&Self], now: Timestamp) -> Vec<Rows> {
        let mut rows = Rows::of(&tables::CUSTOMERS);
        for record in records {
            rows::customer(&mut rows, record.new_id(), record, now);
        }
        vec![rows]
    }

    fn more_rows(&self) -> u64 {
        u64::from(self.more_rows)
    }
}

impl ProductRecord {
    fn new_variant(&self) -> VariantId {
        VariantId::at(UNDATED, seed("product_variants", &self.external_id))
    }
}

impl Party for ProductRecord {
    const TABLE: &'static str = "products";
    const UNIQUE: (&'static str, &'static str) = ("product_variants", "sku");

    fn line(&self) -> u64 {
        self.line
    }

    fn external_id(&self) -> &str {
        &self.external_id
    }

    fn unique(&self) -> Option<&str> {
        Some(self.sku())
    }

    fn new_id(&self) -> Uuid {
        ProductId::at(UNDATED, seed("products", &self.external_id)).0
    }

    fn settle(&mut self, id: Uuid, new: bool) {
        self.id = Some(ProductId(id));
        self.variant = new.then(|| self.new_variant());
    }

    fn rows(records: &[&Self], now: Timestamp) -> Vec<Rows> {
        let (mut products, mut variants) = (Rows::of(&tables::PRODUCTS), Rows::of(&tables::VARIANTS));
        for record in records {
            rows::product(&mut products, record.new_id(), record, now);
            rows::variant(&mut variants, record.new_variant(), record.new_id(), record, now);
        }
        vec![products, variants]
    }

    fn refused(&self) -> Option<&'static str> {
        match (self.store, self.store_id) {
            (None, _) => Some("no line of any order tells whose product it is"),
            (Some(_), None) => Some("its store was refused"),
            _ => None,
        }
    }
}
