//! Reads the log and writes down who is to be told of what. Costs one small query where nobody wants anything.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use entity::{
    event,
    id::{OrderId, StoreId, WebhookEndpointId},
    order_item,
    stored::{ActorKind, EventSubject, WebhookStatus},
    webhook_delivery, webhook_endpoint,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::{filter::wants, query::wanted, queue};
use crate::{app::App, event::consumer::Consumer, fault::Fault};

/// The reader of the log for webhooks.
pub struct Webhooks;

#[async_trait]
impl Consumer for Webhooks {
    fn name(&self) -> &'static str {
        "webhooks"
    }

    async fn apply(&self, app: &App, tx: &DatabaseTransaction, events: &[event::Model]) -> Result<(), Fault> {
        let endpoints = webhook_endpoint::Entity::find()
            .filter(webhook_endpoint::Column::Status.eq(WebhookStatus::Active))
            .order_by_asc(webhook_endpoint::Column::Id)
            .all(tx)
            .await?;
        let now = app.clock.now();
        for (endpoint, event) in matches(tx, &endpoints, events).await? {
            queue::add(tx, endpoint, event, now).await?;
        }
        Ok(())
    }
}

/// Whether anybody is told of an event at all: not of what an import brings from the past, nor of these endpoints
/// themselves, whose addresses are their owners' matter.
pub fn is_told(event: &event::Model) -> bool {
    event.actor != ActorKind::Import && !matches!(event.subject, EventSubject::WebhookEndpoint | EventSubject::Export)
}

/// Which endpoint is to be told of which event, in the order of the log.
pub(super) async fn matches<'a>(
    tx: &DatabaseTransaction,
    endpoints: &'a [webhook_endpoint::Model],
    events: &'a [event::Model],
) -> Result<Vec<(&'a webhook_endpoint::Model, &'a event::Model)>, Fault> {
    let lists: Vec<(&webhook_endpoint::Model, Vec<String>)> =
        endpoints.iter().map(|endpoint| (endpoint, wanted(endpoint))).collect();
    let mut pairs: Vec<(&webhook_endpoint::Model, &event::Model)> = Vec::new();
    for event in events.iter().filter(|event| is_told(event)) {
        pairs.extend(lists.iter().filter(|(_, list)| wants(list, &event.kind)).map(|(endpoint, _)| (*endpoint, event)));
    }
    let scoped: BTreeSet<OrderId> =
        pairs.iter().filter(|(endpoint, _)| endpoint.store_id.is_some()).filter_map(|(_, event)| event.order_id).collect();
    let concerned = Concerned::of(tx, scoped).await?;
    pairs.retain(|(endpoint, event)| match (endpoint.store_id, event.order_id) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(store), Some(order)) => concerned.has(order, store, endpoint.id),
    });
    Ok(pairs)
}

/// Whom orders concern: the stores of their lines and, for those whose lines are gone, the endpoints that were told before.
#[derive(Default)]
struct Concerned {
    stores: HashMap<OrderId, BTreeSet<StoreId>>,
    told: BTreeSet<(OrderId, WebhookEndpointId)>,
}

impl Concerned {
    async fn of(tx: &DatabaseTransaction, orders: BTreeSet<OrderId>) -> Result<Self, Fault> {
        let mut concerned = Self::default();
        if orders.is_empty() {
            return Ok(concerned);
        }
        let lines: Vec<(OrderId, StoreId)> = order_item::Entity::find()
            .select_only()
            .columns([order_item::Column::OrderId, order_item::Column::StoreId])
            .filter(order_item::Column::OrderId.is_in(orders.iter().copied()))
            .distinct()
            .into_tuple()
            .all(tx)
            .await?;
        for (order, store) in lines {
            concerned.stores.entry(order).or_default().insert(store);
        }
        let gone: Vec<OrderId> = orders.into_iter().filter(|order| !concerned.stores.contains_key(order)).collect();
        if !gone.is_empty() {
            use webhook_delivery::Column as C;
            let told: Vec<(OrderId, WebhookEndpointId)> = webhook_delivery::Entity::find()
                .select_only()
                .columns([C::OrderId, C::EndpointId])
                .filter(C::OrderId.is_in(gone))
                .distinct()
                .into_tuple()
                .all(tx)
                .await?;
            concerned.told = told.into_iter().collect();
        }
        Ok(concerned)
    }

    fn has(&self, order: OrderId, store: StoreId, endpoint: WebhookEndpointId) -> bool {
        self.stores.get(&order).is_some_and(|stores| stores.contains(&store)) || self.told.contains(&(order, endpoint))
    }
}

/// The events of a batch that an endpoint is to be told of once more, for a replay.
pub(super) async fn matching<'a>(
    tx: &DatabaseTransaction,
    endpoint: &'a webhook_endpoint::Model,
    events: &'a [event::Model],
) -> Result<Vec<&'a event::Model>, Fault> {
    let pairs = matches(tx, std::slice::from_ref(endpoint), events).await?;
    Ok(pairs.into_iter().map(|(_, event)| event).collect())
}
