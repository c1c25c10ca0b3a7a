//! Reading billing documents: staff see all, sellers those of own stores, buyers those of own orders.

use std::collections::HashMap;

use entity::{
    id::{InvoiceId, OrderId, StoreId},
    invoice,
    stored::InvoiceKind,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, sea_query::Expr};

use crate::{
    auth::actor::Actor,
    fault::{Denied, Fault},
    order::{filter::Range, query::Unseen},
    page::{self, Page, PageError, PageRequest, SortKey},
};

/// Which documents. The inner `None` of an id stands for one of another type: it names nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of a store.
    pub store: Option<Option<StoreId>>,
    /// Of an order.
    pub order: Option<Option<OrderId>>,
    /// Invoices or credit notes.
    pub kind: Option<InvoiceKind>,
    /// By its exact number.
    pub number: Option<String>,
    /// By when it was issued.
    pub issued_at: Option<Range<Timestamp>>,
}

impl Filter {
    /// The filter as a condition on `invoices`.
    fn condition(&self) -> Condition {
        use invoice::Column as C;
        let nothing = || Condition::all().add(Expr::value(false));
        let mut all = Condition::all();
        if let Some(store) = self.store {
            all = all.add(store.map_or_else(nothing, |id| Condition::all().add(C::StoreId.eq(id))));
        }
        if let Some(order) = self.order {
            all = all.add(order.map_or_else(nothing, |id| Condition::all().add(C::OrderId.eq(id))));
        }
        if let Some(kind) = self.kind {
            all = all.add(C::Kind.eq(kind));
        }
        if let Some(number) = &self.number {
            all = all.add(C::Number.eq(number.trim()));
        }
        if let Some(range) = &self.issued_at {
            all = all.add(range.condition(C::IssuedAt));
        }
        all
    }
}

/// The documents a caller sees, as a condition on `invoices`.
///
/// # Errors
/// [`Denied::Unauthenticated`] for nobody.
pub fn visible_to(actor: &Actor) -> Result<Condition, Denied> {
    if actor.sees_all() {
        return Ok(Condition::all());
    }
    let standing = actor.standing()?;
    let mut any = Condition::any().add(Expr::value(false));
    if let Some(customer) = standing.customer {
        any = any.add(invoice::Column::CustomerId.eq(customer));
    }
    if !standing.stores.is_empty() {
        any = any.add(invoice::Column::StoreId.is_in(standing.stores.iter().copied()));
    }
    Ok(any)
}

/// A document the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: InvoiceId) -> Result<Option<invoice::Model>, Unseen> {
    Ok(invoice::Entity::find_by_id(id).filter(visible_to(actor)?).one(conn).await?)
}

/// A document whoever asks: for a link that was signed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, id: InvoiceId) -> Result<Option<invoice::Model>, Fault> {
    Ok(invoice::Entity::find_by_id(id).one(conn).await?)
}

/// The documents of several orders, oldest first.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<invoice::Model>>, Fault> {
    use invoice::Column as C;
    let rows = invoice::Entity::find()
        .filter(C::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(C::IssuedAt)
        .order_by_desc(C::Kind)
        .order_by_asc(C::Number)
        .all(conn)
        .await?;
    let mut by_order: HashMap<OrderId, Vec<invoice::Model>> = HashMap::new();
    for row in rows {
        by_order.entry(row.order_id).or_default().push(row);
    }
    Ok(by_order)
}

/// A page of the documents a caller sees, newest first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    visible: Condition,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<invoice::Model>, PageError> {
    use invoice::Column as C;
    let issued = SortKey::column("issuedAt", C::IssuedAt, true, |row: &invoice::Model| row.issued_at.0.into());
    let keys = page::ending_in_id(vec![issued], C::Id, |row: &invoice::Model| row.id.0.into());
    let select = invoice::Entity::find().filter(visible).filter(filter.condition());
    page::fetch(conn, select, &keys, request).await
}
