//! A billing document as people read it, the same on a page of HTML and on paper.

use entity::{invoice, stored::InvoiceKind};
use serde::Serialize;

use super::snapshot::Snapshot;
use crate::{
    fault::Fault,
    money::{Currency, format_minor},
    order::address::OrderAddress,
};

/// What is on a document, all as text.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet {
    /// Invoice or credit note.
    pub title: &'static str,
    /// Its number.
    pub number: String,
    /// Who bills.
    pub seller: String,
    /// Label and value of each fact: number, day, order.
    pub facts: Vec<(&'static str, String)>,
    /// Who is billed, a line each.
    pub billed: Vec<String>,
    /// Where the goods go, a line each; empty when that is the same.
    pub shipped: Vec<String>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Label and amount of each sum, the total last.
    pub sums: Vec<(&'static str, String)>,
    /// The total with its currency.
    pub total: String,
    /// The currency of all amounts.
    pub currency: String,
    /// When it was issued, for the file's own data.
    pub issued_on: (u16, u8, u8),
}

/// A line.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What.
    pub name: String,
    /// Its SKU.
    pub sku: Option<String>,
    /// How many.
    pub quantity: String,
    /// Price of one.
    pub unit_price: String,
    /// Price of all.
    pub total: String,
}

impl Sheet {
    /// A document as its row keeps it.
    ///
    /// # Errors
    /// When the row is not readable.
    pub fn of(row: &invoice::Model) -> Result<Self, Fault> {
        use chrono::Datelike as _;
        let snapshot = Snapshot::of(row)?;
        let currency = Currency::from_code(&row.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", row.currency)))?;
        let money = |minor| format_minor(minor, currency);
        let issued = row.issued_at.datetime();
        let mut facts = vec![("Number", row.number.clone()), ("Date", issued.format("%Y-%m-%d").to_string())];
        facts.push(("Order", snapshot.order.number.clone()));
        facts.push(("Ordered on", snapshot.order.placed_on.clone()));
        if let Some(invoice) = &snapshot.refers_to {
            facts.push(("For invoice", invoice.clone()));
        }
        let billed = party(&snapshot.buyer.name, snapshot.billing_address.as_ref().or(snapshot.shipping_address.as_ref()));
        let shipped = snapshot.shipping_address.as_ref().map(|address| party(&snapshot.buyer.name, Some(address)));
        Ok(Self {
            title: match row.kind {
                InvoiceKind::Invoice => "Invoice",
                InvoiceKind::CreditNote => "Credit note",
            },
            number: row.number.clone(),
            seller: snapshot.store.name.clone(),
            facts,
            shipped: shipped.filter(|shipped| *shipped != billed).unwrap_or_default(),
            billed,
            lines: lines(row, &snapshot, money),
            sums: sums(row, money),
            total: format!("{} {currency}", money(row.total_minor)),
            currency: currency.to_string(),
            issued_on: (
                u16::try_from(issued.year()).unwrap_or_default(),
                u8::try_from(issued.month()).unwrap_or(1),
                u8::try_from(issued.day()).unwrap_or(1),
            ),
        })
    }
}

/// Name and address, a line each. The e-mail address stays out: the paper goes to others too.
fn party(name: &str, address: Option<&OrderAddress>) -> Vec<String> {
    let Some(address) = address else { return vec![name.to_owned()] };
    let receiver = address.full_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or(name);
    let mut lines = vec![receiver.to_owned()];
    if let Some(text) = &address.free_text {
        lines.extend(text.lines().map(str::to_owned));
        return lines;
    }
    let place = [address.zip_code.as_deref(), address.city.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let rest = [address.street_address.as_deref(), Some(place.as_str()), address.state.as_deref(), address.country.as_deref()];
    lines.extend(rest.into_iter().flatten().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned));
    lines
}

fn lines(row: &invoice::Model, snapshot: &Snapshot, money: impl Fn(i64) -> String) -> Vec<Line> {
    if row.kind == InvoiceKind::CreditNote {
        let reason = snapshot.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let total = money(row.total_minor);
        return vec![Line {
            name: format!("Given back{reason}"),
            sku: None,
            quantity: "1".into(),
            unit_price: total.clone(),
            total,
        }];
    }
    let line = |line: &super::snapshot::Line| Line {
        name: line.name.clone(),
        sku: line.sku.clone(),
        quantity: line.quantity.to_string(),
        unit_price: money(line.unit_price_minor),
        total: money(line.total_minor),
    };
    snapshot.lines.iter().map(line).collect()
}

fn sums(row: &invoice::Model, money: impl Fn(i64) -> String) -> Vec<(&'static str, String)> {
    let mut sums = vec![("Subtotal", money(row.subtotal_minor))];
    let parts = [("Shipping", row.shipping_minor), ("Tax", row.tax_minor), ("Discount", -row.discount_minor)];
    sums.extend(parts.into_iter().filter(|(_, minor)| *minor != 0).map(|(label, minor)| (label, money(minor))));
    sums.push(("Total", money(row.total_minor)));
    sums
}
