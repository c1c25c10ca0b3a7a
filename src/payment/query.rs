//! Reading payments: buyers see those of own orders, staff all, sellers none of their customers'.

use entity::{
    id::{CustomerId, OrderId, PaymentId},
    order, payment,
    stored::{PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};

use crate::{
    auth::actor::Actor,
    fault::Denied,
    order::{filter::Range, query::Unseen},
    page::{self, Page, PageError, PageRequest, SortKey},
    search::given,
};

/// Which payments. The inner `None` of an id stands for one of another type: it names nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// One of these states.
    pub status: Option<Vec<PaymentStatus>>,
    /// One of these ways.
    pub kind: Option<Vec<PaymentType>>,
    /// One of these providers.
    pub gateway: Option<Vec<PaymentGateway>>,
    /// Of an order.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub order: Option<Option<OrderId>>,
    /// Of a customer's orders.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub customer: Option<Option<CustomerId>>,
    /// By its reference.
    pub reference: Option<String>,
    /// By currency.
    pub currency: Option<String>,
    /// By when it was begun.
    pub created_at: Option<Range<Timestamp>>,
}

impl Filter {
    /// The filter as a condition on `payments`.
    pub fn condition(&self) -> Condition {
        use payment::Column as C;
        let nothing = || Condition::all().add(Expr::value(false));
        let mut all = Condition::all();
        if let Some(values) = &self.status {
            all = all.add(Expr::col((payment::Entity, C::Status)).is_in(values.iter().map(|value| value.as_str())));
        }
        if let Some(values) = &self.kind {
            all = all.add(Expr::col((payment::Entity, C::Kind)).is_in(values.iter().map(|value| value.as_str())));
        }
        if let Some(values) = &self.gateway {
            all = all.add(Expr::col((payment::Entity, C::Gateway)).is_in(values.iter().map(|value| value.as_str())));
        }
        if let Some(order) = self.order {
            all = all.add(order.map_or_else(nothing, |id| Condition::all().add(C::OrderId.eq(id))));
        }
        if let Some(customer) = self.customer {
            all = all.add(customer.map_or_else(nothing, of_customer));
        }
        if let Some(reference) = &self.reference {
            all = all.add(C::Reference.eq(reference.trim()));
        }
        if let Some(currency) = &self.currency {
            all = all.add(C::Currency.eq(currency));
        }
        if let Some(range) = &self.created_at {
            all = all.add(range.condition(C::CreatedAt));
        }
        all
    }
}

fn of_customer(customer: CustomerId) -> Condition {
    let orders = order::Entity::find().select_only().column(order::Column::Id).filter(order::Column::CustomerId.eq(customer));
    Condition::all().add(payment::Column::OrderId.in_subquery(orders.into_query()))
}

/// The payments a caller sees, as a condition on `payments`.
///
/// # Errors
/// [`Denied::Unauthenticated`] for nobody.
pub fn visible_to(actor: &Actor) -> Result<Condition, Denied> {
    if actor.sees_all() {
        return Ok(Condition::all());
    }
    Ok(match actor.standing()?.customer {
        Some(customer) => of_customer(customer),
        None => Condition::all().add(Expr::value(false)),
    })
}

/// A payment the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: PaymentId) -> Result<Option<payment::Model>, Unseen> {
    Ok(payment::Entity::find_by_id(id).filter(visible_to(actor)?).one(conn).await?)
}

/// What payments are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortField {
    /// When it was begun.
    CreatedAt,
    /// What it is over.
    Amount,
}

/// A page of the payments that a condition lets a caller see.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub async fn list(
    conn: &impl ConnectionTrait,
    visible: Condition,
    filter: &Filter,
    sort: &[(SortField, bool)],
    request: &PageRequest,
) -> Result<Page<payment::Model>, PageError> {
    let select = payment::Entity::find().filter(visible).filter(filter.condition());
    page::fetch(conn, select, &keys(sort), request).await
}

/// The payments of the list, all of them, in its order.
pub fn all(filter: &Filter, sort: &[(SortField, bool)]) -> Select<payment::Entity> {
    page::in_order(payment::Entity::find().filter(filter.condition()), &keys(sort))
}

fn keys(sort: &[(SortField, bool)]) -> Vec<SortKey<payment::Model>> {
    use payment::Column as C;
    let sort = if sort.is_empty() { &[(SortField::CreatedAt, true)][..] } else { sort };
    let keys = sort
        .iter()
        .map(|(field, descending)| match field {
            SortField::CreatedAt => {
                SortKey::column("createdAt", C::CreatedAt, *descending, |row: &payment::Model| row.created_at.0.into())
            }
            SortField::Amount => {
                SortKey::column("amount", C::AmountMinor, *descending, |row: &payment::Model| row.amount_minor.into())
            }
        })
        .collect();
    page::ending_in_id(keys, C::Id, |row: &payment::Model| row.id.0.into())
}
