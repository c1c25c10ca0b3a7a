//! The cells of an order's line.

use entity::stored::PaymentType;
use sea_orm::{DbErr, QueryResult, TryGetable};

use super::{
    address::{Addresses, part},
    row::{At, By, Needs, Of},
};
use crate::{
    export::{
        column::OrderColumn,
        read::{self, Reading, label, money},
    },
    fault::Fault,
};

/// An order with what belongs to it.
pub(super) struct Order<'a> {
    pub(super) needs: &'a Needs,
    pub(super) row: &'a QueryResult,
    pub(super) lines: &'a [QueryResult],
    pub(super) payments: &'a [QueryResult],
}

impl Order<'_> {
    /// Writes its line, or that of one of its items.
    pub(super) fn write(
        &self,
        reading: &mut Reading<'_>,
        columns: &[OrderColumn],
        item: Option<&QueryResult>,
    ) -> Result<(), Fault> {
        let currency = read::currency(&self.text(At::Currency)?)?;
        let mut addresses = Addresses::default();
        for column in columns {
            use OrderColumn as C;
            let amount = |at: At| Ok::<_, DbErr>(money(self.number(at)?, currency));
            match column {
                C::Number => reading.lines.cell(&self.text(At::Number)?),
                C::Date => reading.minute(self.number(At::PlacedAt)?),
                C::Customer => reading.lines.cell(&self.text(At::CustomerName)?),
                C::Email => self.optional(reading, At::CustomerEmail)?,
                C::Items => {
                    let line =
                        |line| Ok(format!("{} (x{})", self.of::<String>(line, Of::Name)?, self.of::<i32>(line, Of::Quantity)?));
                    reading.lines.cell(&listed(self.lines.iter().map(line))?);
                }
                C::Total => reading.lines.cell(&amount(At::Total)?),
                C::Status => reading.lines.cell(&label(&self.text(At::Status)?)),
                C::PaymentMethod => reading.lines.cell(&self.methods()?),
                C::PaymentStatus => reading.lines.cell(&self.text(At::PaymentStatus)?),
                C::Id => reading.id("order", Some(self.get(At::Id)?)),
                C::ExternalId => self.optional(reading, At::ExternalId)?,
                C::Currency => reading.lines.cell(currency.code()),
                C::Subtotal => reading.lines.cell(&amount(At::Subtotal)?),
                C::Shipping => reading.lines.cell(&amount(At::Shipping)?),
                C::Tax => reading.lines.cell(&amount(At::Tax)?),
                C::Discount => reading.lines.cell(&amount(At::Discount)?),
                C::Paid => reading.lines.cell(&amount(At::Paid)?),
                C::Refunded => reading.lines.cell(&amount(At::Refunded)?),
                C::FulfillmentStatus => reading.lines.cell(&self.text(At::FulfillmentStatus)?),
                C::Type => reading.lines.cell(&self.text(At::Type)?),
                C::PaymentReferences => {
                    let references = self.payments.iter().filter_map(|paid| self.by(paid, By::Reference).transpose());
                    reading.lines.cell(&listed(references)?);
                }
                C::CustomerId => reading.id("customer", self.get(At::CustomerId)?),
                C::Pieces => {
                    let pieces = self.lines.iter().map(|line| self.of::<i32>(line, Of::Quantity).map(i64::from));
                    reading.lines.cell(&pieces.sum::<Result<i64, _>>()?.to_string());
                }
                C::Stores => {
                    let mut names: Vec<&str> = Vec::new();
                    for line in self.lines {
                        let name = reading.store(self.of(line, Of::Store)?);
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                    let names = names.join(", ");
                    reading.lines.cell(&names);
                }
                C::Skus => {
                    let skus = self.lines.iter().filter_map(|line| self.of(line, Of::Sku).transpose());
                    reading.lines.cell(&listed(skus)?);
                }
                C::ShippingName
                | C::ShippingPhone
                | C::ShippingStreet
                | C::ShippingCity
                | C::ShippingState
                | C::ShippingCountry
                | C::ShippingZip => {
                    let part = addresses.shipping(self)?.and_then(|address| part(address, *column));
                    reading.lines.cell(part.unwrap_or_default());
                }
                C::BillingName | C::BillingStreet | C::BillingCity | C::BillingState | C::BillingCountry | C::BillingZip => {
                    let part = addresses.billing(self)?.and_then(|address| part(address, *column));
                    reading.lines.cell(part.unwrap_or_default());
                }
                C::TrackingNumber => self.optional(reading, At::TrackingNumber)?,
                C::Note => self.optional(reading, At::Note)?,
                C::EstimatedDelivery => self.optional(reading, At::EstimatedDelivery)?,
                C::ShipBy => reading.second(self.get(At::ShipBy)?),
                C::HeldSince => reading.second(self.get(At::HeldAt)?),
                C::PlacedAt => reading.second(Some(self.number(At::PlacedAt)?)),
                C::CreatedAt => reading.second(Some(self.number(At::CreatedAt)?)),
                C::UpdatedAt => reading.second(Some(self.number(At::UpdatedAt)?)),
                C::Line => {
                    let place = self.of_one::<i32>(item, Of::Position)?;
                    reading.lines.cell(&place.map(|place| (i64::from(place) + 1).to_string()).unwrap_or_default());
                }
                C::ItemId => reading.id("item", self.of_one(item, Of::Id)?),
                C::Item => reading.lines.cell(&self.of_one::<String>(item, Of::Name)?.unwrap_or_default()),
                C::Sku => reading.lines.cell(&self.of_one::<String>(item, Of::Sku)?.unwrap_or_default()),
                C::Quantity => {
                    let quantity = self.of_one::<i32>(item, Of::Quantity)?;
                    reading.lines.cell(&quantity.map(|quantity| quantity.to_string()).unwrap_or_default());
                }
                C::UnitPrice | C::LineTotal => {
                    let which = if *column == C::UnitPrice { Of::UnitPrice } else { Of::Total };
                    let minor = self.of_one::<i64>(item, which)?;
                    reading.lines.cell(&minor.map(|minor| money(minor, currency)).unwrap_or_default());
                }
                C::Store => {
                    let name = self.of_one(item, Of::Store)?.map_or("", |store| reading.store(store)).to_owned();
                    reading.lines.cell(&name);
                }
                C::ProductId => reading.id("product", self.of_one(item, Of::Product)?),
                C::VariantId => reading.id("variant", self.of_one(item, Of::Variant)?),
            }
        }
        reading.end();
        Ok(())
    }

    fn get<T: TryGetable>(&self, at: At) -> Result<T, DbErr> {
        self.needs.order.get(self.row, at)
    }

    fn text(&self, at: At) -> Result<String, DbErr> {
        self.get(at)
    }

    fn number(&self, at: At) -> Result<i64, DbErr> {
        self.get(at)
    }

    fn of<T: TryGetable>(&self, item: &QueryResult, field: Of) -> Result<T, DbErr> {
        self.needs.item.get(item, field)
    }

    /// What may be missing of a line, or the line itself.
    fn of_one<T: TryGetable>(&self, item: Option<&QueryResult>, field: Of) -> Result<Option<T>, DbErr> {
        item.map_or(Ok(None), |item| self.of(item, field))
    }

    fn by<T: TryGetable>(&self, payment: &QueryResult, field: By) -> Result<T, DbErr> {
        match &self.needs.payment {
            Some(fields) => fields.get(payment, field),
            None => Err(DbErr::Custom("payments were not read".into())),
        }
    }

    fn optional(&self, reading: &mut Reading<'_>, at: At) -> Result<(), DbErr> {
        let text: Option<String> = self.get(at)?;
        reading.lines.cell(text.as_deref().unwrap_or_default());
        Ok(())
    }

    /// How its payments are called, each once; what the buyer means to pay with while there is none.
    fn methods(&self) -> Result<String, DbErr> {
        if self.payments.is_empty() {
            let meant: Option<String> = self.get(At::PaymentType)?;
            return Ok(meant.as_deref().and_then(PaymentType::from_text).map(|kind| label(kind.as_str())).unwrap_or_default());
        }
        let mut methods: Vec<String> = Vec::new();
        for paid in self.payments {
            let method = self.by(paid, By::Method)?;
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        Ok(methods.join(", "))
    }
}

fn listed(parts: impl Iterator<Item = Result<String, DbErr>>) -> Result<String, DbErr> {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&part?);
    }
    Ok(text)
}
