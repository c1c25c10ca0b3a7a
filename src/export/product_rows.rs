//! Lines of files of products: a line a variant.

use entity::stored::ProductStatus;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    column::ProductColumn,
    fields::{Fields, fields},
    read::{self, Reading, label, money},
};
use crate::{
    db::{Row, Text},
    fault::Fault,
};

fields! {
    /// Columns of products and their variants.
    Of {
        Id = id "p.id",
        Variant = id "v.id",
        Store = id "p.store_id",
        Name = "p.name",
        VariantName = "v.name",
        Sku = "v.sku",
        Description = "p.description",
        Status = "p.status",
        Currency = "v.currency",
        Price = "v.price_minor",
        Available = "v.available",
        Reserved = "v.reserved",
        Sold = "v.sold",
        ExternalId = "p.external_id",
        CreatedAt = "p.created_at",
        UpdatedAt = "v.updated_at",
    }
}

/// Products as they were read, with their variants.
pub struct Rows {
    fields: Fields<Of>,
    variants: Text,
}

/// What a column is made of.
fn sources(column: ProductColumn) -> &'static [Of] {
    use ProductColumn as C;
    match column {
        C::Id => &[Of::Id],
        C::VariantId => &[Of::Variant],
        C::Store => &[Of::Store],
        C::Name => &[Of::Name, Of::VariantName],
        C::Variant => &[Of::VariantName],
        C::Sku => &[Of::Sku],
        C::Description => &[Of::Description],
        C::Status => &[Of::Status, Of::Available],
        C::Currency => &[Of::Currency],
        C::Price => &[Of::Price],
        C::Stock => &[Of::Available],
        C::Reserved => &[Of::Reserved],
        C::Sold => &[Of::Sold],
        C::ExternalId => &[Of::ExternalId],
        C::Created | C::CreatedAt => &[Of::CreatedAt],
        C::UpdatedAt => &[Of::UpdatedAt],
        C::Category => &[],
    }
}

/// Reads some products.
///
/// # Errors
/// When the database fails.
pub(crate) async fn products(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[ProductColumn]) -> Result<Rows, Fault> {
    let wanted = columns.iter().copied().flat_map(sources).copied();
    let fields = Fields::of(wanted.chain([Of::Id, Of::Currency]));
    let source = "products p JOIN product_variants v ON v.product_id = p.id WHERE p.id";
    let variants = fields.read(conn, source, ids, "v.product_id, v.position, v.id").await?;
    Ok(Rows { fields, variants })
}

impl Rows {
    /// Writes them in the order of their ids, a line a variant.
    ///
    /// # Errors
    /// For what nothing here wrote.
    pub fn write(&self, reading: &mut Reading<'_>, ids: &[Uuid], columns: &[ProductColumn]) -> Result<(), Fault> {
        let variants = self.fields.grouped(&self.variants, Of::Id)?;
        ids.iter().filter_map(|id| variants.get(id)).flatten().try_for_each(|row| self.line(reading, row, columns))
    }

    fn line(&self, reading: &mut Reading<'_>, row: &Row<'_>, columns: &[ProductColumn]) -> Result<(), Fault> {
        use ProductColumn as C;
        let text = |of: Of| self.fields.text(row, of);
        let number = |of: Of| self.fields.number(row, of);
        let currency = read::currency(text(Of::Currency)?)?;
        for column in columns {
            match column {
                C::Id => reading.id("product", self.fields.id_or_none(row, Of::Id)?),
                C::VariantId => reading.id("variant", self.fields.id_or_none(row, Of::Variant)?),
                C::Store => reading.lines.cell(reading.store(self.fields.id(row, Of::Store)?)),
                C::Name => match (text(Of::Name)?, text(Of::VariantName)?) {
                    (product, "") => reading.lines.cell(product),
                    (product, variant) => reading.lines.cell(&format!("{product} – {variant}")),
                },
                C::Variant => reading.lines.cell(text(Of::VariantName)?),
                C::Sku => reading.lines.cell(text(Of::Sku)?),
                C::Description => reading.lines.cell(text(Of::Description)?),
                C::Status => {
                    let status = text(Of::Status)?;
                    let is_sold =
                        matches!(ProductStatus::from_text(status), Some(ProductStatus::Published | ProductStatus::Active));
                    match number(Of::Available)? {
                        ..=0 if is_sold => reading.lines.cell("Out of Stock"),
                        few if is_sold && few <= reading.low_stock => reading.lines.cell("Low Stock"),
                        _ => reading.lines.cell(&label(status)),
                    }
                }
                C::Currency => reading.lines.cell(currency.code()),
                C::Price => reading.lines.cell(&money(number(Of::Price)?, currency)),
                C::Stock => reading.lines.cell(&number(Of::Available)?.to_string()),
                C::Reserved => reading.lines.cell(&number(Of::Reserved)?.to_string()),
                C::Sold => reading.lines.cell(&number(Of::Sold)?.to_string()),
                C::ExternalId => reading.lines.cell(text(Of::ExternalId)?),
                C::Created => reading.day(number(Of::CreatedAt)?),
                C::CreatedAt => reading.second(Some(number(Of::CreatedAt)?)),
                C::UpdatedAt => reading.second(Some(number(Of::UpdatedAt)?)),
                C::Category => reading.lines.cell(""),
            }
        }
        reading.end();
        Ok(())
    }
}
