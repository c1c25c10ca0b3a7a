//! Lines of files of products: a line a variant.

use std::collections::HashMap;

use entity::stored::ProductStatus;
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{
    column::ProductColumn,
    read::{self, Reading, by_ids, label, money},
};
use crate::fault::Fault;

const SQL: &str = "SELECT p.id, v.id, p.store_id, p.name, v.name, v.sku, p.description, p.status, v.currency, v.price_minor, \
    v.available, v.reserved, v.sold, p.external_id, p.created_at, v.updated_at \
    FROM products p JOIN product_variants v ON v.product_id = p.id WHERE p.id";

/// Products as they were read, with their variants.
pub struct Rows(HashMap<Uuid, Vec<QueryResult>>);

/// Reads some products.
///
/// # Errors
/// When the database fails.
pub async fn products(conn: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Rows, Fault> {
    let mut rows: HashMap<Uuid, Vec<QueryResult>> = HashMap::with_capacity(ids.len());
    for row in by_ids(conn, SQL, ids, "ORDER BY v.product_id, v.position, v.id").await? {
        rows.entry(row.try_get_by_index(0)?).or_default().push(row);
    }
    Ok(Rows(rows))
}

impl Rows {
    /// Writes them in the order of their ids, a line a variant.
    ///
    /// # Errors
    /// For what nothing here wrote.
    pub fn write(&self, reading: &mut Reading<'_>, ids: &[Uuid], columns: &[ProductColumn]) -> Result<(), Fault> {
        ids.iter().filter_map(|id| self.0.get(id)).flatten().try_for_each(|row| write(reading, row, columns))
    }
}

fn write(reading: &mut Reading<'_>, row: &QueryResult, columns: &[ProductColumn]) -> Result<(), Fault> {
    use ProductColumn as C;
    let text = |index: usize| Ok::<String, DbErr>(row.try_get_by_index::<Option<String>>(index)?.unwrap_or_default());
    let number = |index: usize| row.try_get_by_index::<i64>(index);
    let currency = read::currency(&text(8)?)?;
    for column in columns {
        match column {
            C::Id => reading.id("product", row.try_get_by_index(0)?),
            C::VariantId => reading.id("variant", row.try_get_by_index(1)?),
            C::Store => {
                let name = reading.store(row.try_get_by_index(2)?).to_owned();
                reading.lines.cell(&name);
            }
            C::Name => {
                let (product, variant) = (text(3)?, text(4)?);
                match variant.is_empty() {
                    true => reading.lines.cell(&product),
                    false => reading.lines.cell(&format!("{product} – {variant}")),
                }
            }
            C::Variant => reading.lines.cell(&text(4)?),
            C::Sku => reading.lines.cell(&text(5)?),
            C::Description => reading.lines.cell(&text(6)?),
            C::Status => {
                let status = text(7)?;
                let is_sold = matches!(ProductStatus::from_text(&status), Some(ProductStatus::Published | ProductStatus::Active));
                match is_sold && number(10)? <= reading.low_stock {
                    true => reading.lines.cell("Low Stock"),
                    false => reading.lines.cell(&label(&status)),
                }
            }
            C::Currency => reading.lines.cell(currency.code()),
            C::Price => reading.lines.cell(&money(number(9)?, currency)),
            C::Stock => reading.lines.cell(&number(10)?.to_string()),
            C::Reserved => reading.lines.cell(&number(11)?.to_string()),
            C::Sold => reading.lines.cell(&number(12)?.to_string()),
            C::ExternalId => reading.lines.cell(&text(13)?),
            C::Created => reading.day(number(14)?),
            C::CreatedAt => reading.second(Some(number(14)?)),
            C::UpdatedAt => reading.second(Some(number(15)?)),
            C::Category => reading.lines.cell(""),
        }
    }
    reading.end();
    Ok(())
}
