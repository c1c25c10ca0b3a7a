//! `orderCreate`: one order, or one per store, in one transaction (ORD-05, ORD-06, C-06, C-16, C-37, C-40).

mod input;
mod parts;
mod stores;

use entity::{
    id::{OrderGroupId, OrderId},
    order, order_item,
    stored::OrderType,
};
use sea_orm::DatabaseTransaction;

use super::{
    draft::{Draft, OrderParts},
    group::{self, Group},
    number::Number,
    place, query,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    config::MultiStorePolicy,
    db::retrying,
    event::{Change, Origin},
    fault::{Failure, Fault},
    idempotency::{Claim, Key, KeyRefused},
};
use input::check_input;
use parts::{addresses, buyer, find_goods, shipping};

pub(super) use input::address_problem;
pub use input::{MAX_LINES, MAX_NOTE, MAX_QUANTITY, NewCustomer, NewLine, NewOrder};
pub(super) use parts::resolve_address;
pub(super) use stores::named_by;

/// Why an order was not created.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Without lines there is no order.
    Empty,
    /// Too many lines.
    TooManyItems,
    /// Not so many pieces left.
    InsufficientStock,
    /// No such thing, or not the caller's.
    NotFound,
    /// The product is not on sale.
    NotSellable,
    /// Below 1 or beyond the limit.
    InvalidQuantity,
    /// The price is another one than expected.
    PriceChanged,
    /// Not an amount of the currency.
    InvalidAmount,
    /// Lines, shipping and sums must share one currency.
    CurrencyMismatch,
    /// An order here is of one store.
    MultipleStores,
    /// Physical goods need an address.
    AddressRequired,
    /// Not an address.
    InvalidAddress,
    /// The customer may not buy.
    CustomerBlocked,
    /// Only staff may give this.
    Forbidden,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

/// An order that was placed.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The order.
    pub order: order::Model,
    /// Its lines when it was just created; of a replayed answer they are read.
    pub items: Option<Vec<order_item::Model>>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Created {
    /// The order; or one for each store, where the shop wants it so.
    pub orders: Vec<Placed>,
    /// What ties them, when there are several.
    pub group: Option<Group>,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// What came of one try.
enum Try {
    Done(Created),
    /// So many numbers are needed.
    Short(usize),
}

/// Creates an order; of goods of several stores one order per store, where the shop wants it so.
///
/// # Errors
/// [`Code`] for the business, [`crate::fault::Denied`] for nobody.
pub(crate) async fn create(
    app: &App,
    origin: &Origin,
    new: NewOrder,
    key: Option<&str>,
    dry_run: bool,
) -> Result<Created, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::OrderCreate, &app.config.orders)?;
    check_input(&new, reach, origin)?;
    let key = match key {
        Some(key) => Some(Key::new(&origin.actor, Right::OrderCreate, key, &new).map_err(key_refused)?),
        None => None,
    };
    let now = app.clock.now();
    let placed_at = new.placed_at.unwrap_or(now);
    // Taken before the transaction: nobody waits for another order's commit to get a number.
    let mut numbers = vec![app.numbers.take(&app.db, placed_at, now).await?];
    let outcome = loop {
        match retrying(|| create_once(app, origin, &new, key.as_ref(), &numbers, dry_run)).await {
            Ok(Try::Done(created)) => break Ok(created),
            Ok(Try::Short(needed)) => {
                while numbers.len() < needed {
                    numbers.push(app.numbers.take(&app.db, placed_at, now).await?);
                }
            }
            Err(failure) => break Err(failure),
        }
    };
    // A fault may have come after the commit: then the numbers are borne by orders, and are not handed out again.
    let borne = match &outcome {
        Ok(created) if created.replayed || dry_run => 0,
        Ok(created) => created.orders.len(),
        Err(Failure::Refused(_) | Failure::Denied(_)) => 0,
        Err(Failure::Fault(_)) => numbers.len(),
    };
    for number in numbers.into_iter().skip(borne) {
        app.numbers.give_back(number).await;
    }
    outcome
}

