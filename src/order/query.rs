//! Reading orders. Every read begins with who asks: what the caller may not see does not exist (PERM-04, STORE-02).

use std::collections::HashMap;

use entity::{
    id::{CustomerId, OrderId, StoreId},
    order, order_item, payment,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::{CaseStatement, Expr, Func},
};
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, with_item},
    read::{self, Whole, With},
};
use crate::{
    auth::actor::Actor,
    fault::{Denied, Failure, Fault},
    page::{self, Page, PageError, PageRequest, Plan, SortKey},
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

    /// The scope as a condition on `orders`.
    pub fn condition(&self) -> Condition {
        match self {
            Self::All => Condition::all(),
            Self::Own { customer, stores } => {
                let mut any = Condition::any();
                if let Some(customer) = customer {
                    any = any.add(order::Column::CustomerId.eq(*customer));
                }
                if !stores.is_empty() {
                    any = any.add(with_item(order_item::Column::StoreId.is_in(stores.iter().copied())));
                }
                if any.is_empty() {
                    return Condition::all().add(Expr::value(false));
                }
                any
            }
        }
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

    /// A condition on what only buyer and staff see, so that it holds for nobody else.
    pub(super) fn only_buyer(&self, condition: Condition) -> Condition {
        match self {
            Self::All => condition,
            Self::Own { customer: None, .. } => Condition::all().add(Expr::value(false)),
            Self::Own { customer: Some(customer), .. } => {
                Condition::all().add(order::Column::CustomerId.eq(*customer)).add(condition)
            }
        }
    }

    /// Orders with a line of which the condition holds and that the caller sees.
    pub(super) fn own_lines(&self, condition: impl sea_orm::sea_query::IntoCondition) -> Condition {
        let condition = condition.into_condition();
        match self {
            Self::All => with_item(condition),
            Self::Own { customer, stores } => {
                let in_stores = order_item::Column::StoreId.is_in(stores.iter().copied());
                let mut any = Condition::any().add(with_item(Condition::all().add(in_stores).add(condition.clone())));
                if let Some(customer) = customer {
                    any = any.add(Condition::all().add(order::Column::CustomerId.eq(*customer)).add(with_item(condition)));
                }
                any
            }
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
pub async fn by_id(conn: &impl ConnectionTrait, id: OrderId) -> Result<Option<order::Model>, Fault> {
    Ok(order::Entity::find_by_id(id).one(conn).await?)
}

/// An order the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: OrderId) -> Result<Option<order::Model>, Unseen> {
    let scope = Scope::of(actor)?;
    Ok(order::Entity::find_by_id(id).filter(scope.condition()).one(conn).await?)
}

/// An order the caller sees, by its number (ORD-10).
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible_by_number(conn: &impl ConnectionTrait, actor: &Actor, number: &str) -> Result<Option<order::Model>, Unseen> {
    let scope = Scope::of(actor)?;
    let by_number = order::Column::Number.eq(number.trim());
    Ok(order::Entity::find().filter(by_number).filter(scope.condition()).one(conn).await?)
}

/// What orders are sorted by (LIST-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortField {
    /// When it was placed.
    PlacedAt,
    /// When it was last changed.
    UpdatedAt,
    /// Its total; for sellers only of own purchases.
    Total,
    /// Its number.
    Number,
    /// Its status, by name.
    Status,
    /// The buyer's name.
    CustomerName,
    /// Until when it must be shipped; those that need not be by any time come last.
    ShipBy,
}

/// One key of a sort order.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Sort {
    /// What by.
    pub field: SortField,
    /// Largest first.
    pub descending: bool,
}

/// A page of the orders the caller sees, with what is asked for of each: a statement that finds them by the filter, and one
/// that reads them whole unless the orders alone are asked for.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub async fn list(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    sort: &[Sort],
    request: &PageRequest,
    with: With,
) -> Result<Page<Whole>, PageError> {
    let select = order::Entity::find().filter(scope.condition()).filter(filter.condition(scope));
    let keys = keys(scope, sort);
    let plan = Plan::of(conn, select, &keys, request).await?;
    if with.nothing() {
        let rows = plan.select.clone().all(conn).await?.into_iter().map(|order| Some(Whole::bare(order))).collect();
        return Ok(plan.page_by(rows, |whole: &Whole| page::cursor(&keys, &whole.order)));
    }
    let ids: Vec<OrderId> = plan.column(conn, order::Column::Id).await?;
    let mut found: HashMap<OrderId, Whole> =
        read::by_ids(conn, &ids, with).await.map_err(into_page_error)?.into_iter().map(|whole| (whole.order.id, whole)).collect();
    // An order deleted between the two statements is left out.
    let rows = ids.into_iter().map(|id| found.remove(&id)).collect();
    Ok(plan.page_by(rows, |whole: &Whole| page::cursor(&keys, &whole.order)))
}

