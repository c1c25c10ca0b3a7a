//! Subscriptions: events of orders as they happen, and the progress of bulk operations.

mod run;

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Context, ID, InputObject, Result, Subscription as Subscribes};
use entity::{
    bulk_operation,
    id::{CustomerId, OrderId, StoreId},
};
use futures_util::stream::{self, BoxStream, StreamExt as _};

pub use self::run::{Ended, Subscribed, Wish};
use super::{Here, bulk::BulkOperation, error, event::OrderEvent, order::OrderStatus};
use crate::{
    bulk::{query as bulk, watch::Watch},
    order::{
        live::{Source, Told, Unreadable, Wanted},
        query::Scope,
    },
};

/// Most values of one part of a filter.
const MAX_VALUES: usize = 100;

/// Which events of orders. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OrderEventFilter {
    /// Of this order.
    order: Option<ID>,
    /// Of orders with goods of this store.
    store: Option<ID>,
    /// Of orders of this customer.
    customer: Option<ID>,
    /// Of one of these kinds, such as ORDER_CONFIRMED.
    kind: Option<OrderEventKindFilter>,
    /// Those that brought the order to one of these statuses.
    status: Option<OrderEventStatusFilter>,
}

/// One of some kinds of events.
#[derive(Clone, Debug, InputObject)]
pub struct OrderEventKindFilter {
    /// One of these.
    r#in: Vec<String>,
}

/// One of some statuses.
#[derive(Clone, Debug, InputObject)]
pub struct OrderEventStatusFilter {
    /// One of these.
    r#in: Vec<OrderStatus>,
}

impl OrderEventFilter {
    /// The filter in the domain's values. An id of another type names nothing, so nothing matches.
    fn wanted(self) -> Result<Wanted> {
        let kinds = self.kind.map(|kind| kind.r#in);
        let statuses = self.status.map(|status| status.r#in);
        if kinds.as_ref().is_some_and(|kinds| kinds.len() > MAX_VALUES)
            || statuses.as_ref().is_some_and(|statuses| statuses.len() > MAX_VALUES)
        {
            return Err(error::bad_input("filter", format!("has at most {MAX_VALUES} values of a kind")));
        }
        let order: Option<Option<OrderId>> = self.order.map(|id| id.parse().ok());
        let store: Option<Option<StoreId>> = self.store.map(|id| id.parse().ok());
        let customer: Option<Option<CustomerId>> = self.customer.map(|id| id.parse().ok());
        Ok(Wanted {
            nothing: order == Some(None) || store == Some(None) || customer == Some(None),
            order: order.flatten(),
            store: store.flatten(),
            customer: customer.flatten(),
            kinds,
            statuses: statuses.map(|statuses| statuses.into_iter().map(Into::into).collect()),
        })
    }
}

/// What the execution of a subscription is for: each event is executed by itself, so that it is answered from the rows, the
/// rights and the loaders of its own time.
#[derive(Clone)]
enum Step {
    /// To make what is read from, from the arguments; `resume` goes before the argument `after`.
    Open { resume: Option<String>, opened: Arc<Mutex<Option<Opened>>> },
    /// To answer with one event, seen whole or in part.
    Event { told: Arc<Told>, whole: bool, sees_all: bool },
    /// To answer with how a bulk operation stands.
    Progress(Box<bulk_operation::Model>),
}

/// What a subscription reads from.
enum Opened {
    /// The log.
    Orders(Source),
    /// A bulk operation.
    Bulk(Watch),
}

/// Everything that can be listened to.
#[derive(Default)]
pub struct Subscription;

#[Subscribes]
impl Subscription {
    /// What happens to the orders that you see: your own, those with goods of your stores, or all. With `after` first
    /// everything that happened since, then what happens; each event once, in one order for everyone.
    async fn order_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The cursor of the last event that you have seen; without it, from now on.")] after: Option<String>,
        #[graphql(desc = "Which events; without it, all.")] filter: Option<OrderEventFilter>,
    ) -> Result<BoxStream<'static, OrderEvent>> {
        match ctx.data::<Step>()?.clone() {
            Step::Open { resume, opened } => {
                let here = Here::of(ctx)?;
                Scope::of(here.actor()).map_err(error::denied)?;
                let wanted = filter.unwrap_or_default().wanted()?;
                let source = Source::open(here.app, resume.or(after).as_deref(), wanted).await;
                let source = source.map_err(|unreadable| match unreadable {
                    Unreadable::Cursor => error::bad_input("after", "is not a cursor of an event"),
                    Unreadable::Fault(fault) => error::internal(ctx, &fault),
                })?;
                *opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(Opened::Orders(source));
                Ok(stream::empty().boxed())
            }
            Step::Event { told, whole, sees_all } => {
                let event = OrderEvent::new(told.event.clone(), whole, sees_all);
                Ok(stream::once(async move { event }).boxed())
            }
            Step::Progress(_) => Ok(stream::empty().boxed()),
        }
    }

    /// How a bulk operation that you see stands: now, and whenever that changes. Ends when the operation is over.
    async fn bulk_operation_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The operation's id.")] id: ID,
    ) -> Result<BoxStream<'static, BulkOperation>> {
        match ctx.data::<Step>()?.clone() {
            Step::Open { opened, .. } => {
                let here = Here::of(ctx)?;
                let found = match id.parse() {
                    Ok(id) => bulk::visible(here.app.db.reader(), here.actor(), id).await,
                    Err(_) => here.actor().standing().map(|_| None).map_err(Into::into),
                };
                let row = found.map_err(|unseen| error::unseen(ctx, unseen))?;
                let row = row.ok_or_else(|| error::coded("NOT_FOUND", "Bulk operation not found"))?;
                let watch = Watch::new(here.app, row.id);
                *opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(Opened::Bulk(watch));
                Ok(stream::empty().boxed())
            }
            Step::Progress(row) => Ok(stream::once(async move { BulkOperation::new(*row) }).boxed()),
            Step::Event { .. } => Ok(stream::empty().boxed()),
        }
    }
}
