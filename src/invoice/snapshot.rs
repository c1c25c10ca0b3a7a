//! What a billing document keeps of the world as it was when it was issued.

use entity::{
    id::{OrderId, StoreId},
    invoice, order, order_item, store,
};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};

use crate::{fault::Fault, order::address::OrderAddress};

/// Everything that a document shows beside its amounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// Who bills.
    pub store: Seller,
    /// For which order.
    pub order: OrderFacts,
    /// Who is billed.
    pub buyer: Buyer,
    /// Who is billed, as an address.
    pub billing_address: Option<OrderAddress>,
    /// Where the goods go.
    pub shipping_address: Option<OrderAddress>,
    /// The store's lines; none on a credit note.
    pub lines: Vec<Line>,
    /// The number of the invoice that a credit note takes from.
    pub refers_to: Option<String>,
    /// Why money was given back.
    pub reason: Option<String>,
}

/// Who bills.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seller {
    /// The store.
    pub id: Option<StoreId>,
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
}

/// The order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderFacts {
    /// The order.
    pub id: Option<OrderId>,
    /// Its number.
    pub number: String,
    /// The day it was placed, `YYYY-MM-DD`.
    pub placed_on: String,
}

/// Who is billed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Buyer {
    /// Name when the order was placed.
    pub name: String,
    /// E-mail address when the order was placed.
    pub email: Option<String>,
}

/// A line of an invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// What was sold.
    pub name: String,
    /// Its SKU.
    pub sku: Option<String>,
    /// Pieces.
    pub quantity: i32,
    /// Price of one, in minor units.
    pub unit_price_minor: i64,
    /// Price of all, in minor units.
    pub total_minor: i64,
}

impl Snapshot {
    /// What an invoice of a store for an order keeps.
    ///
    /// # Errors
    /// When a stored address cannot be read.
    pub fn of_invoice(order: &order::Model, store: &store::Model, lines: &[&order_item::Model]) -> Result<Self, Fault> {
        let address = |document: &Option<String>| -> Result<Option<OrderAddress>, Fault> {
            let read = document.as_deref().map(serde_json::from_str).transpose();
            read.map_err(|error| Fault::Corrupt(format!("address of {}: {error}", order.number)))
        };
        Ok(Self {
            store: Seller { id: Some(store.id), name: store.name.clone(), slug: store.slug.clone() },
            order: OrderFacts {
                id: Some(order.id),
                number: order.number.clone(),
                placed_on: order.placed_at.datetime().format("%Y-%m-%d").to_string(),
            },
            buyer: Buyer { name: order.customer_name.clone(), email: order.customer_email.clone() },
            billing_address: address(&order.billing_address)?,
            shipping_address: address(&order.shipping_address)?,
            lines: lines
                .iter()
                .map(|line| Line {
                    name: line.name.clone(),
                    sku: line.sku.clone(),
                    quantity: line.quantity,
                    unit_price_minor: line.unit_price_minor,
                    total_minor: line.total_minor,
                })
                .collect(),
            refers_to: None,
            reason: None,
        })
    }

    /// What a credit note keeps: the parties of its invoice, and which it was.
    pub fn of_credit_note(self, invoice: &invoice::Model, reason: Option<&str>) -> Self {
        Self { lines: Vec::new(), refers_to: Some(invoice.number.clone()), reason: reason.map(str::to_owned), ..self }
    }

    /// The stored document of a row.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of(row: &invoice::Model) -> Result<Self, Fault> {
        serde_json::from_str(&row.snapshot).map_err(|error| Fault::Corrupt(format!("snapshot of {}: {error}", row.number)))
    }

    /// The document to store.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String, DbErr> {
        serde_json::to_string(self).map_err(|error| DbErr::Json(error.to_string()))
    }
}
