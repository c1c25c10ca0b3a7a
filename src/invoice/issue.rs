//! Issuing: a reader of the event log that writes an order's invoices when it is confirmed, and credit notes when money is
//! given back. It works in one transaction at a time, the one that moves its cursor.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use entity::{
    event,
    id::{InvoiceId, OrderId, StoreId},
    invoice, order, order_item, refund, store,
    stored::{ActorKind, InvoiceKind, OrderStatus},
    time::Timestamp,
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::{
    draft::{Sums, bills, credit},
    number, settled,
    share::share,
    snapshot::Snapshot,
};
use crate::{
    app::App,
    clock::random_bytes,
    event::{consumer::Consumer, query::changes},
    fault::Fault,
    order::query::lines_by_order,
};

/// The reader of the log that issues invoices and credit notes.
pub struct Invoices;

#[async_trait]
impl Consumer for Invoices {
    fn name(&self) -> &'static str {
        "invoices"
    }

    async fn apply(&self, app: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
        let due = due(events);
        if due.is_empty() {
            return Ok(());
        }
        let ids: Vec<OrderId> = due.iter().map(|(id, _)| *id).collect();
        let mut books = Books::open(tx, &ids, app.clock.now()).await?;
        let mut refunds = settled::by_order(tx, &ids, &settled::named(events)).await?;
        for (id, is_billed) in due {
            // An order that was deleted meanwhile is billed no more; imported ones were billed where they came from.
            let Some(order) = books.orders.remove(&id).filter(|order| order.external_id.is_none()) else { continue };
            if is_billed {
                books.bill(tx, &order).await?;
            }
            for refund in refunds.remove(&id).unwrap_or_default() {
                books.credit(tx, &order, &refund).await?;
            }
        }
        Ok(())
    }
}

/// The orders that events call for documents of, in the order of the log, and whether they are to be billed.
fn due(events: &[event::Model]) -> Vec<(OrderId, bool)> {
    let mut due: Vec<(OrderId, bool)> = Vec::new();
    for event in events.iter().filter(|event| event.actor != ActorKind::Import) {
        let Some(order) = event.order_id else { continue };
        let changes = changes(event);
        let is_billed = changes.iter().any(|change| change.field == "status" && change.new.as_str().is_some_and(is_agreed));
        let is_credited = event.kind == "REFUND_SUCCEEDED"
            || changes.iter().any(|change| matches!(change.field.as_str(), "refund" | "refunded"));
        if !is_billed && !is_credited {
            continue;
        }
        match due.iter_mut().find(|(known, _)| *known == order) {
            Some((_, billed)) => *billed |= is_billed,
            None => due.push((order, is_billed)),
        }
    }
    due
}

/// Whether a status means that the order is agreed: confirmed, or beyond that without having been.
fn is_agreed(status: &str) -> bool {
    use OrderStatus::{Confirmed, Delivered, OutForDelivery, Processing, Shipped};
    OrderStatus::from_text(status)
        .is_some_and(|status| matches!(status, Confirmed | Processing | Shipped | OutForDelivery | Delivered))
}

/// What issuing needs of several orders, and the documents there are.
struct Books {
    now: Timestamp,
    orders: HashMap<OrderId, order::Model>,
    lines: HashMap<OrderId, Vec<order_item::Model>>,
    stores: HashMap<StoreId, store::Model>,
    documents: HashMap<OrderId, Vec<invoice::Model>>,
}

impl Books {
    /// Reads the orders, held against changes until the end of the transaction, and what belongs to them.
    async fn open(tx: &DatabaseTransaction, ids: &[OrderId], now: Timestamp) -> Result<Self, Fault> {
        let by_ids = order::Entity::find().filter(order::Column::Id.is_in(ids.iter().copied()));
        let orders = by_ids.order_by_asc(order::Column::Id).lock_shared().all(tx).await?;
        let lines = lines_by_order(tx, ids).await?;
        let mut stores: Vec<StoreId> = lines.values().flatten().map(|line| line.store_id).collect();
        stores.sort();
        stores.dedup();
        let stores = store::Entity::find().filter(store::Column::Id.is_in(stores)).all(tx).await?;
        let rows = invoice::Entity::find()
            .filter(invoice::Column::OrderId.is_in(ids.iter().copied()))
            .order_by_asc(invoice::Column::Id)
            .all(tx)
            .await?;
        let mut documents: HashMap<OrderId, Vec<invoice::Model>> = HashMap::new();
        for row in rows {
            documents.entry(row.order_id).or_default().push(row);
        }
        Ok(Self {
            now,
            orders: orders.into_iter().map(|order| (order.id, order)).collect(),
            lines,
            stores: stores.into_iter().map(|store| (store.id, store)).collect(),
            documents,
        })
    }

