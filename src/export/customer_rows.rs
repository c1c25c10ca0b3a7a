//! Lines of files of customers.

use std::collections::HashMap;

use entity::id::CustomerId;
use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use super::{
    column::CustomerColumn,
    read::{self, Reading, by_id, by_ids, label, money},
};
use crate::{
    customer::query::{OrderSums, order_sums},
    fault::Fault,
};

const SQL: &str = "SELECT id, name, email, phone, status, external_id, created_at, updated_at FROM customers WHERE id";

/// Customers as they were read.
pub struct Rows {
    customers: HashMap<Uuid, QueryResult>,
    sums: HashMap<CustomerId, Vec<OrderSums>>,
}

/// Reads some customers.
///
/// # Errors
/// When the database fails.
pub async fn customers(conn: &impl ConnectionTrait, ids: &[Uuid], columns: &[CustomerColumn]) -> Result<Rows, Fault> {
    let sums = match columns.iter().any(|column| matches!(column, CustomerColumn::Orders | CustomerColumn::TotalBalance)) {
        true => order_sums(conn, &ids.iter().copied().map(CustomerId).collect::<Vec<_>>()).await?,
        false => HashMap::new(),
    };
    Ok(Rows { customers: by_id(by_ids(conn, SQL, ids, "").await?)?, sums })
}

impl Rows {
    /// Writes them in the order of their ids.
    ///
    /// # Errors
    /// For what nothing here wrote.
    pub fn write(&self, reading: &mut Reading<'_>, ids: &[Uuid], columns: &[CustomerColumn]) -> Result<(), Fault> {
        for (id, row) in ids.iter().filter_map(|id| Some((id, self.customers.get(id)?))) {
            write(reading, row, self.sums.get(&CustomerId(*id)).map_or(&[][..], Vec::as_slice), columns)?;
        }
        Ok(())
    }
}

fn write(reading: &mut Reading<'_>, row: &QueryResult, sums: &[OrderSums], columns: &[CustomerColumn]) -> Result<(), Fault> {
    use CustomerColumn as C;
    let text = |index: usize| Ok::<String, DbErr>(row.try_get_by_index::<Option<String>>(index)?.unwrap_or_default());
    let number = |index: usize| row.try_get_by_index::<i64>(index);
    for column in columns {
        match column {
            C::Id => reading.id("customer", row.try_get_by_index(0)?),
            C::Name => reading.lines.cell(&text(1)?),
            C::Email => reading.lines.cell(&text(2)?),
            C::Phone => reading.lines.cell(&text(3)?),
            C::Status => reading.lines.cell(&label(&text(4)?)),
            C::Orders => reading.lines.cell(&sums.iter().map(|sum| sum.orders).sum::<i64>().to_string()),
            C::TotalBalance => reading.lines.cell(&balance(sums)?),
            C::Created => reading.day(number(6)?),
            C::ExternalId => reading.lines.cell(&text(5)?),
            C::CreatedAt => reading.second(Some(number(6)?)),
            C::UpdatedAt => reading.second(Some(number(7)?)),
        }
    }
    reading.end();
    Ok(())
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
