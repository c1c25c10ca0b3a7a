//! An order under lock with its goods and its fulfillments: what a change looks at, and how it writes and tells what it did.

use std::collections::{HashMap, HashSet};

use entity::{
    fulfillment, fulfillment_line,
    id::{FulfillmentId, OrderItemId, ProductId, StoreId},
    order, order_item, product, shipping_method,
    stored::{FulfillmentState, ShippingProvider},
};
use sea_orm::{
    ActiveModelTrait as _, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel as _, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde_json::{Value, json};

use super::{
    change::How,
    query,
    state::{self, Move, Sent, Stage, Wanted},
    tracking::Tracking,
};
use crate::{
    clock::random_bytes,
    event::Change,
    fault::Fault,
    order::{change as order_change, search, state as order_state},
};

/// Pieces by line of an order.
pub type Pieces = Vec<(OrderItemId, i64)>;

/// A fulfillment with its lines.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// The fulfillment.
    pub row: fulfillment::Model,
    /// Pieces by line of the order.
    pub lines: Pieces,
}

impl Parcel {
    /// The fulfillment as events tell it.
    fn document(&self, order: &order::Model) -> Value {
        let lines: Vec<Value> = self.lines.iter().map(|(item, quantity)| json!({ "item": item, "quantity": quantity })).collect();
        json!({
            "id": self.row.id,
            "number": number(order, &self.row),
            "store": self.row.store_id,
            "status": self.row.status,
            "lines": lines,
            "carrier": self.row.carrier,
            "trackingNumber": self.row.tracking_number,
            "trackingUrl": self.row.tracking_url,
            "estimatedDelivery": self.row.estimated_delivery,
        })
    }
}

/// The number of a fulfillment: its order's, and its place in it.
pub fn number(order: &order::Model, row: &fulfillment::Model) -> String {
    format!("{}-F{}", order.number, row.position + 1)
}

/// An order, locked, with what belongs to it.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The order as it is now.
    pub order: order::Model,
    /// Its lines, in their order.
    pub items: Vec<order_item::Model>,
    /// Its fulfillments, in their order.
    pub parcels: Vec<Parcel>,
    /// What of the lines must be sent, in their order.
    wanted: Vec<Wanted>,
}

