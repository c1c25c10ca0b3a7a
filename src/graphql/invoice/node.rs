//! The billing document as the API shows it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use entity::{
    id::RefundId,
    invoice,
    stored::{self, InvoiceKind as Stored},
};

use crate::{
    fault::Fault,
    graphql::{
        Here,
        connection::connection,
        error,
        order::{Order, OrderAddress},
        scalar::{CurrencyCode, Moment, Money},
        store::Store,
    },
    invoice::{
        link::{self, Format},
        snapshot::Snapshot,
    },
    money::Currency,
    order::query,
};

/// What a billing document says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::InvoiceKind")]
pub enum InvoiceKind {
    /// What is owed for the goods of a store.
    Invoice,
    /// What of an invoice was given back.
    CreditNote,
}

/// A line of a billing document, as it was issued.
#[derive(Clone, Debug, SimpleObject)]
pub struct InvoiceLine {
    /// What was sold.
    name: String,
    /// Its SKU.
    sku: Option<String>,
    /// Pieces.
    quantity: i32,
    /// Price of one, in the document's currency.
    unit_price: Money,
    /// Price of all, in the document's currency.
    total: Money,
}

/// An invoice or a credit note. Cloning shares it.
#[derive(Clone)]
pub struct Invoice {
    row: Arc<invoice::Model>,
    snapshot: Arc<Snapshot>,
    currency: Currency,
}

impl Invoice {
    /// A document that the caller may see.
    ///
    /// # Errors
    /// When what is stored cannot be read.
    pub fn new(ctx: &Context<'_>, row: Arc<invoice::Model>) -> Result<Self> {
        let snapshot = Snapshot::of(&row).map_err(|fault| error::internal(ctx, &fault))?;
        let currency = Currency::from_code(&row.currency)
            .ok_or_else(|| error::internal(ctx, &Fault::Corrupt(format!("currency {}", row.currency))))?;
        Ok(Self { row, snapshot: Arc::new(snapshot), currency })
    }

    fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }
}

/// An invoice of one store for one order, or a credit note that takes from one. It never changes once it was issued.
#[Object]
impl Invoice {
    /// The document's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// Invoice or credit note.
    async fn kind(&self) -> InvoiceKind {
        self.row.kind.into()
    }

    /// Its number, such as PENS-INV-2026-000001: a series without gaps for each store, kind and year.
    async fn number(&self) -> &str {
        &self.row.number
    }

    /// The store that bills.
    async fn store(&self, ctx: &Context<'_>) -> Result<Store> {
        let here = Here::of(ctx)?;
        let row = here.loaders.stores.load(&here.app.db, self.row.store_id).await;
        let row = row.map_err(|fault| error::internal(ctx, &fault))?;
        row.map(Store::new).ok_or_else(|| error::internal(ctx, &Fault::Corrupt(format!("no store {}", self.row.store_id))))
    }

    /// The order; null when it was deleted.
    async fn order(&self, ctx: &Context<'_>) -> Option<Result<Order>> {
        order_of(ctx, &self.row).await.transpose()
    }

    /// The order's number.
    async fn order_number(&self) -> &str {
        &self.snapshot.order.number
    }

    /// The refund that a credit note is for.
    async fn refund_id(&self) -> Option<ID> {
        (self.row.kind == Stored::CreditNote).then(|| ID(RefundId(self.row.source_id).to_string()))
    }

    /// The invoice that a credit note takes from.
    async fn refers_to(&self, ctx: &Context<'_>) -> Option<Result<Invoice>> {
        let id = self.row.refers_to?;
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.invoices_by_id.load(&here.app.db, id).await {
            Ok(row) => row.map(|row| Invoice::new(ctx, row)),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// Currency of its amounts.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.currency)
    }

    /// The store's lines.
    async fn subtotal(&self) -> Money {
        self.money(self.row.subtotal_minor)
    }

    /// The store's part of the shipping.
    async fn shipping(&self) -> Money {
        self.money(self.row.shipping_minor)
    }

    /// The store's part of the tax.
    async fn tax(&self) -> Money {
        self.money(self.row.tax_minor)
    }

    /// The store's part of the discount.
    async fn discount(&self) -> Money {
        self.money(self.row.discount_minor)
    }

    /// subtotal + shipping + tax − discount: owed by an invoice, given back by a credit note.
    async fn total(&self) -> Money {
        self.money(self.row.total_minor)
    }

    /// The store's name when it was issued.
    async fn store_name(&self) -> &str {
        &self.snapshot.store.name
    }

    /// The buyer's name when the order was placed.
    async fn buyer_name(&self) -> &str {
        &self.snapshot.buyer.name
    }

    /// Who is billed, without the e-mail address.
    async fn billing_address(&self) -> Option<OrderAddress> {
        self.snapshot.billing_address.clone().map(|address| OrderAddress::from(address).without_email())
    }

    /// The lines; none on a credit note.
    async fn lines(&self) -> Vec<InvoiceLine> {
        let lines = self.snapshot.lines.iter();
        lines
            .map(|line| InvoiceLine {
                name: line.name.clone(),
                sku: line.sku.clone(),
                quantity: line.quantity,
                unit_price: self.money(line.unit_price_minor),
                total: self.money(line.total_minor),
            })
            .collect()
    }

    /// When it was issued.
    async fn issued_at(&self) -> Moment {
        Moment(self.row.issued_at)
    }

    /// Link to a page for browsers, good for 15 minutes for whoever holds it.
    async fn html_url(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(link::make(Here::of(ctx)?.app, self.row.id, Format::Html).0)
    }

    /// Link to a PDF, good for 15 minutes for whoever holds it.
    async fn pdf_url(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(link::make(Here::of(ctx)?.app, self.row.id, Format::Pdf).0)
    }

    /// When the links asked for here end.
    async fn links_expire_at(&self, ctx: &Context<'_>) -> Result<Moment> {
        Ok(Moment(link::make(Here::of(ctx)?.app, self.row.id, Format::Html).1))
    }
}

async fn order_of(ctx: &Context<'_>, row: &invoice::Model) -> Result<Option<Order>> {
    let here = Here::of(ctx)?;
    let order = here.loaders.orders.load(&here.app.db, row.order_id).await.map_err(|fault| error::internal(ctx, &fault))?;
    let Some(order) = order else { return Ok(None) };
    let scope = query::Scope::of(here.actor()).map_err(error::denied)?;
    Ok(Some(Order::in_scope(ctx, &scope, order)?))
}

connection!(InvoiceConnection, InvoiceEdge, Invoice);