/// The orders of the list, all of them, in its order.
pub fn all(scope: &Scope, filter: &Filter, sort: &[Sort]) -> Select<order::Entity> {
    let select = order::Entity::find().filter(scope.condition()).filter(filter.condition(scope));
    page::in_order(select, &keys(scope, sort))
}

fn into_page_error(fault: Fault) -> PageError {
    match fault {
        Fault::Database(error) => PageError::Database(error),
        other => PageError::Database(DbErr::Custom(other.to_string())),
    }
}

/// An order the caller sees, whole, in one statement (ORD-10).
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible_whole(conn: &impl ConnectionTrait, actor: &Actor, id: OrderId, with: With) -> Result<Option<Whole>, Unseen> {
    let scope = Scope::of(actor)?;
    // A seller sees an order by its lines, so they are read in any case.
    let items = with.items || matches!(&scope, Scope::Own { stores, .. } if !stores.is_empty());
    let found = read::by_ids(conn, &[id], With { items, ..with }).await.map_err(Unseen::Fault)?.pop();
    Ok(found.filter(|whole| scope.sees(&whole.order, whole.items.as_deref().unwrap_or_default())))
}

fn keys(scope: &Scope, sort: &[Sort]) -> Vec<SortKey<order::Model>> {
    use order::Column as C;
    let default = [Sort { field: SortField::PlacedAt, descending: true }];
    let sort = if sort.is_empty() { &default[..] } else { sort };
    let keys = sort
        .iter()
        .map(|sort| match sort.field {
            SortField::PlacedAt => {
                SortKey::column("placedAt", C::PlacedAt, sort.descending, |order: &order::Model| order.placed_at.0.into())
            }
            SortField::UpdatedAt => {
                SortKey::column("updatedAt", C::UpdatedAt, sort.descending, |order: &order::Model| order.updated_at.0.into())
            }
            SortField::Total => total_key(scope, sort.descending),
            SortField::Number => {
                SortKey::column("number", C::Number, sort.descending, |order: &order::Model| order.number.clone().into())
            }
            SortField::Status => {
                SortKey::column("status", C::Status, sort.descending, |order: &order::Model| order.status.as_str().into())
            }
            SortField::ShipBy => {
                let never = if sort.descending { i64::MIN } else { i64::MAX };
                let at = Expr::expr(Func::coalesce([Expr::col((order::Entity, C::ShipBy)), Expr::value(never)]));
                SortKey::expression("shipBy", at, sort.descending, move |order: &order::Model| {
                    order.ship_by.map_or(never, |at| at.0).into()
                })
            }
            SortField::CustomerName => {
                SortKey::column("customerName", C::CustomerName, sort.descending, |order: &order::Model| {
                    order.customer_name.clone().into()
                })
            }
        })
        .collect();
    page::ending_in_id(keys, C::Id, |order: &order::Model| order.id.0.into())
}

/// A seller does not see an order's total, so sorting by it must not tell either.
fn total_key(scope: &Scope, descending: bool) -> SortKey<order::Model> {
    use order::Column as C;
    match scope {
        Scope::All => SortKey::column("total", C::TotalMinor, descending, |order: &order::Model| order.total_minor.into()),
        Scope::Own { customer, stores } if stores.is_empty() || customer.is_none() => {
            let seen = !stores.is_empty();
            SortKey::expression(
                "total",
                if seen { Expr::value(0_i64) } else { Expr::col((order::Entity, C::TotalMinor)) },
                descending,
                move |order: &order::Model| {
                    if seen { 0_i64.into() } else { order.total_minor.into() }
                },
            )
        }
        Scope::Own { customer, .. } => {
            let customer = *customer;
            let own = C::CustomerId.eq(customer);
            let expression = CaseStatement::new().case(own, Expr::col((order::Entity, C::TotalMinor))).finally(0_i64);
            SortKey::expression("total", expression.into(), descending, move |order: &order::Model| {
                if order.customer_id == customer { order.total_minor.into() } else { 0_i64.into() }
            })
        }
    }
}

