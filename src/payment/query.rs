//! Reading payments: buyers see those of own orders, staff all, sellers none of their customers'.

use entity::{
    id::{CustomerId, OrderId, PaymentId},
    order, payment,
    stored::{PaymentGateway, PaymentStatus, PaymentType},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    auth::actor::Actor,
    list::{self, List, all_of, followed::Trail},
    order::{
        filter::Range,
        query::{Scope, Unseen, bought_by},
    },
    page::{self, Page, PageError, PageRequest, SortKey},
    search::{self, Needle, Search, Searches, given},
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
    /// Part of the reference or of the order's number, without regard to case; one or two letters only where one of these begins.
    pub search: Option<Search>,
}

impl Filter {
    /// The filter as a condition on `payments`.
    pub fn condition(&self, backend: DbBackend) -> Condition {
        self.parts(backend).into_iter().fold(Condition::all(), |all, part| all.add(part.all))
    }

    /// The conditions of the filter; all of them hold.
    fn parts(&self, backend: DbBackend) -> Vec<Part> {
        use payment::Column as C;
        let mut parts = Vec::new();
        let texts = [&self.reference, &self.currency];
        if texts.into_iter().flatten().any(|text| text.contains('\0')) {
            // No stored text has a NUL character, and PostgreSQL does not take one as a value.
            parts.push(Part::never::<payment::Entity>());
            return parts;
        }
        let one_of = |column, values: Vec<&'static str>| {
            let values = values.into_iter().map(Into::into).collect();
            Part::one_of::<payment::Entity>(column, values, None).sorted_by(&[SortField::CreatedAt])
        };
        let equal = |condition| Part::served::<payment::Entity>(all_of(condition));
        if let Some(values) = &self.status {
            parts.push(one_of(C::Status, values.iter().map(|value| value.as_str()).collect()));
        }
        if let Some(values) = &self.kind {
            let kinds = one_of(C::Kind, values.iter().map(|value| value.as_str()).collect());
            parts.push(kinds.sorted_by(&[SortField::CreatedAt, SortField::Amount]));
        }
        if let Some(values) = &self.gateway {
            parts.push(one_of(C::Gateway, values.iter().map(|value| value.as_str()).collect()));
        }
        if let Some(order) = self.order {
            parts.push(match order {
                Some(id) => Part::by_key::<payment::Entity>(all_of(C::OrderId.eq(id))),
                None => Part::never::<payment::Entity>(),
            });
        }
        if let Some(customer) = self.customer {
            parts.push(of_customer(customer));
        }
        if let Some(reference) = &self.reference {
            parts.push(equal(C::Reference.eq(reference.trim())));
        }
        if let Some(currency) = &self.currency {
            parts.push(equal(C::Currency.eq(currency)).sorted_by(&[SortField::CreatedAt, SortField::Amount]));
        }
        if let Some(range) = &self.created_at {
            parts.push(Part::served::<payment::Entity>(range.condition(C::CreatedAt)).sorted_by(&[SortField::CreatedAt]));
        }
        if let Some(needle) = self.search.as_ref().and_then(Search::needle) {
            parts.push(searched(&needle, backend));
        }
        parts
    }

    /// Whether all its conditions are on columns that counts of payments are kept by.
    fn is_of_counted_columns(&self) -> bool {
        // Every field is named, so that a new one is thought of here.
        let Self {
            status: _,
            kind: _,
            gateway: _,
            currency: _,
            order: None,
            customer: None,
            reference: None,
            created_at: None,
            search: None,
        } = self
        else {
            return false;
        };
        true
    }
}

impl Searches for Filter {
    fn searches(&mut self) -> Vec<&mut Search> {
        self.search.iter_mut().collect()
    }
}

/// A condition on `payments`.
type Part = list::Part<SortField>;

/// Payments of a customer's orders.
fn of_customer(customer: Option<CustomerId>) -> Part {
    let Some(customer) = customer else { return Part::never::<payment::Entity>() };
    let own = order::Entity::find().select_only().filter(order::Column::CustomerId.eq(customer));
    let orders = own.column(order::Column::Id).into_query();
    let all = Part::served::<payment::Entity>(all_of(payment::Column::OrderId.in_subquery(orders)));
    Part { each: all_of(bought_by(customer, (payment::Entity, payment::Column::OrderId))), ..all }
}

/// Payments of which the reference or the order's number holds a text.
fn searched(needle: &Needle, backend: DbBackend) -> Part {
    if needle.is_nowhere() {
        return Part::never::<payment::Entity>();
    }
    let by_row = needle.is_plain().then(|| {
        let here = Expr::col((order::Entity, order::Column::Id)).equals((payment::Entity, payment::Column::OrderId));
        let number = order::Entity::find().select_only().column(order::Column::Number).filter(here).into_query();
        Condition::any()
            .add(needle.is_in_written(backend, Expr::col((payment::Entity, payment::Column::Reference))))
            .add(needle.is_in_text(Expr::SubQuery(None, Box::new(number.into()))))
    });
    Part::found(payment::Column::Id, search::PAYMENTS, needle, backend, by_row.map(all_of))
}

/// The payments that are listed for a caller beside the filter: buyers see those of own orders, sellers none of their customers'.
fn seen(scope: &Scope) -> Option<Part> {
    match scope {
        Scope::All => None,
        Scope::Own { customer, .. } => Some(of_customer(*customer)),
    }
}

/// A payment the caller sees.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(conn: &impl ConnectionTrait, actor: &Actor, id: PaymentId) -> Result<Option<payment::Model>, Unseen> {
    let seen = seen(&Scope::of(actor)?).map_or_else(Condition::all, |part| part.all);
    Ok(payment::Entity::find_by_id(id).filter(seen).one(conn).await?)
}

/// What payments are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortField {
    /// When it was begun.
    CreatedAt,
    /// What it is over.
    Amount,
}

/// A page of the payments a caller sees, newest first unless told otherwise.
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
) -> Result<Page<payment::Model>, PageError> {
    let counted = *scope == Scope::All && filter.is_of_counted_columns();
    let list: List<'_, payment::Entity, Filter, SortField> = List {
        name: "payments",
        filter,
        index: search::PAYMENTS,
        parts: Filter::parts,
        seen: seen(scope),
        first: sort.first().map_or(SortField::CreatedAt, |(field, _)| *field),
        keys: keys(sort),
        id: payment::Column::Id,
        size: list::kept_sum(counts(), "payments", Condition::all()),
        kept: counted.then(|| list::kept_sum(counts(), "payments", filter.condition(conn.get_database_backend()))),
        counting: |_, _| None,
        trail: Some(Trail::PAYMENTS),
        part_of: None,
    };
    list.page(conn, app, request).await
}

/// How many payments there are of each state, way, provider and currency.
fn counts() -> SelectStatement {
    Query::select()
        .columns(["status", "type", "gateway", "currency", "n"].map(Alias::new))
        .from(Alias::new("payment_counts"))
        .to_owned()
}

/// The payments of the list, all of them, in its order.
pub fn all(backend: DbBackend, filter: &Filter, sort: &[(SortField, bool)]) -> Select<payment::Entity> {
    page::in_order(payment::Entity::find().filter(filter.condition(backend)), &keys(sort))
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