fn key_refused(refused: KeyRefused) -> Failure<Code> {
    match refused {
        KeyRefused::Invalid => Failure::refused(Code::InvalidInput, ["idempotencyKey"], "must have 1 to 255 characters"),
        KeyRefused::Reused => {
            Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], "this key was used with other input")
        }
    }
}

async fn create_once(
    app: &App,
    origin: &Origin,
    new: &NewOrder,
    key: Option<&Key>,
    numbers: &[Number],
    dry_run: bool,
) -> Result<Try, Failure<Code>> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    // The key's answer is the first order.
    let first = OrderId::at(now, random_bytes());
    if let Some(key) = key {
        match key.claim(&tx, first.to_string(), now).await? {
            Claim::Fresh => {}
            Claim::Reused => return Err(key_refused(KeyRefused::Reused)),
            Claim::Replay(answer) => return replayed(&tx, &answer).await.map(Try::Done),
        }
    }
    let customer = buyer(&tx, origin, new, now).await?;
    let goods = find_goods(&tx, &new.items).await?;
    let policy = app.config.orders.multi_store;
    if policy == MultiStorePolicy::Reject {
        stores::expect_one(&new.items, &goods)?;
    }
    let mut draft = Draft::of(origin, new, &goods)?;
    draft.ship(shipping(&tx, new, draft.currency).await?);
    draft.totals()?;
    let (shipping_address, billing_address) = addresses(&tx, new, customer.id).await?;
    if draft.is_physical && new.kind != Some(OrderType::Pickup) && shipping_address.is_none() {
        return Err(Failure::refused(Code::AddressRequired, ["shippingAddress"], "physical goods need a shipping address"));
    }
    let currency = draft.currency;
    let drafts = match policy {
        MultiStorePolicy::Split => draft.per_store(),
        MultiStorePolicy::Allow | MultiStorePolicy::Reject => vec![draft],
    };
    if numbers.len() < drafts.len() {
        tx.rollback().await?;
        return Ok(Try::Short(drafts.len()));
    }
    let ids: Vec<OrderId> =
        (0..drafts.len()).map(|place| if place == 0 { first } else { OrderId::at(now, random_bytes()) }).collect();
    let group = (ids.len() > 1).then(|| Group::new(OrderGroupId::at(now, random_bytes()), currency.code(), ids.clone(), now));
    let mut orders = Vec::with_capacity(drafts.len());
    for ((draft, id), number) in drafts.iter().zip(ids).zip(numbers) {
        let order = draft.order(OrderParts {
            new,
            rules: &app.config.orders,
            id,
            number,
            customer: &customer,
            shipping_address: shipping_address.clone(),
            billing_address: billing_address.clone(),
            now,
        })?;
        let items = draft.items(&order);
        let mut changes = draft.changes(&order);
        changes.extend(group.as_ref().map(|group| Change::new("group", serde_json::Value::Null, group.row.id.to_string())));
        place::place(&tx, origin, &order, items.clone(), &changes, now).await?;
        orders.push(Placed { order, items: Some(items) });
    }
    if let Some(group) = &group {
        group::write(&tx, group).await?;
    }
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
        for Placed { order, .. } in &orders {
            tracing::info!(order = %order.number, total = order.total_minor, currency = order.currency, "order created");
        }
    }
    Ok(Try::Done(Created { orders, group, replayed: false }))
}

/// What the call that a key was used for first created, as it is now.
async fn replayed(tx: &DatabaseTransaction, answer: &str) -> Result<Created, Failure<Code>> {
    let first: OrderId = answer.parse().map_err(|_| Fault::Corrupt(format!("idempotent answer {answer}")))?;
    let group = group::by_order(tx, &[first]).await?.remove(&first);
    let mut orders = Vec::new();
    for id in group.as_ref().map_or_else(|| vec![first], |group| group.orders.clone()) {
        orders.extend(query::by_id(tx, id).await?.map(|order| Placed { order, items: None }));
    }
    match orders.is_empty() {
        true => Err(Failure::refused(Code::NotFound, ["idempotencyKey"], "the order of this key was deleted")),
        false => Ok(Created { orders, group, replayed: true }),
    }
}
