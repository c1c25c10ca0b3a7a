//! Reading customers: everybody sees themselves, staff see all.

use std::collections::HashMap;

use entity::{
    address, customer,
    id::{AddressId, CustomerId},
    stored::{CustomerStatus, OrderStatus},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Select};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    auth::actor::Actor,
    db::{Text, as_plain_text, id_cell, one_of, statement},
    fault::Fault,
    list::{self, List, all_of, followed::Trail},
    order::{
        filter::Range,
        query::{Scope, Unseen},
    },
    page::{self, Page, PageError, PageRequest, SortKey},
    search::{self, Needle, Search, Searches},
};

/// The customers that are listed for a caller beside the filter: everybody sees themselves.
fn seen(scope: &Scope) -> Option<Part> {
    match scope {
        Scope::All => None,
        Scope::Own { customer: Some(customer), .. } => {
            Some(Part::by_key::<customer::Entity>(all_of(customer::Column::Id.eq(*customer))))
        }
        Scope::Own { customer: None, .. } => Some(Part::never::<customer::Entity>()),
    }
}

/// A customer the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: CustomerId,
) -> Result<Option<customer::Model>, Unseen> {
    let seen = seen(&Scope::of(actor)?).map_or_else(Condition::all, |part| part.each);
    Ok(customer::Entity::find_by_id(id).filter(seen).one(conn).await?)
}

/// Which customers. All that is given holds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Part of name, e-mail or phone, without regard to case.
    pub search: Option<Search>,
    /// One of these states.
    pub status: Option<Vec<CustomerStatus>>,
    /// By when it was created.
    pub created_at: Option<Range<Timestamp>>,
    /// These customers.
    pub ids: Option<Vec<CustomerId>>,
    /// By the key in the system it was imported from.
    pub external_id: Option<String>,
}

impl Searches for Filter {
    fn searches(&mut self) -> Vec<&mut Search> {
        self.search.iter_mut().collect()
    }
}

/// A condition on `customers`.
type Part = list::Part<SortField>;

impl Filter {
    /// The filter as a condition on `customers`.
    pub(super) fn condition(&self, backend: DbBackend) -> Condition {
        self.parts(backend).into_iter().fold(Condition::all(), |all, part| all.add(part.all))
    }

    /// The conditions of the filter; all of them hold.
    fn parts(&self, backend: DbBackend) -> Vec<Part> {
        use customer::Column as C;
        let mut parts = Vec::new();
        let needle = self.search.as_ref().and_then(Search::needle);
        if self.external_id.as_ref().is_some_and(|text| text.contains('\0')) || needle.as_ref().is_some_and(Needle::is_nowhere) {
            // No stored text has a NUL character, and PostgreSQL does not take one as a value.
            parts.push(Part::never::<customer::Entity>());
            return parts;
        }
        if let Some(needle) = needle {
            let by_row = needle.is_in((customer::Entity, C::SearchText));
            parts.push(Part::found(C::Id, search::CUSTOMERS, &needle, backend, Some(by_row)));
        }
        if let Some(values) = &self.status {
            let values = values.iter().map(|value| value.as_str().into()).collect();
            parts.push(Part::one_of::<customer::Entity>(C::Status, values, Some("ACTIVE")).sorted_by(&[SortField::CreatedAt]));
        }
        if let Some(range) = &self.created_at {
            parts.push(Part::served::<customer::Entity>(range.condition(C::CreatedAt)).sorted_by(&[SortField::CreatedAt]));
        }
        if let Some(ids) = &self.ids {
            parts.push(Part::by_key::<customer::Entity>(all_of(C::Id.is_in(ids.iter().copied()))));
        }
        if let Some(id) = &self.external_id {
            parts.push(Part::by_key::<customer::Entity>(all_of(C::ExternalId.eq(id.trim()))));
        }
        parts
    }

    /// Whether all its conditions are on columns that counts of customers are kept by.
    fn is_of_counted_columns(&self) -> bool {
        // Every field is named, so that a new one is thought of here.
        let Self { search: None, status: _, created_at: None, ids: None, external_id: None } = self else { return false };
        true
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

/// A page of the customers a caller sees, newest first unless told otherwise.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    app: &App,
    scope: &Scope,
    filter: &Filter,
    sort: &[(SortField, bool)],
    request: &PageRequest,
) -> Result<Page<customer::Model>, PageError> {
    let counted = *scope == Scope::All && filter.is_of_counted_columns();
    let sum = |condition| list::kept_sum(list::counts_by("customers", "status"), "customers", condition);
    let list: List<'_, customer::Entity, Filter, SortField> = List {
        name: "customers",
        filter,
        index: search::CUSTOMERS,
        parts: Filter::parts,
        seen: seen(scope),
        first: sort.first().map_or(SortField::CreatedAt, |(field, _)| *field),
        keys: keys(sort),
        id: customer::Column::Id,
        size: sum(Condition::all()),
        kept: counted.then(|| sum(filter.condition(conn.get_database_backend()))),
        counting: |_, _| None,
        trail: Some(Trail::CUSTOMERS),
        part_of: None,
    };
    list.page(conn, app, request).await
}

/// The customers of the list, all of them, in its order.
pub fn all(backend: DbBackend, filter: &Filter, sort: &[(SortField, bool)]) -> Select<customer::Entity> {
    page::in_order(customer::Entity::find().filter(filter.condition(backend)), &keys(sort))
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
pub(crate) async fn visible_address(
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
pub(crate) async fn order_sums(
    conn: &impl ConnectionTrait,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, Vec<OrderSums>>, Fault> {
    debug_assert_eq!(OrderStatus::Cancelled.as_str(), "CANCELLED");
    let backend = conn.get_database_backend();
    let (one_of, list) = one_of(backend, 1, customers.iter().map(|customer| customer.0));
    // All of it is in the index of a customer's orders.
    let sums = format!(
        "(SELECT customer_id, currency, COUNT(*) AS orders, \
         CAST(SUM(CASE WHEN status = 'CANCELLED' THEN 0 ELSE total_minor - refunded_minor END) AS bigint) AS spent_minor \
         FROM orders WHERE customer_id {one_of} GROUP BY customer_id, currency ORDER BY customer_id, currency) AS r"
    );
    let customer = id_cell(backend, "r.customer_id");
    let sql = as_plain_text(backend, &[&customer, "r.currency"], &["r.orders", "r.spent_minor"], &sums);
    let text = Text::read(conn, statement(conn, sql, [list])).await?;
    let mut found: HashMap<CustomerId, Vec<OrderSums>> = HashMap::new();
    for row in text.rows()? {
        let missing = || Fault::Corrupt("a customer's sums are not whole".into());
        let sums = OrderSums {
            currency: row.text(1)?.ok_or_else(missing)?.to_owned(),
            orders: row.number(2)?.ok_or_else(missing)?,
            spent_minor: row.number(3)?.ok_or_else(missing)?,
        };
        found.entry(CustomerId(row.id(0)?.ok_or_else(missing)?)).or_default().push(sums);
    }
    Ok(found)
}
