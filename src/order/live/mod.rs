//! Events of orders as they come: a reader that goes through the log from its position, first what there is, then what
//! comes, missing and doubling nothing.
//!
//! Who sees an event is asked for each one when it is told, not when the reader began.

pub mod about;
pub mod tail;

use std::{collections::VecDeque, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::{
    event,
    id::{CustomerId, OrderId, StoreId},
    order, order_item,
    stored::OrderStatus,
};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

pub use self::tail::{Tail, Told};
use crate::{
    app::App,
    event::{feed, query::changes},
    fault::Fault,
    order::query::Scope,
};

/// What cursors begin with before they are encoded.
const CURSOR: &str = "event:";

/// The cursor of a position.
pub fn cursor(position: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{CURSOR}{position}"))
}

/// The position of a cursor; `None` for what [`cursor`] would not write.
pub fn position(cursor: &str) -> Option<i64> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let position: i64 = std::str::from_utf8(&bytes).ok()?.strip_prefix(CURSOR)?.parse().ok()?;
    (position >= 0 && self::cursor(position) == cursor).then_some(position)
}

/// Which events a reader wants; all that is given holds.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Of this order.
    pub order: Option<OrderId>,
    /// Of orders with goods of this store.
    pub store: Option<StoreId>,
    /// Of orders of this customer.
    pub customer: Option<CustomerId>,
    /// Of one of these kinds.
    pub kinds: Option<Vec<String>>,
    /// Those that brought the order to one of these statuses.
    pub statuses: Option<Vec<OrderStatus>>,
    /// An id named nothing: no event at all.
    pub nothing: bool,
}

impl Wanted {
    fn takes(&self, told: &Told) -> bool {
        let event = &told.event;
        !self.nothing
            && self.order.is_none_or(|order| event.order_id == Some(order))
            && self.store.is_none_or(|store| told.about.stores.contains(&store))
            && self.customer.is_none_or(|customer| told.about.customer == Some(customer))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind))
            && self.statuses.as_ref().is_none_or(|statuses| {
                let reached = changes(event).into_iter().find(|change| change.field == "status").map(|change| change.new);
                reached
                    .as_ref()
                    .and_then(serde_json::Value::as_str)
                    .is_some_and(|reached| statuses.iter().any(|status| status.as_str() == reached))
            })
    }

    /// What of this the database can say.
    fn condition(&self) -> Condition {
        let mut condition = Condition::all();
        if let Some(order) = self.order {
            condition = condition.add(event::Column::OrderId.eq(order));
        }
        if let Some(kinds) = &self.kinds {
            condition = condition.add(event::Column::Kind.is_in(kinds));
        }
        condition
    }
}

/// A reader of the log.
pub struct Source {
    app: App,
    wanted: Wanted,
    /// Everything up to here was read.
    reached: i64,
    pending: VecDeque<Arc<Told>>,
}

/// Why a reader cannot begin.
#[derive(Debug)]
pub enum Unreadable {
    /// The cursor is none, or not of this log.
    Cursor,
    /// The service failed.
    Fault(Fault),
}

impl Source {
    /// A reader of what comes after a cursor, or from now on.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub(crate) async fn open(app: &App, after: Option<&str>, wanted: Wanted) -> Result<Self, Unreadable> {
        let asked = after.map(|cursor| position(cursor).ok_or(Unreadable::Cursor)).transpose()?;
        let head = feed::head(app.db.reader()).await.map_err(|error| Unreadable::Fault(error.into()))?;
        if asked.is_some_and(|asked| asked > head) {
            return Err(Unreadable::Cursor);
        }
        app.feed.advance(head);
        Ok(Self { app: app.clone(), wanted, reached: asked.unwrap_or(head), pending: VecDeque::new() })
    }

    /// The next event that was read and is wanted.
    pub fn pop(&mut self) -> Option<Arc<Told>> {
        loop {
            let told = self.pending.pop_front()?;
            if self.wanted.takes(&told) {
                return Some(told);
            }
        }
    }

    /// Waits until the log is longer than what was read.
    pub(crate) async fn ready(&self) {
        let reached = self.reached;
        // The sender lives as long as the service.
        let _ = self.app.feed.head().wait_for(|head| *head > reached).await;
    }

    /// Reads on. The scope only spares reading what would not be told; it is asked again for each event.
    ///
    /// # Errors
    /// When the database fails; then nothing is lost and it can be called again.
    pub(crate) async fn read(&mut self, scope: &Scope) -> Result<(), Fault> {
        let batch = match self.app.tail.after(&self.app, self.reached).await? {
            Some(batch) => batch,
            None => {
                let head = *self.app.feed.head().borrow();
                let condition = self.wanted.condition().add(in_scope(scope));
                tail::read(self.app.db.reader(), self.reached, head, condition).await?
            }
        };
        self.reached = self.reached.max(batch.reached);
        self.pending.extend(batch.events);
        Ok(())
    }
}

/// Events of orders that a scope sees, and of those that are gone: whom these concerned is in the log.
fn in_scope(scope: &Scope) -> Condition {
    let Scope::Own { customer, stores } = scope else { return Condition::all() };
    let orders = || order::Entity::find().select_only().column(order::Column::Id);
    let gone = event::Column::OrderId.not_in_subquery(orders().into_query());
    let mut any = Condition::any().add(gone);
    if let Some(customer) = customer {
        let own = orders().filter(order::Column::CustomerId.eq(*customer)).into_query();
        any = any.add(event::Column::OrderId.in_subquery(own));
    }
    if !stores.is_empty() {
        let sold = order_item::Entity::find()
            .select_only()
            .column(order_item::Column::OrderId)
            .filter(order_item::Column::StoreId.is_in(stores.iter().copied()))
            .into_query();
        any = any.add(event::Column::OrderId.in_subquery(sold));
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_read_back_and_nothing_else_is() {
        for at in [0, 1, 500, i64::MAX] {
            assert_eq!(position(&cursor(at)), Some(at));
        }
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for wrong in ["", "5", "event:5", "é", &encoded("event:-1"), &encoded("event:05"), &encoded("event:"), &encoded("page:5")]
        {
            assert_eq!(position(wrong), None, "{wrong}");
        }
    }
}
