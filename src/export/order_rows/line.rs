//! The cells of an order's line.

use entity::stored::PaymentType;
use sea_orm::{DbErr, QueryResult};
use uuid::Uuid;

use super::{
    address::{Addresses, part},
    row::{At, Item, Paid},
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
    pub(super) row: &'a QueryResult,
    pub(super) lines: &'a [Item],
    pub(super) payments: &'a [Paid],
}

impl Order<'_> {
    /// Writes its line, or that of one of its items.
    pub(super) fn write(&self, reading: &mut Reading<'_>, columns: &[OrderColumn], item: Option<&Item>) -> Result<(), Fault> {
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
                    reading.lines.cell(&listed(self.lines.iter().map(|line| format!("{} (x{})", line.name, line.quantity))))
                }
                C::Total => reading.lines.cell(&amount(At::Total)?),
                C::Status => reading.lines.cell(&label(&self.text(At::Status)?)),
                C::PaymentMethod => reading.lines.cell(&self.methods()?),
                C::PaymentStatus => reading.lines.cell(&self.text(At::PaymentStatus)?),
                C::Id => reading.id("order", Some(self.id(At::Id)?)),
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
                    let references = self.payments.iter().filter_map(|paid| paid.reference.clone());
                    reading.lines.cell(&listed(references));
                }
                C::CustomerId => reading.id("customer", self.row.try_get_by_index(At::CustomerId as usize)?),
                C::Pieces => {
                    let pieces: i64 = self.lines.iter().map(|line| i64::from(line.quantity)).sum();
                    reading.lines.cell(&pieces.to_string());
                }
                C::Stores => {
                    let mut names: Vec<&str> = Vec::new();
                    for line in self.lines {
                        let name = reading.store(line.store);
                        if !names.contains(&name) {
                            names.push(name);
                        }
                    }
                    let names = names.join(", ");
                    reading.lines.cell(&names);
                }
                C::Skus => reading.lines.cell(&listed(self.lines.iter().filter_map(|line| line.sku.clone()))),
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
                C::ShipBy => reading.second(self.row.try_get_by_index(At::ShipBy as usize)?),
                C::HeldSince => reading.second(self.row.try_get_by_index(At::HeldAt as usize)?),
                C::PlacedAt => reading.second(Some(self.number(At::PlacedAt)?)),
                C::CreatedAt => reading.second(Some(self.number(At::CreatedAt)?)),
                C::UpdatedAt => reading.second(Some(self.number(At::UpdatedAt)?)),
                C::Line => reading.lines.cell(&item.map(|item| (i64::from(item.position) + 1).to_string()).unwrap_or_default()),
                C::ItemId => reading.id("item", item.map(|item| item.id)),
                C::Item => reading.lines.cell(item.map_or("", |item| &item.name)),
                C::Sku => reading.lines.cell(item.and_then(|item| item.sku.as_deref()).unwrap_or_default()),
                C::Quantity => reading.lines.cell(&item.map(|item| item.quantity.to_string()).unwrap_or_default()),
                C::UnitPrice => reading.lines.cell(&item.map(|item| money(item.unit_price, currency)).unwrap_or_default()),
                C::LineTotal => reading.lines.cell(&item.map(|item| money(item.total, currency)).unwrap_or_default()),
                C::Store => {
                    let name = item.map(|item| reading.store(item.store).to_owned()).unwrap_or_default();
                    reading.lines.cell(&name);
                }
                C::ProductId => reading.id("product", item.and_then(|item| item.product)),
                C::VariantId => reading.id("variant", item.and_then(|item| item.variant)),
            }
        }
        reading.end();
        Ok(())
    }

    fn text(&self, at: At) -> Result<String, DbErr> {
        self.row.try_get_by_index(at as usize)
    }

    fn number(&self, at: At) -> Result<i64, DbErr> {
        self.row.try_get_by_index(at as usize)
    }

    fn id(&self, at: At) -> Result<Uuid, DbErr> {
        self.row.try_get_by_index(at as usize)
    }

    fn optional(&self, reading: &mut Reading<'_>, at: At) -> Result<(), DbErr> {
        let text: Option<String> = self.row.try_get_by_index(at as usize)?;
        reading.lines.cell(text.as_deref().unwrap_or_default());
        Ok(())
    }

    /// How its payments are called, each once; what the buyer means to pay with while there is none.
    fn methods(&self) -> Result<String, DbErr> {
        if self.payments.is_empty() {
            let meant: Option<String> = self.row.try_get_by_index(At::PaymentType as usize)?;
            return Ok(meant.as_deref().and_then(PaymentType::from_text).map(|kind| label(kind.as_str())).unwrap_or_default());
        }
        let mut methods: Vec<&str> = Vec::new();
        for paid in self.payments {
            if !methods.contains(&paid.method.as_str()) {
                methods.push(&paid.method);
            }
        }
        Ok(methods.join(", "))
    }
}

fn listed(parts: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&part);
    }
    text
}