impl Scene {
    /// Reads what belongs to a locked order.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn of(tx: &DatabaseTransaction, order: order::Model) -> Result<Self, Fault> {
        let items = order_item::Entity::find()
            .filter(order_item::Column::OrderId.eq(order.id))
            .order_by_asc(order_item::Column::Position)
            .all(tx)
            .await?;
        let rows = query::by_order(tx, &[order.id]).await?.remove(&order.id).unwrap_or_default();
        let ids: Vec<FulfillmentId> = rows.iter().map(|row| row.id).collect();
        let mut lines = query::lines(tx, &ids).await?;
        let parcels = rows.into_iter().map(|row| {
            let lines = lines.remove(&row.id).unwrap_or_default();
            let lines = lines.into_iter().map(|line| (line.order_item_id, i64::from(line.quantity))).collect();
            Parcel { row, lines }
        });
        let parcels = parcels.collect();
        let wanted = wanted(tx, &items).await?;
        Ok(Self { order, items, parcels, wanted })
    }

    fn sent(&self) -> Vec<Sent> {
        self.parcels.iter().map(|parcel| Sent { state: parcel.row.status, lines: parcel.lines.clone() }).collect()
    }

    /// How far the goods are.
    pub fn stage(&self) -> Option<Stage> {
        state::stage(&self.wanted, &self.sent())
    }

    /// Pieces that are in no fulfillment yet, by line; what need not be sent too.
    pub fn left(&self) -> HashMap<OrderItemId, i64> {
        let sent = self.sent();
        self.wanted.iter().map(|line| (line.item, state::left(line, &sent))).collect()
    }

    /// What a store has still to send: pieces by line.
    pub fn unsent(&self, store: StoreId) -> Pieces {
        let left = self.left();
        let lines = self.items.iter().zip(&self.wanted).filter(|(item, wanted)| item.store_id == store && wanted.must_ship);
        let lines = lines.map(|(item, _)| (item.id, left.get(&item.id).copied().unwrap_or_default()));
        lines.filter(|(_, quantity)| *quantity > 0).collect()
    }

    /// The stores that have lines in the order, in the order of their ids.
    pub fn stores(&self) -> Vec<StoreId> {
        let mut stores: Vec<StoreId> = self.items.iter().map(|item| item.store_id).collect();
        stores.sort();
        stores.dedup();
        stores
    }

    /// Writes a new fulfillment of a store and tells of it; its place among the others.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn add(
        &mut self,
        tx: &DatabaseTransaction,
        how: How<'_>,
        id: Option<FulfillmentId>,
        store: StoreId,
        lines: Pieces,
        tracking: &Tracking,
    ) -> Result<usize, Fault> {
        let mut row = fulfillment::Model {
            id: id.unwrap_or_else(|| FulfillmentId::at(how.now, random_bytes())),
            order_id: self.order.id,
            store_id: store,
            position: self.parcels.last().map_or(0, |parcel| parcel.row.position + 1),
            status: FulfillmentState::Pending,
            carrier: None,
            tracking_number: None,
            tracking_url: None,
            label_url: None,
            provider: ShippingProvider::Manual,
            provider_reference: None,
            estimated_delivery: None,
            shipped_at: None,
            delivered_at: None,
            created_at: how.now,
            updated_at: how.now,
        };
        tracking.apply(&mut row);
        fulfillment::Entity::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
        let rows = lines.iter().map(|(item, quantity)| {
            let quantity = i32::try_from(*quantity).unwrap_or(i32::MAX);
            fulfillment_line::Model { fulfillment_id: row.id, order_item_id: *item, quantity }.into_active_model()
        });
        fulfillment_line::Entity::insert_many(rows).exec_without_returning(tx).await?;
        self.parcels.push(Parcel { row, lines });
        let index = self.parcels.len() - 1;
        self.tell(tx, how, "FULFILLMENT_CREATED", index, None).await?;
        Ok(index)
    }

    /// Changes the row of a fulfillment and tells of it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn change(
        &mut self,
        tx: &DatabaseTransaction,
        how: How<'_>,
        index: usize,
        kind: &'static str,
        edit: impl FnOnce(&mut fulfillment::Model),
    ) -> Result<(), Fault> {
        let Some(parcel) = self.parcels.get(index) else { return Err(Fault::Internal("no such fulfillment".into())) };
        let before = parcel.clone();
        let mut row = before.row.clone();
        edit(&mut row);
        row.updated_at = how.now;
        let row = row.into_active_model().reset_all().update(tx).await?;
        self.parcels[index].row = row;
        self.tell(tx, how, kind, index, Some(before)).await
    }

    /// Moves a fulfillment on and tells of it.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn advance(
        &mut self,
        tx: &DatabaseTransaction,
        how: How<'_>,
        index: usize,
        to: Move,
        tracking: &Tracking,
    ) -> Result<(), Fault> {
        let estimate = match to {
            Move::Ship => self.estimate(tx, how).await?,
            Move::OutForDelivery | Move::Deliver | Move::Cancel => None,
        };
        self.change(tx, how, index, to.event(), |row| {
            row.status = to.target();
            tracking.apply(row);
            if state::has_left(row.status) && row.shipped_at.is_none() {
                row.shipped_at = Some(how.now);
            }
            if row.status == FulfillmentState::Delivered {
                row.delivered_at = Some(how.now);
            }
            if row.estimated_delivery.is_none() {
                row.estimated_delivery = estimate;
            }
        })
        .await
    }

    /// The day on which what is shipped now should come, by the order's way of shipping (ORD-30).
    async fn estimate(&self, tx: &DatabaseTransaction, how: How<'_>) -> Result<Option<String>, Fault> {
        let Some(id) = self.order.shipping_method_id else { return Ok(None) };
        let method = shipping_method::Entity::find_by_id(id).one(tx).await?;
        Ok(method.map(|method| {
            let days = (method.estimated_days - method.handling_days.unwrap_or(0)).max(0);
            how.now.plus_seconds(i64::from(days) * 86_400).datetime().format("%Y-%m-%d").to_string()
        }))
    }

    /// Brings the order to the status that follows from its fulfillments, each step with its own event.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn settle(&mut self, tx: &DatabaseTransaction, how: How<'_>) -> Result<(), Fault> {
        let Some(stage) = self.stage() else { return Ok(()) };
        for to in state::steps(self.order.status, stage) {
            let mut after = self.order.clone();
            after.status = to;
            after.fulfillment_status = stage.fulfillment_status();
            let changes = [Change::new("status", self.order.status.as_str(), to.as_str())];
            let kind = order_state::event_of(to);
            self.order = order_change::store(tx, how.origin, &self.order, after, kind, how.reason, &changes, how.now).await?;
        }
        Ok(())
    }

    /// Stores what a change of a fulfillment means for its order, and the event that tells both.
    async fn tell(
        &mut self,
        tx: &DatabaseTransaction,
        how: How<'_>,
        kind: &'static str,
        index: usize,
        before: Option<Parcel>,
    ) -> Result<(), Fault> {
        let Some(parcel) = self.parcels.get(index) else { return Err(Fault::Internal("no such fulfillment".into())) };
        let order = &self.order;
        let mut after = order.clone();
        if state::follows(order.status) {
            after.fulfillment_status = match self.stage() {
                Some(stage) => stage.fulfillment_status(),
                None => order_state::fulfillment_of(order.status, order.fulfillment_status),
            };
        }
        let old_number = before.as_ref().and_then(|before| before.row.tracking_number.as_deref());
        let new_number = parcel.row.tracking_number.as_deref();
        if old_number != new_number {
            // The order shows that of its latest parcel; one that was given to the order itself stays while parcels have none.
            let live = self.parcels.iter().rev().filter(|parcel| state::is_live(parcel.row.status));
            let latest = live.filter_map(|parcel| parcel.row.tracking_number.clone()).next();
            if latest.is_some() || order.tracking_number.as_deref() == old_number {
                after.tracking_number = latest;
            }
            after.search_text = search::renewed(tx, &after).await?;
        }
        // What was promised for the whole order is never made earlier by one of its parcels.
        let estimate = parcel.row.estimated_delivery.as_ref().filter(|_| state::is_live(parcel.row.status));
        if estimate > order.estimated_delivery.as_ref() {
            after.estimated_delivery = estimate.cloned();
        }
        let mut changes =
            vec![Change::new("fulfillment", before.map_or(Value::Null, |before| before.document(order)), parcel.document(order))];
        let compared = [
            Change::new("fulfillmentStatus", order.fulfillment_status.as_str(), after.fulfillment_status.as_str()),
            Change::new("trackingNumber", order.tracking_number.clone(), after.tracking_number.clone()),
            Change::new("estimatedDelivery", order.estimated_delivery.clone(), after.estimated_delivery.clone()),
        ];
        changes.extend(compared.into_iter().filter(|change| change.old != change.new));
        self.order = order_change::store(tx, how.origin, order, after, kind, how.reason, &changes, how.now).await?;
        Ok(())
    }
}

/// What of the lines must be sent: goods one can hold, and all of an order that has none. A product that was deleted counts
/// as one.
async fn wanted(tx: &DatabaseTransaction, items: &[order_item::Model]) -> Result<Vec<Wanted>, Fault> {
    let mut products: Vec<ProductId> = items.iter().filter_map(|item| item.product_id).collect();
    products.sort();
    products.dedup();
    let digital: Vec<ProductId> = product::Entity::find()
        .select_only()
        .column(product::Column::Id)
        .filter(product::Column::Id.is_in(products))
        .filter(product::Column::IsPhysical.eq(false))
        .into_tuple()
        .all(tx)
        .await?;
    let digital: HashSet<ProductId> = digital.into_iter().collect();
    let is_digital = |item: &order_item::Model| item.product_id.is_some_and(|product| digital.contains(&product));
    let all_digital = items.iter().all(is_digital);
    let wanted = items.iter().map(|item| Wanted {
        item: item.id,
        quantity: i64::from(item.quantity),
        must_ship: all_digital || !is_digital(item),
    });
    Ok(wanted.collect())
}
