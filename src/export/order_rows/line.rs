//! The cells of an order's line.

use std::fmt::Write as _;

use entity::stored::PaymentType;
use uuid::Uuid;

use super::{
    address::{Addresses, part},
    row::{At, By, Needs, Of},
};
use crate::{
    db::Row,
    export::{
        column::OrderColumn,
        read::{self, Reading, label, money},
    },
    fault::Fault,
};

/// An order with what belongs to it.
pub(super) struct Order<'a> {
    pub(super) needs: &'a Needs,
    pub(super) row: &'a Row<'a>,
    pub(super) lines: &'a [Row<'a>],
    pub(super) payments: &'a [Row<'a>],
}

impl Order<'_> {
    /// Writes its line, or that of one of its items.
    pub(super) fn write(&self, reading: &mut Reading<'_>, columns: &[OrderColumn], item: Option<&Row<'_>>) -> Result<(), Fault> {
        let currency = read::currency(self.text(At::Currency)?)?;
        let mut addresses = Addresses::default();
        for column in columns {
            use OrderColumn as C;
            let amount = |at: At| Ok::<_, Fault>(money(self.number(at)?, currency));
            match column {
                C::Number => reading.lines.cell(self.text(At::Number)?),
                C::Date => reading.minute(self.number(At::PlacedAt)?),
                C::Customer => reading.lines.cell(self.text(At::CustomerName)?),
                C::Email => reading.lines.cell(self.text(At::CustomerEmail)?),
                C::Items => {
                    let mut text = String::new();
                    for line in self.lines {
                        let between = if text.is_empty() { "" } else { ", " };
                        // Writing to a String cannot fail.
                        let _ = write!(text, "{between}{} (x{})", self.of(line, Of::Name)?, self.count(line, Of::Quantity)?);
                    }
                    reading.lines.cell(&text);
                }
                C::Total => reading.lines.cell(&amount(At::Total)?),
                C::Status => reading.lines.cell(&label(self.text(At::Status)?)),
                C::PaymentMethod => reading.lines.cell(&self.methods()?),
                C::PaymentStatus => reading.lines.cell(self.text(At::PaymentStatus)?),
                C::Id => reading.id("order", Some(self.needs.order.id(self.row, At::Id)?)),
                C::ExternalId => reading.lines.cell(self.text(At::ExternalId)?),
                C::Currency => reading.lines.cell(currency.code()),
                C::Subtotal => reading.lines.cell(&amount(At::Subtotal)?),
                C::Shipping => reading.lines.cell(&amount(At::Shipping)?),
                C::Tax => reading.lines.cell(&amount(At::Tax)?),
                C::Discount => reading.lines.cell(&amount(At::Discount)?),
                C::Paid => reading.lines.cell(&amount(At::Paid)?),
                C::Refunded => reading.lines.cell(&amount(At::Refunded)?),
                C::FulfillmentStatus => reading.lines.cell(self.text(At::FulfillmentStatus)?),
                C::Type => reading.lines.cell(self.text(At::Type)?),
                C::PaymentReferences => {
                    let references = self.payments.iter().filter_map(|paid| self.by(paid, By::Reference).transpose());
                    reading.lines.cell(&listed(references, false)?);
                }
                C::CustomerId => reading.id("customer", self.needs.order.id_or_none(self.row, At::CustomerId)?),
                C::Pieces => {
                    let pieces = self.lines.iter().map(|line| self.count(line, Of::Quantity)).sum::<Result<i64, _>>()?;
                    reading.lines.cell(&pieces.to_string());
                }
                C::Stores => {
                    let stores = self.lines.iter().map(|line| Ok(reading.store(self.needs.item.id(line, Of::Store)?)));
                    let stores = listed(stores, true)?;
                    reading.lines.cell(&stores);
                }
                C::Skus => {
                    let skus = self.lines.iter().filter_map(|line| self.needs.item.optional(line, Of::Sku).transpose());
                    reading.lines.cell(&listed(skus, false)?);
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
                C::TrackingNumber => reading.lines.cell(self.text(At::TrackingNumber)?),
                C::Note => reading.lines.cell(self.text(At::Note)?),
                C::EstimatedDelivery => reading.lines.cell(self.text(At::EstimatedDelivery)?),
                C::ShipBy => reading.second(self.needs.order.number_or_none(self.row, At::ShipBy)?),
                C::HeldSince => reading.second(self.needs.order.number_or_none(self.row, At::HeldAt)?),
                C::PlacedAt => reading.second(Some(self.number(At::PlacedAt)?)),
                C::CreatedAt => reading.second(Some(self.number(At::CreatedAt)?)),
                C::UpdatedAt => reading.second(Some(self.number(At::UpdatedAt)?)),
                C::Line => {
                    let place = item.map(|item| self.count(item, Of::Position)).transpose()?;
                    reading.lines.cell(&place.map(|place| (place + 1).to_string()).unwrap_or_default());
                }
                C::Item => reading.lines.cell(item.map_or(Ok(""), |item| self.of(item, Of::Name))?),
                C::Sku => reading.lines.cell(item.map_or(Ok(""), |item| self.of(item, Of::Sku))?),
                C::Quantity => {
                    let quantity = item.map(|item| self.count(item, Of::Quantity)).transpose()?;
                    reading.lines.cell(&quantity.map(|quantity| quantity.to_string()).unwrap_or_default());
                }
                C::UnitPrice | C::LineTotal => {
                    let which = if *column == C::UnitPrice { Of::UnitPrice } else { Of::Total };
                    let minor = item.map(|item| self.count(item, which)).transpose()?;
                    reading.lines.cell(&minor.map(|minor| money(minor, currency)).unwrap_or_default());
                }
                C::Store => {
                    let name = self.id_of(item, Of::Store)?.map_or("", |store| reading.store(store));
                    reading.lines.cell(name);
                }
                C::ItemId => reading.id("item", self.id_of(item, Of::Id)?),
                C::ProductId => reading.id("product", self.id_of(item, Of::Product)?),
                C::VariantId => reading.id("variant", self.id_of(item, Of::Variant)?),
            }
        }
        reading.end();
        Ok(())
    }

    fn text(&self, at: At) -> Result<&str, Fault> {
        self.needs.order.text(self.row, at)
    }

    fn number(&self, at: At) -> Result<i64, Fault> {
        self.needs.order.number(self.row, at)
    }

    fn of<'r>(&self, item: &'r Row<'_>, field: Of) -> Result<&'r str, Fault> {
        self.needs.item.text(item, field)
    }

    fn count(&self, item: &Row<'_>, field: Of) -> Result<i64, Fault> {
        self.needs.item.number(item, field)
    }

    /// An id that a line has, if there is a line.
    fn id_of(&self, item: Option<&Row<'_>>, field: Of) -> Result<Option<Uuid>, Fault> {
        item.map_or(Ok(None), |item| self.needs.item.id_or_none(item, field))
    }

    fn by<'r>(&self, payment: &'r Row<'_>, field: By) -> Result<Option<&'r str>, Fault> {
        match &self.needs.payment {
            Some(fields) => fields.optional(payment, field),
            None => Err(Fault::Internal("payments were not read".into())),
        }
    }

    /// How its payments are called, each once; what the buyer means to pay with while there is none.
    fn methods(&self) -> Result<String, Fault> {
        if self.payments.is_empty() {
            let meant = self.needs.order.optional(self.row, At::PaymentType)?;
            return Ok(meant.and_then(PaymentType::from_text).map(|kind| label(kind.as_str())).unwrap_or_default());
        }
        let methods = self.payments.iter().filter_map(|paid| self.by(paid, By::Method).transpose());
        listed(methods, true)
    }
}

/// Texts with commas between them; each once if that is asked for.
fn listed<'r>(parts: impl Iterator<Item = Result<&'r str, Fault>>, once: bool) -> Result<String, Fault> {
    let mut parts = parts.collect::<Result<Vec<_>, _>>()?;
    if once {
        let mut seen = Vec::new();
        parts.retain(|part| {
            !seen.contains(part) && {
                seen.push(*part);
                true
            }
        });
    }
    Ok(parts.join(", "))
}
