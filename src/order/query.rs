//! Reading orders. Every read begins with who asks: what the caller may not see does not exist (PERM-04, STORE-02).

use std::collections::HashMap;

use entity::{
    fulfillment,
    id::{CustomerId, OrderId, StoreId},
    order, order_item, payment,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect as _,
    QueryTrait as _,
    sea_query::{Expr, ExprTrait as _, IntoColumnRef},
};

use super::{
    filter::{Part, of_stores},
    list::SortField,
    read::{self, Whole, With},
};
use crate::{
    auth::actor::Actor,
    db::is_one_of,
    fault::{Denied, Failure, Fault},
    search::Needle,
};

/// Which orders a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Own purchases and orders with goods of own stores.
    Own {
        /// The customer the caller buys as.
        customer: Option<CustomerId>,
        /// The stores the caller sells for.
        stores: Vec<StoreId>,
    },
}

impl Scope {
    /// The scope of a caller.
    ///
    /// # Errors
    /// [`Denied::Unauthenticated`] for nobody.
    pub fn of(actor: &Actor) -> Result<Self, Denied> {
        if actor.sees_all() {
            return Ok(Self::All);
        }
        let standing = actor.standing()?;
        Ok(Self::Own { customer: standing.customer, stores: standing.stores.clone() })
    }

    /// The scope as a condition on `orders`, judged order by order.
    pub fn condition(&self) -> Condition {
        self.part().map_or_else(Condition::all, |part| part.each)
    }

    /// The scope as a condition of a list; nothing when it is all orders.
    pub fn part(&self) -> Option<Part> {
        let Self::Own { customer, stores } = self else { return None };
        let bought = self.own_purchases();
        Some(match (bought, stores.as_slice()) {
            (None, []) => Part::key(Condition::all().add(Expr::value(false))),
            (Some(bought), []) => Part::indexed(bought).sorted_by(&[SortField::PlacedAt]),
            (None, stores) => of_stores(stores),
            (Some(bought), stores) => of_stores(stores).or_of_customer(bought, *customer),
        })
    }

    /// Whether an order with these lines is in the scope: the same as [`Scope::condition`], for an order at hand.
    pub fn sees(&self, order: &order::Model, lines: &[order_item::Model]) -> bool {
        match self {
            Self::All => true,
            Self::Own { customer, stores } => {
                let own = customer.is_some() && *customer == order.customer_id;
                own || lines.iter().any(|line| stores.contains(&line.store_id))
            }
        }
    }

    /// The caller's own purchases, if the caller is a customer with a scope of its own.
    pub fn own_purchases(&self) -> Option<Condition> {
        match self {
            Self::Own { customer: Some(customer), .. } => Some(Condition::all().add(order::Column::CustomerId.eq(*customer))),
            _ => None,
        }
    }

    /// What must hold beside a condition on what only buyer and staff see.
    pub(super) fn only_buyer(&self) -> Option<Condition> {
        match self {
            Self::All => None,
            Self::Own { .. } => Some(self.own_purchases().unwrap_or_else(|| Condition::all().add(Expr::value(false)))),
        }
    }

    /// What must hold of orders in whose text something was found. A seller sees of what others bought the number, the SKUs of own
    /// lines and the tracking numbers of own parcels.
    pub(super) fn shows(&self, needle: &Needle, backend: DbBackend) -> Option<Condition> {
        let bought = self.only_buyer()?;
        let Self::Own { stores, .. } = self else { return None };
        if stores.is_empty() {
            return Some(bought);
        }
        let id = (order::Entity, order::Column::Id);
        let has = |column: Expr| needle.is_in_written(backend, column);
        let line = order_item::Entity::find()
            .select_only()
            .expr(Expr::value(1))
            .filter(Expr::col((order_item::Entity, order_item::Column::OrderId)).equals(id))
            .filter(self.seen_lines())
            .filter(has(Expr::col((order_item::Entity, order_item::Column::Sku))));
        let parcel = fulfillment::Entity::find()
            .select_only()
            .expr(Expr::value(1))
            .filter(Expr::col((fulfillment::Entity, fulfillment::Column::OrderId)).equals(id))
            .filter(fulfillment::Column::StoreId.is_in(stores.iter().copied()))
            .filter(has(Expr::col((fulfillment::Entity, fulfillment::Column::TrackingNumber))));
        let number = has(Expr::col((order::Entity, order::Column::Number)));
        let seen = Condition::any().add(number).add(Expr::exists(line.into_query())).add(Expr::exists(parcel.into_query()));
        Some(Condition::any().add(bought).add(of_stores(stores).and(Some(seen)).each))
    }

    /// What must hold beside a condition on lines of a store.
    pub(super) fn buyer_unless_of(&self, store: StoreId) -> Option<Condition> {
        match self {
            Self::Own { stores, .. } if stores.contains(&store) => None,
            _ => self.only_buyer(),
        }
    }

    /// The lines that a caller sees whoever bought them, as a condition on `order_items`.
    pub(super) fn seen_lines(&self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Own { stores, .. } => Condition::all().add(order_item::Column::StoreId.is_in(stores.iter().copied())),
        }
    }

    /// How much of an order the caller sees.
    pub fn view(&self, order: &order::Model) -> View {
        match self {
            Self::All => View::Whole,
            Self::Own { customer, .. } if customer.is_some() && *customer == order.customer_id => View::Whole,
            Self::Own { stores, .. } => View::Lines(stores.clone()),
        }
    }
}