/// The lines of several orders, in their order.
///
/// # Errors
/// When the database fails.
pub async fn lines_by_order(
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

/// The payments of several orders, in their order.
///
/// # Errors
/// When the database fails.
pub async fn payments_by_order(
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

/// What an order is searched by, in lower case, a line each.
pub fn search_text(
    number: &str,
    tracking_number: Option<&str>,
    customer_name: &str,
    customer_email: Option<&str>,
    external_id: Option<&str>,
    references: &[&str],
) -> String {
    let fixed = [Some(number), tracking_number, Some(customer_name), customer_email, external_id];
    let parts: Vec<&str> =
        fixed.into_iter().flatten().chain(references.iter().copied()).filter(|part| !part.is_empty()).collect();
    parts.join("\n").to_lowercase()
}

/// An order's search text with another tracking number; what else is in it stays.
pub fn with_tracking(order: &order::Model, number: &str) -> String {
    let old = order.tracking_number.as_deref().unwrap_or_default().to_lowercase();
    let mut parts: Vec<&str> = order.search_text.split('\n').collect();
    // Once only: the same text may be there as something else, such as the number.
    if let Some(index) = parts.iter().position(|part| !old.is_empty() && *part == old) {
        parts.remove(index);
    }
    let new = number.to_lowercase();
    if !new.is_empty() {
        parts.push(&new);
    }
    parts.join("\n")
}

/// An order's search text with the reference of a payment, once.
pub fn with_reference(order: &order::Model, reference: &str) -> String {
    let new = reference.to_lowercase().replace('\n', " ");
    match new.is_empty() || order.search_text.split('\n').any(|part| part == new) {
        true => order.search_text.clone(),
        false if order.search_text.is_empty() => new,
        false => format!("{}\n{new}", order.search_text),
    }
}

/// All of an order as a document, for the event of its deletion.
pub fn snapshot(order: &order::Model, lines: &[order_item::Model], payments: &[payment::Model]) -> serde_json::Value {
    let items: Vec<serde_json::Value> = lines
        .iter()
        .map(|line| {
            serde_json::json!({
                "id": line.id,
                "store": line.store_id,
                "product": line.product_id,
                "variant": line.variant_id,
                "name": line.name,
                "sku": line.sku,
                "quantity": line.quantity,
                "unitPriceMinor": line.unit_price_minor,
                "totalMinor": line.total_minor,
            })
        })
        .collect();
    let payments: Vec<serde_json::Value> = payments
        .iter()
        .map(|payment| {
            serde_json::json!({
                "id": payment.id,
                "status": payment.status,
                "type": payment.kind,
                "gateway": payment.gateway,
                "amountMinor": payment.amount_minor,
                "capturedMinor": payment.captured_minor,
                "refundedMinor": payment.refunded_minor,
                "reference": payment.reference,
                "method": payment.method,
                "createdAt": payment.created_at.datetime(),
            })
        })
        .collect();
    serde_json::json!({
        "id": order.id,
        "number": order.number,
        "status": order.status,
        "paymentStatus": order.payment_status,
        "fulfillmentStatus": order.fulfillment_status,
        "type": order.kind,
        "paymentType": order.payment_type,
        "currency": order.currency,
        "customer": order.customer_id,
        "customerName": order.customer_name,
        "customerEmail": order.customer_email,
        "subtotalMinor": order.subtotal_minor,
        "shippingMinor": order.shipping_minor,
        "taxMinor": order.tax_minor,
        "discountMinor": order.discount_minor,
        "totalMinor": order.total_minor,
        "paidMinor": order.paid_minor,
        "refundedMinor": order.refunded_minor,
        "shippingAddress": order.shipping_address,
        "billingAddress": order.billing_address,
        "shippingMethod": order.shipping_method_id,
        "trackingNumber": order.tracking_number,
        "estimatedDelivery": order.estimated_delivery,
        "shipBy": order.ship_by.map(entity::time::Timestamp::datetime),
        "note": order.note,
        "externalId": order.external_id,
        "placedAt": order.placed_at.datetime(),
        "createdAt": order.created_at.datetime(),
        "updatedAt": order.updated_at.datetime(),
        "version": order.version,
        "items": items,
        "payments": payments,
    })
}
