//! Lines of files of customers.

use std::collections::HashMap;

use entity::id::CustomerId;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{
    column::CustomerColumn,
    fields::{Fields, fields},
    read::{self, Reading, label, money},
};
use crate::{
    customer::query::{OrderSums, order_sums},
    db::{Row, Text},
    fault::Fault,
};

fields! {
    /// Columns of customers.
    Of {
        Id = id "id",
        Name = "name",
        Email = "email",
        Phone = "phone",
        Status = "status",
        ExternalId = "external_id",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
    }
}

/// Customers as they were read.
pub struct Rows {
    fields: Fields<Of>,
    customers: Text,
    sums: HashMap<CustomerId, Vec<OrderSums>>,
}

/// What a column is made of; the sums of orders are read apart.
fn source(column: CustomerColumn) -> Option<Of> {
    use CustomerColumn as C;
    Some(match column {
        C::Id => Of::Id,
        C::Name => Of::Name,
        C::Email => Of::Email,
        C::Phone => Of::Phone,
        C::Status => Of::Status,
        C::ExternalId => Of::ExternalId,
        C::Created | C::CreatedAt => Of::CreatedAt,
        C::UpdatedAt => Of::UpdatedAt,
        C::Orders | C::TotalBalance => return None,
    })
}

/// Reads some customers.
///
/// # Errors
/// When the database fails.
pub(crate) async fn customers(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[CustomerColumn]) -> Result<Rows, Fault> {
    let sums = match columns.iter().any(|column| source(*column).is_none()) {
        true => order_sums(conn, &ids.iter().copied().map(CustomerId).collect::<Vec<_>>()).await?,
        false => HashMap::new(),
    };
    let fields = Fields::of(columns.iter().copied().filter_map(source).chain([Of::Id]));
    let customers = fields.read(conn, "customers WHERE id", ids, "id").await?;
    Ok(Rows { fields, customers, sums })
}

impl Rows {
    /// Writes them in the order of their ids.
    ///
    /// # Errors
    /// For what nothing here wrote.
    pub fn write(&self, reading: &mut Reading<'_>, ids: &[Uuid], columns: &[CustomerColumn]) -> Result<(), Fault> {
        let customers = self.fields.by_id(&self.customers, Of::Id)?;
        for (id, row) in ids.iter().filter_map(|id| Some((id, customers.get(id)?))) {
            let sums = self.sums.get(&CustomerId(*id)).map_or(&[][..], Vec::as_slice);
            self.line(reading, row, sums, columns)?;
        }
        Ok(())
    }

    fn line(
        &self,
        reading: &mut Reading<'_>,
        row: &Row<'_>,
        sums: &[OrderSums],
        columns: &[CustomerColumn],
    ) -> Result<(), Fault> {
        use CustomerColumn as C;
        let text = |of: Of| self.fields.text(row, of);
        for column in columns {
            match column {
                C::Id => reading.id("customer", self.fields.id_or_none(row, Of::Id)?),
                C::Name => reading.lines.cell(text(Of::Name)?),
                C::Email => reading.lines.cell(text(Of::Email)?),
                C::Phone => reading.lines.cell(text(Of::Phone)?),
                C::Status => reading.lines.cell(&label(text(Of::Status)?)),
                C::Orders => reading.lines.cell(&sums.iter().map(|sum| sum.orders).sum::<i64>().to_string()),
                C::TotalBalance => reading.lines.cell(&balance(sums)?),
                C::Created => reading.day(self.fields.number(row, Of::CreatedAt)?),
                C::ExternalId => reading.lines.cell(text(Of::ExternalId)?),
                C::CreatedAt => reading.second(self.fields.number_or_none(row, Of::CreatedAt)?),
                C::UpdatedAt => reading.second(self.fields.number_or_none(row, Of::UpdatedAt)?),
            }
        }
        reading.end();
        Ok(())
    }
}

/// What was spent, one amount a currency. `$` is the US dollar alone: many currencies call themselves that.
fn balance(sums: &[OrderSums]) -> Result<String, Fault> {
    let mut text = String::new();
    for sum in sums {
        let currency = read::currency(&sum.currency)?;
        if !text.is_empty() {
            text.push_str("; ");
        }
        match currency.code() {
            "USD" => text.push('$'),
            code => {
                text.push_str(code);
                text.push(' ');
            }
        }
        text.push_str(&money(sum.spent_minor, currency));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balance_is_an_amount_a_currency() {
        let sum = |currency: &str, spent_minor| OrderSums { currency: currency.into(), orders: 1, spent_minor };
        assert_eq!(balance(&[sum("USD", 1_209_100)]).unwrap(), "$12091.00");
        assert_eq!(balance(&[sum("EUR", 5), sum("JPY", 700), sum("USD", 0)]).unwrap(), "EUR 0.05; JPY 700; $0.00");
        assert_eq!(balance(&[]).unwrap(), "");
    }
}