/// How much of an order a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum View {
    /// All of it.
    Whole,
    /// The lines of these stores and what follows from them.
    Lines(Vec<StoreId>),
}

impl View {
    /// Whether a line is seen.
    pub fn shows(&self, store: StoreId) -> bool {
        match self {
            Self::Whole => true,
            Self::Lines(stores) => stores.contains(&store),
        }
    }
}

/// Whether the order of a column's id is of a customer, judged by the order alone: of one who bought much, the index of customers'
/// orders would be read for each.
pub fn bought_by(customer: CustomerId, order_id: impl IntoColumnRef + Copy) -> Expr {
    let here = Expr::col((order::Entity, order::Column::Id)).eq(Expr::col(order_id));
    let of = order::Entity::find().select_only().column(order::Column::CustomerId).filter(here).limit(1).offset(0).into_query();
    Expr::SubQuery(None, Box::new(of.into())).eq(customer)
}

/// Whether the caller is the one who buys.
pub fn is_buyer(actor: &Actor, order: &order::Model) -> bool {
    actor.customer().is_some() && actor.customer() == order.customer_id
}

/// Why an order cannot be read.
#[derive(Debug)]
pub enum Unseen {
    /// Nobody is signed in.
    Denied(Denied),
    /// The service failed.
    Fault(Fault),
}

impl Unseen {
    /// The same as the failure of a command.
    pub fn into_failure<C>(self) -> Failure<C> {
        match self {
            Self::Denied(denied) => Failure::Denied(denied),
            Self::Fault(fault) => Failure::Fault(fault),
        }
    }
}

impl From<Denied> for Unseen {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<DbErr> for Unseen {
    fn from(error: DbErr) -> Self {
        Self::Fault(error.into())
    }
}

/// An order whoever asks; for commands that have checked already.
///
/// # Errors
/// When the database fails.
pub(crate) async fn by_id(conn: &impl ConnectionTrait, id: OrderId) -> Result<Option<order::Model>, Fault> {
    Ok(order::Entity::find_by_id(id).one(conn).await?)
}

/// An order the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: OrderId) -> Result<Option<order::Model>, Unseen> {
    let scope = Scope::of(actor)?;
    Ok(order::Entity::find_by_id(id).filter(scope.condition()).one(conn).await?)
}

/// An order the caller sees, by its number (ORD-10).
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible_by_number(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    number: &str,
) -> Result<Option<order::Model>, Unseen> {
    let scope = Scope::of(actor)?;
    let by_number = order::Column::Number.eq(number.trim());
    Ok(order::Entity::find().filter(by_number).filter(scope.condition()).one(conn).await?)
}

/// An order the caller sees, whole, in one statement (ORD-10).
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible_whole(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: OrderId,
    with: With,
) -> Result<Option<Whole>, Unseen> {
    let scope = Scope::of(actor)?;
    // A seller sees an order by its lines, so they are read in any case.
    let items = with.items || matches!(&scope, Scope::Own { stores, .. } if !stores.is_empty());
    let found = read::by_ids(conn, &[id], With { items, ..with }).await.map_err(Unseen::Fault)?.pop();
    Ok(found.filter(|whole| scope.sees(&whole.order, whole.items.as_deref().unwrap_or_default())))
}

/// The lines of several orders, in their order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn lines_by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<order_item::Model>>, Fault> {
    let rows = order_item::Entity::find()
        .filter(order_item::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(order_item::Column::OrderId)
        .order_by_asc(order_item::Column::Position)
        .all(conn)
        .await?;
    let mut by_order: HashMap<OrderId, Vec<order_item::Model>> = HashMap::with_capacity(orders.len());
    for row in rows {
        by_order.entry(row.order_id).or_default().push(row);
    }
    Ok(by_order)
}

/// The currencies of several orders, ISO 4217 codes.
///
/// # Errors
/// When the database fails.
pub(crate) async fn currencies(conn: &impl ConnectionTrait, orders: &[OrderId]) -> Result<HashMap<OrderId, String>, Fault> {
    use order::Column as C;
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let here = is_one_of(conn.get_database_backend(), Expr::col((order::Entity, C::Id)), orders.iter().map(|id| id.0));
    let rows = order::Entity::find().select_only().columns([C::Id, C::Currency]).filter(here);
    Ok(rows.into_tuple::<(OrderId, String)>().all(conn).await?.into_iter().collect())
}

/// The payments of several orders, in their order.
///
/// # Errors
/// When the database fails.
pub(crate) async fn payments_by_order(
    conn: &impl ConnectionTrait,
    orders: &[OrderId],
) -> Result<HashMap<OrderId, Vec<payment::Model>>, Fault> {
    let rows = payment::Entity::find()
        .filter(payment::Column::OrderId.is_in(orders.iter().copied()))
        .order_by_asc(payment::Column::OrderId)
        .order_by_asc(payment::Column::Position)
        .all(conn)
        .await?;
    let mut by_order: HashMap<OrderId, Vec<payment::Model>> = HashMap::with_capacity(orders.len());
    for row in rows {
        by_order.entry(row.order_id).or_default().push(row);
    }
    Ok(by_order)
}
