//! Reading customers: everybody sees themselves, staff see all.

use std::collections::HashMap;

use entity::{
    address, customer,
    id::{AddressId, CustomerId},
    order,
    stored::{CustomerStatus, OrderStatus},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};

use crate::{
    auth::actor::Actor,
    fault::{Denied, Fault},
    order::{filter::Range, query::Unseen},
    page::{self, Hints, Page, PageError, PageRequest, Plan, SortKey},
    search::{self, Needle},
};

/// The customers a caller sees, as a condition on `customers`.
///
/// # Errors
/// [`Denied::Unauthenticated`] for nobody.
pub fn visible_to(actor: &Actor) -> Result<Condition, Denied> {
    if actor.sees_all() {
        return Ok(Condition::all());
    }
    Ok(match actor.standing()?.customer {
        Some(customer) => Condition::all().add(customer::Column::Id.eq(customer)),
        None => Condition::all().add(Expr::value(false)),
    })
}

/// A customer the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: CustomerId) -> Result<Option<customer::Model>, Unseen> {
    Ok(customer::Entity::find_by_id(id).filter(visible_to(actor)?).one(conn).await?)
}

/// Which customers. All that is given holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Part of name, e-mail or phone, without regard to case.
    pub search: Option<String>,
    /// One of these states.
    pub status: Option<Vec<CustomerStatus>>,
    /// By when it was created.
    pub created_at: Option<Range<Timestamp>>,
    /// These customers.
    pub ids: Option<Vec<CustomerId>>,
    /// By the key in the system it was imported from.
    pub external_id: Option<String>,
}

impl Filter {
    /// The filter as a condition on `customers`; the search apart from it, where an index finds what is searched for.
    pub(super) fn condition(&self, searched: Option<Condition>) -> Condition {
        use customer::Column as C;
        let mut all = Condition::all();
        let mut given = [&self.search, &self.external_id].into_iter().flatten();
        if given.any(|text| text.contains('\0')) {
            // No stored text has a NUL character, and PostgreSQL does not take one as a value.
            return all.add(Expr::value(false));
        }
        if let Some(needle) = self.search.as_deref().and_then(Needle::of) {
            all = all.add(searched.unwrap_or_else(|| needle.is_in((customer::Entity, C::SearchText))));
        }
        if let Some(values) = &self.status {
            all = all.add(C::Status.is_in(values.iter().copied()));
        }
        if let Some(range) = &self.created_at {
            all = all.add(range.condition(C::CreatedAt));
        }
        if let Some(ids) = &self.ids {
            all = all.add(C::Id.is_in(ids.iter().copied()));
        }
        if let Some(id) = &self.external_id {
            all = all.add(C::ExternalId.eq(id.trim()));
        }
        all
    }
}

/// What customers are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortField {
    /// When it was created.
    CreatedAt,
    /// Its name.
    Name,
}

/// A page of the customers that a condition lets a caller see, newest first unless told otherwise.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub async fn list(
    conn: &impl ConnectionTrait,
    visible: Condition,
    filter: &Filter,
    sort: &[(SortField, bool)],
    request: &PageRequest,
) -> Result<Page<customer::Model>, PageError> {
    use customer::Column as C;
    let needle = filter.search.as_deref().and_then(Needle::of).filter(|needle| !needle.is_nowhere());
    let ids = match needle {
        Some(needle) => search::few(conn, search::CUSTOMERS, &needle).await?,
        None => None,
    };
    let by_hand = ids.is_some();
    let searched = ids.map(|ids| Condition::all().add(C::Id.in_subquery(ids)));
    let select = customer::Entity::find().filter(visible).filter(filter.condition(searched));
    let total = match request.count {
        true => Some(i64::try_from(select.clone().count(conn).await?).unwrap_or(i64::MAX)),
        false => None,
    };
    let hints = Hints { total, by_hand, branches: Vec::new() };
    let keys = keys(sort);
    let plan = Plan::hinted(conn.get_database_backend(), select, &keys, request, hints)?;
    let rows = plan.select.clone().all(conn).await?;
    Ok(plan.page(&keys, rows))
}

/// The customers of the list, all of them, in its order.
pub fn all(filter: &Filter, sort: &[(SortField, bool)]) -> Select<customer::Entity> {
    page::in_order(customer::Entity::find().filter(filter.condition(None)), &keys(sort))
}

fn keys(sort: &[(SortField, bool)]) -> Vec<SortKey<customer::Model>> {
    use customer::Column as C;
    let sort = if sort.is_empty() { &[(SortField::CreatedAt, true)][..] } else { sort };
    let keys = sort
        .iter()
        .map(|(field, descending)| match field {
            SortField::CreatedAt => {
                SortKey::column("createdAt", C::CreatedAt, *descending, |row: &customer::Model| row.created_at.0.into())
            }
            SortField::Name => SortKey::column("name", C::Name, *descending, |row: &customer::Model| row.name.clone().into()),
        })
        .collect();
    page::ending_in_id(keys, C::Id, |row: &customer::Model| row.id.0.into())
}

/// A saved address of a customer the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible_address(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: AddressId,
) -> Result<Option<address::Model>, Unseen> {
    let mut find = address::Entity::find_by_id(id);
    if !actor.sees_all() {
        let Some(customer) = actor.standing()?.customer else { return Ok(None) };
        find = find.filter(address::Column::CustomerId.eq(customer));
    }
    Ok(find.one(conn).await?)
}

/// Orders of a customer in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSums {
    /// ISO 4217 code.
    pub currency: String,
    /// How many orders, whatever their status.
    pub orders: i64,
    /// Totals of those that are not cancelled, less what was given back, in minor units.
    pub spent_minor: i64,
}

/// Orders and money spent by customer, a row a currency (CUST-02).
///
/// # Errors
/// When the database fails.
pub async fn order_sums(
    conn: &impl ConnectionTrait,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<OrderSums>>, Fault> {
    let kept = "CAST(SUM(CASE WHEN status = 'CANCELLED' THEN 0 ELSE total_minor - refunded_minor END) AS bigint)";
    let rows: Vec<(CustomerId, String, i64, i64)> = order::Entity::find()
        .select_only()
        .column(order::Column::CustomerId)
        .column(order::Column::Currency)
        .column_as(order::Column::Id.count(), "orders")
        .column_as(Expr::cust(kept), "spent_minor")
        .filter(order::Column::CustomerId.is_in(customers.iter().copied()))
        .group_by(order::Column::CustomerId)
        .group_by(order::Column::Currency)
        .order_by_asc(order::Column::Currency)
        .into_tuple()
        .all(conn)
        .await?;
    debug_assert_eq!(OrderStatus::Cancelled.as_str(), "CANCELLED");
    let mut found: HashMap<CustomerId, Vec<OrderSums>> = HashMap::new();
    for (customer, currency, orders, spent_minor) in rows {
        found.entry(customer).or_default().push(OrderSums { currency, orders, spent_minor });
    }
    Ok(found)
}
