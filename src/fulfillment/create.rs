//! `fulfillmentCreate`: a store's part of an order, or a part of that, becomes a parcel.

use std::collections::HashSet;

use entity::id::{FulfillmentId, OrderId, OrderItemId, StoreId};
use serde::Serialize;

use super::{
    change::{self, Changed, Code, How},
    scene::{Pieces, Scene},
    state::{self, Move},
    tracking::Tracking,
};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::Origin,
    fault::{Detail, Failure, Refusal},
    order::change::{self as order_change, Terms},
};

/// Most lines of one fulfillment.
const MAX_LINES: usize = 500;

/// Pieces of a line. `None` stands for an id that is not one of a line.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct NewLine {
    /// The order's line.
    pub item: Option<OrderItemId>,
    /// Pieces.
    pub quantity: i64,
}

/// What is to be created.
#[derive(Clone, Debug, Serialize)]
pub struct NewFulfillment {
    /// Whose goods; needed when several stores have something left to send.
    pub store: Option<StoreId>,
    /// What of them; without it everything that is left.
    pub lines: Option<Vec<NewLine>>,
    /// What is known of the parcel.
    pub tracking: Tracking,
    /// Whether it is handed to the carrier at once.
    pub ship: bool,
}

/// Creates a fulfillment.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(
    app: &App,
    origin: &Origin,
    order: OrderId,
    new: NewFulfillment,
    terms: Terms,
) -> Result<Changed, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::FulfillmentCreate, &app.config.orders)?;
    terms.check().map_err(change::of_order)?;
    let tracking = check_input(&new)?;
    let key = terms.key(origin, Right::FulfillmentCreate, &(order, &new)).map_err(change::of_order)?;
    retrying(|| async {
        let now = app.clock.now();
        let id = FulfillmentId::at(now, random_bytes());
        let tx = app.db.begin().await?;
        if let Some(replayed) = change::claim(&tx, origin, key.as_ref(), id, now).await? {
            return Ok(replayed);
        }
        let mut scene = change::open(&tx, origin, order, &terms).await?;
        let (store, lines) = chosen(&scene, origin, reach, &new)?;
        if !state::can_prepare(scene.order.status) {
            return Err(change::wrong_order_status("order", scene.order.status));
        }
        change::expect_free(&scene.order, "order")?;
        let how = How { origin, reason: terms.reason(), now };
        let index = scene.add(&tx, how, Some(id), store, lines, &tracking).await?;
        if new.ship {
            scene.advance(&tx, how, index, Move::Ship, &Tracking::default()).await?;
        }
        scene.settle(&tx, how).await?;
        order_change::finish(tx, terms.dry_run).await?;
        let fulfillment = scene.parcels[index].row.clone();
        Ok(Changed { order: scene.order, fulfillment, replayed: false })
    })
    .await
}

/// Everything that can be said without the database; the tracking data as they are kept.
fn check_input(new: &NewFulfillment) -> Result<Tracking, Failure<Code>> {
    let mut refusals = Vec::new();
    let tracking = new.tracking.cleaned().unwrap_or_else(|problems| {
        refusals.extend(problems);
        Tracking::default()
    });
    let lines = new.lines.as_deref();
    if lines.is_some_and(<[NewLine]>::is_empty) {
        refusals.push(Refusal::new(
            Code::InvalidInput,
            ["lines"],
            "name at least one line, or leave it out for all that is left",
        ));
    }
    if lines.is_some_and(|lines| lines.len() > MAX_LINES) {
        refusals.push(Refusal::new(Code::InvalidInput, ["lines"], format!("has at most {MAX_LINES} lines")));
    }
    let mut seen = HashSet::new();
    for (index, line) in lines.unwrap_or_default().iter().enumerate() {
        let at = |name: &str| ["lines".to_owned(), index.to_string(), name.to_owned()];
        if line.quantity < 1 {
            refusals.push(Refusal::new(Code::InvalidInput, at("quantity"), "must be at least 1"));
        }
        if line.item.is_some_and(|item| !seen.insert(item)) {
            refusals.push(Refusal::new(Code::InvalidInput, at("item"), "is named twice"));
        }
    }
    match refusals.is_empty() {
        true => Ok(tracking),
        false => Err(Failure::Refused(refusals)),
    }
}

/// Whose goods, and which of them: as they are named, or what is left.
fn chosen(scene: &Scene, origin: &Origin, reach: Reach, new: &NewFulfillment) -> Result<(StoreId, Pieces), Failure<Code>> {
    let mine = |store: StoreId| reach == Reach::All || origin.actor.stores().contains(&store);
    let stores: Vec<StoreId> = scene.stores().into_iter().filter(|store| mine(*store)).collect();
    if let Some(store) = new.store.filter(|store| !stores.contains(store)) {
        return Err(Failure::refused(Code::NotFound, ["store"], format!("the order holds no goods of {store}")));
    }
    // A seller who sees the order as its buyer has nothing to send in it.
    if stores.is_empty() && reach == Reach::Own {
        return Err(Failure::refused(Code::Forbidden, ["order"], "the order holds no goods of your stores"));
    }
    match &new.lines {
        Some(lines) => named(scene, &stores, new.store, lines),
        None => rest(scene, stores, new.store),
    }
}

fn rest(scene: &Scene, stores: Vec<StoreId>, store: Option<StoreId>) -> Result<(StoreId, Pieces), Failure<Code>> {
    let stores = match store {
        Some(store) => vec![store],
        None => stores,
    };
    let mut unsent = stores.into_iter().map(|store| (store, scene.unsent(store))).filter(|(_, lines)| !lines.is_empty());
    match (unsent.next(), unsent.next()) {
        (None, _) => Err(Failure::refused(Code::NothingLeft, ["order"], "everything is in fulfillments already")),
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => {
            Err(Failure::refused(Code::StoreRequired, ["store"], "several stores have goods left to send; name one"))
        }
    }
}

fn named(
    scene: &Scene,
    stores: &[StoreId],
    store: Option<StoreId>,
    lines: &[NewLine],
) -> Result<(StoreId, Pieces), Failure<Code>> {
    let left = scene.left();
    let mut sender = store;
    let mut refusals = Vec::new();
    let mut pieces = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let at = |name: &str| ["lines".to_owned(), index.to_string(), name.to_owned()];
        let item = scene.items.iter().find(|item| line.item == Some(item.id) && stores.contains(&item.store_id));
        let Some(item) = item else {
            refusals.push(Refusal::new(Code::NotFound, at("item"), "Line not found in the order"));
            continue;
        };
        if *sender.get_or_insert(item.store_id) != item.store_id {
            refusals.push(Refusal::new(Code::InvalidInput, at("item"), "one fulfillment holds goods of one store"));
            continue;
        }
        let available = left.get(&item.id).copied().unwrap_or_default();
        if line.quantity > available {
            let detail = Detail { available: Some(available), ..Default::default() };
            let message = format!("{available} of {} are left", item.quantity);
            refusals.push(Refusal::new(Code::QuantityExceeded, at("quantity"), message).with(detail));
            continue;
        }
        pieces.push((item.id, line.quantity));
    }
    match sender.filter(|_| refusals.is_empty()) {
        Some(sender) => Ok((sender, pieces)),
        None => Err(Failure::Refused(refusals)),
    }
}
