//! Invoices and credit notes.

use sea_orm::entity::prelude::*;
use uuid::Uuid;

use crate::{
    id::{CustomerId, InvoiceId, OrderId, StoreId},
    stored::InvoiceKind,
    time::Timestamp,
};

/// A billing document of one store for one order; never changed once it is there. Amounts are minor units of its currency,
/// those of a credit note are what is given back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invoices")]
pub struct Model {
    /// The document's id.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvoiceId,
    /// Invoice or credit note.
    pub kind: InvoiceKind,
    /// `PENS-INV-2026-000001`, unique within the store.
    pub number: String,
    /// Year of its series.
    pub year: i32,
    /// Place in its series, from 1, without gaps.
    pub sequence: i64,
    /// Whose goods.
    pub store_id: StoreId,
    /// The order; it may have been deleted since.
    pub order_id: OrderId,
    /// The customer who is billed.
    pub customer_id: Option<CustomerId>,
    /// What it was made for: the order for an invoice, the refund for a credit note. One document a store for each.
    pub source_id: Uuid,
    /// The invoice that a credit note takes from.
    pub refers_to: Option<InvoiceId>,
    /// ISO 4217 code.
    pub currency: String,
    /// The store's lines.
    pub subtotal_minor: i64,
    /// The store's share of the shipping.
    pub shipping_minor: i64,
    /// The store's share of the tax.
    pub tax_minor: i64,
    /// The store's share of the discount.
    pub discount_minor: i64,
    /// `subtotal + shipping + tax − discount`.
    pub total_minor: i64,
    /// What all documents of the same source add up to: the order's total, or what of the refund could be credited.
    pub source_total_minor: i64,
    /// Buyer, addresses, store and lines as they were, as a JSON document.
    pub snapshot: String,
    /// When it was issued.
    pub issued_at: Timestamp,
}

impl ActiveModelBehavior for ActiveModel {}
