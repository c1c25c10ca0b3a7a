//! Lines of files of payments.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    column::PaymentColumn,
    fields::{Fields, fields},
    read::{self, Reading, label, money},
};
use crate::{
    db::{Row, Text},
    fault::Fault,
};

fields! {
    /// Columns of payments and their orders.
    Of {
        Id = id "p.id",
        OrderId = id "p.order_id",
        Status = "p.status",
        Type = "p.type",
        Gateway = "p.gateway",
        Currency = "p.currency",
        Amount = "p.amount_minor",
        Authorized = "p.authorized_minor",
        Captured = "p.captured_minor",
        Refunded = "p.refunded_minor",
        Reference = "p.reference",
        CardBrand = "p.card_brand",
        Last4 = "p.last4",
        FailureCode = "p.failure_code",
        Note = "p.note",
        Method = "p.method",
        ExternalId = "p.external_id",
        CreatedAt = "p.created_at",
        ProcessedAt = "p.processed_at",
        OrderNumber = "o.number",
        Customer = "o.customer_name",
        Email = "o.customer_email",
    }
}

/// Payments as they were read.
pub struct Rows {
    fields: Fields<Of>,
    payments: Text,
}

/// What a column is made of.
fn source(column: PaymentColumn) -> Of {
    use PaymentColumn as C;
    match column {
        C::Id => Of::Id,
        C::OrderId => Of::OrderId,
        C::Status => Of::Status,
        C::Type => Of::Type,
        C::Gateway => Of::Gateway,
        C::Currency => Of::Currency,
        C::Amount => Of::Amount,
        C::Authorized => Of::Authorized,
        C::Captured => Of::Captured,
        C::Refunded => Of::Refunded,
        C::Reference => Of::Reference,
        C::CardBrand => Of::CardBrand,
        C::Last4 => Of::Last4,
        C::FailureCode => Of::FailureCode,
        C::Note => Of::Note,
        C::Method => Of::Method,
        C::ExternalId => Of::ExternalId,
        C::Date | C::CreatedAt => Of::CreatedAt,
        C::ProcessedAt => Of::ProcessedAt,
        C::OrderNumber => Of::OrderNumber,
        C::Customer => Of::Customer,
        C::Email => Of::Email,
    }
}

/// Reads some payments.
///
/// # Errors
/// When the database fails.
pub(crate) async fn payments(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[PaymentColumn]) -> Result<Rows, Fault> {
    let fields = Fields::of(columns.iter().copied().map(source).chain([Of::Id, Of::Currency]));
    let payments = fields.read(conn, "payments p JOIN orders o ON o.id = p.order_id WHERE p.id", ids, "p.id").await?;
    Ok(Rows { fields, payments })
}

impl Rows {
    /// Writes them in the order of their ids.
    ///
    /// # Errors
    /// For what nothing here wrote.
    pub fn write(&self, reading: &mut Reading<'_>, ids: &[Uuid], columns: &[PaymentColumn]) -> Result<(), Fault> {
        let payments = self.fields.by_id(&self.payments, Of::Id)?;
        ids.iter().filter_map(|id| payments.get(id)).try_for_each(|row| self.line(reading, row, columns))
    }

    fn line(&self, reading: &mut Reading<'_>, row: &Row<'_>, columns: &[PaymentColumn]) -> Result<(), Fault> {
        use PaymentColumn as C;
        let currency = read::currency(self.fields.text(row, Of::Currency)?)?;
        for column in columns {
            let of = source(*column);
            match column {
                C::Id => reading.id("payment", self.fields.id_or_none(row, of)?),
                C::OrderId => reading.id("order", self.fields.id_or_none(row, of)?),
                C::Status => reading.lines.cell(&label(self.fields.text(row, of)?)),
                C::Amount | C::Authorized | C::Captured | C::Refunded => {
                    reading.lines.cell(&money(self.fields.number(row, of)?, currency));
                }
                C::Date => reading.minute(self.fields.number(row, of)?),
                C::CreatedAt | C::ProcessedAt => reading.second(self.fields.number_or_none(row, of)?),
                C::Type
                | C::Gateway
                | C::Currency
                | C::Reference
                | C::CardBrand
                | C::Last4
                | C::FailureCode
                | C::Note
                | C::Method
                | C::ExternalId
                | C::OrderNumber
                | C::Customer
                | C::Email => reading.lines.cell(self.fields.text(row, of)?),
            }
        }
        reading.end();
        Ok(())
    }
}