    fn store(&self, id: StoreId) -> Result<&store::Model, Fault> {
        self.stores.get(&id).ok_or_else(|| Fault::Corrupt(format!("no store {id}")))
    }

    /// An order is billed once, by each of its stores.
    async fn bill(&mut self, tx: &DatabaseTransaction, order: &order::Model) -> Result<(), Fault> {
        if self.documents.get(&order.id).is_some_and(|documents| !documents.is_empty()) {
            return Ok(());
        }
        let lines = self.lines.remove(&order.id).unwrap_or_default();
        for bill in bills(order, &lines) {
            let store = self.store(bill.store)?;
            let document = Document {
                kind: InvoiceKind::Invoice,
                source: order.id.0,
                source_total: order.total_minor,
                refers_to: None,
                sums: bill.sums,
                snapshot: Snapshot::of_invoice(order, store, &bill.lines)?,
            };
            let row = document.issue(tx, order, store, self.now).await?;
            self.documents.entry(order.id).or_default().push(row);
        }
        Ok(())
    }

    /// A refund is credited once, by the stores whose invoices have something left, in the proportion of what is left.
    async fn credit(&mut self, tx: &DatabaseTransaction, order: &order::Model, refund: &refund::Model) -> Result<(), Fault> {
        let documents = self.documents.get(&order.id).map(Vec::as_slice).unwrap_or_default();
        if documents.iter().any(|document| document.source_id == refund.id.0) {
            return Ok(());
        }
        let mut credited: BTreeMap<InvoiceId, i64> = BTreeMap::new();
        for (invoice, note) in documents.iter().filter_map(|note| Some((note.refers_to?, note))) {
            *credited.entry(invoice).or_default() += note.total_minor;
        }
        let before = |invoice: &invoice::Model| credited.get(&invoice.id).copied().unwrap_or(0);
        let invoices: Vec<&invoice::Model> = documents.iter().filter(|document| document.kind == InvoiceKind::Invoice).collect();
        let left: Vec<i64> = invoices.iter().map(|invoice| invoice.total_minor - before(invoice)).collect();
        let amount = refund.amount_minor.min(left.iter().sum());
        let mut notes = Vec::new();
        if amount > 0 {
            for (invoice, part) in invoices.iter().zip(share(amount, &left)).filter(|(_, part)| *part > 0) {
                let store = self.store(invoice.store_id)?;
                let document = Document {
                    kind: InvoiceKind::CreditNote,
                    source: refund.id.0,
                    source_total: amount,
                    refers_to: Some(invoice.id),
                    sums: credit(invoice, before(invoice), part),
                    snapshot: Snapshot::of(invoice)?.of_credit_note(invoice, refund.reason.as_deref()),
                };
                notes.push(document.issue(tx, order, store, self.now).await?);
            }
        }
        self.documents.entry(order.id).or_default().extend(notes);
        Ok(())
    }
}

/// A document before it has a number.
struct Document {
    kind: InvoiceKind,
    source: Uuid,
    source_total: i64,
    refers_to: Option<InvoiceId>,
    sums: Sums,
    snapshot: Snapshot,
}

impl Document {
    async fn issue(
        self,
        tx: &DatabaseTransaction,
        order: &order::Model,
        store: &store::Model,
        now: Timestamp,
    ) -> Result<invoice::Model, Fault> {
        let number = number::next(tx, store, self.kind, now).await?;
        let Sums { subtotal, shipping, tax, discount, total } = self.sums;
        let row = invoice::Model {
            id: InvoiceId::at(now, random_bytes()),
            kind: self.kind,
            number: number.text,
            year: number.year,
            sequence: number.sequence,
            store_id: store.id,
            order_id: order.id,
            customer_id: order.customer_id,
            source_id: self.source,
            refers_to: self.refers_to,
            currency: order.currency.clone(),
            subtotal_minor: subtotal,
            shipping_minor: shipping,
            tax_minor: tax,
            discount_minor: discount,
            total_minor: total,
            source_total_minor: self.source_total,
            snapshot: self.snapshot.to_json()?,
            issued_at: now,
        };
        row.clone().into_active_model().reset_all().insert(tx).await?;
        tracing::info!(invoice = %row.number, order = %order.number, total, "billing document issued");
        Ok(row)
    }
}
