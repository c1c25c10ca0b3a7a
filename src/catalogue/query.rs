//! Reading products: everybody sees what is on sale, members of a store and staff what is being written or put away too.

use entity::{
    id::{ProductId, StoreId},
    product, product_variant,
    stored::ProductStatus,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, ExprTrait, IntoCondition},
};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    auth::actor::Actor,
    list::{self, List, all_of, followed::Trail},
    page::{self, Page, PageError, PageRequest, SortKey},
    search::{self, Search, Searches, given},
};

/// What everybody sees (C-22).
const SHOWN: [ProductStatus; 2] = [ProductStatus::Published, ProductStatus::Active];

/// Which products. The inner `None` of an id stands for one of another type: it names nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Part of the name or of a variant's SKU, without regard to case; one or two letters only where one of these begins.
    pub search: Option<Search>,
    /// Of a store.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub store: Option<Option<StoreId>>,
    /// One of these states.
    pub status: Option<Vec<ProductStatus>>,
    /// Whether there is a variant that can be had.
    pub in_stock: Option<bool>,
    /// These products.
    pub ids: Option<Vec<ProductId>>,
}

impl Searches for Filter {
    fn searches(&mut self) -> Vec<&mut Search> {
        self.search.iter_mut().collect()
    }
}

/// A condition on `products`.
type Part = list::Part<SortField>;

impl Filter {
    /// The filter as a condition on `products`.
    pub(super) fn condition(&self, backend: DbBackend) -> Condition {
        self.parts(backend).into_iter().fold(Condition::all(), |all, part| all.add(part.all))
    }

    /// The conditions of the filter; all of them hold.
    fn parts(&self, backend: DbBackend) -> Vec<Part> {
        use product::Column as C;
        let mut parts = Vec::new();
        match self.search.as_ref().and_then(Search::needle) {
            Some(needle) if needle.is_nowhere() => parts.push(Part::never::<product::Entity>()),
            Some(needle) => parts.push(Part::found(C::Id, search::PRODUCTS, &needle, backend, None)),
            None => {}
        }
        if let Some(store) = self.store {
            parts.push(match store {
                Some(id) => Part::served::<product::Entity>(all_of(C::StoreId.eq(id))).sorted_by(&[SortField::CreatedAt]),
                None => Part::never::<product::Entity>(),
            });
        }
        if let Some(values) = &self.status {
            parts.push(in_states(values));
        }
        if let Some(in_stock) = self.in_stock {
            parts.push(to_be_had(in_stock));
        }
        if let Some(ids) = &self.ids {
            parts.push(Part::by_key::<product::Entity>(all_of(C::Id.is_in(ids.iter().copied()))));
        }
        parts
    }

    /// Whether all its conditions are on columns that counts of products are kept by.
    fn is_of_counted_columns(&self) -> bool {
        // Every field is named, so that a new one is thought of here.
        let Self { search: None, store: None, status: _, in_stock: None, ids: None } = self else { return false };
        true
    }
}

fn in_states(states: &[ProductStatus]) -> Part {
    let values = states.iter().map(|state| state.as_str().into()).collect();
    Part::one_of::<product::Entity>(product::Column::Status, values, None).sorted_by(&[SortField::CreatedAt])
}

/// Products of which a variant can be had, or none can.
fn to_be_had(wanted: bool) -> Part {
    use product_variant::Column as V;
    let here = Expr::col((product_variant::Entity, V::ProductId)).equals((product::Entity, product::Column::Id));
    let any = product_variant::Entity::find().select_only().expr(Expr::value(1)).filter(here).filter(V::Available.gt(0));
    let each = all_of(Expr::exists(any.limit(1).offset(0).into_query()));
    let all = with_variant(V::Available.gt(0));
    // No index has them, but of a few the variants tell sooner than each product.
    let rows = product_variant::Entity::find().select_only().expr(Expr::value(1)).filter(V::Available.gt(0)).into_query();
    match wanted {
        true => Part { all, rows: Some(rows), ..Part::unserved(each) },
        false => Part { all: all.not(), ..Part::unserved(each.not()) },
    }
}

/// Products with a variant of which the condition holds.
pub(super) fn with_variant(condition: impl IntoCondition) -> Condition {
    let variants = product_variant::Entity::find()
        .select_only()
        .column(product_variant::Column::ProductId)
        .filter(condition.into_condition())
        .into_query();
    Condition::all().add(product::Column::Id.in_subquery(variants))
}

/// The products a caller sees, as a condition on `products`.
pub fn visible_to(actor: &Actor) -> Condition {
    if actor.sees_all() {
        return Condition::all();
    }
    let shown = Condition::any().add(product::Column::Status.is_in(SHOWN));
    match actor.stores() {
        [] => shown,
        stores => shown.add(product::Column::StoreId.is_in(stores.iter().copied())),
    }
}

/// Whether a caller sees a product.
pub fn is_visible(actor: &Actor, product: &product::Model) -> bool {
    SHOWN.contains(&product.status) || actor.sees_all() || actor.stores().contains(&product.store_id)
}

/// What products are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SortField {
    /// When it was created.
    CreatedAt,
    /// Its name.
    Name,
}

/// A page of the products a caller sees, newest first unless told otherwise.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    app: &App,
    actor: &Actor,
    filter: &Filter,
    sort: &[(SortField, bool)],
    request: &PageRequest,
) -> Result<Page<product::Model>, PageError> {
    let counted = filter.is_of_counted_columns() && (actor.sees_all() || actor.stores().is_empty());
    let sum = |condition| list::kept_sum(list::counts_by("products", "status"), "products", condition);
    let list: List<'_, product::Entity, Filter, SortField> = List {
        name: "products",
        filter,
        index: search::PRODUCTS,
        parts: Filter::parts,
        seen: seen(actor),
        first: sort.first().map_or(SortField::CreatedAt, |(field, _)| *field),
        keys: keys(sort),
        id: product::Column::Id,
        size: sum(Condition::all()),
        kept: counted.then(|| sum(filter.condition(conn.get_database_backend()).add(visible_to(actor)))),
        counting: |_, _| None,
        trail: Some(Trail::PRODUCTS),
        part_of: None,
    };
    list.page(conn, app, request).await
}

/// The products that are listed for a caller beside the filter.
fn seen(actor: &Actor) -> Option<Part> {
    match (actor.sees_all(), actor.stores()) {
        (true, _) => None,
        (false, []) => Some(in_states(&SHOWN)),
        (false, _) => Some(Part::unserved(visible_to(actor))),
    }
}

/// The products of the list, all of them, in its order.
pub fn all(backend: DbBackend, filter: &Filter, sort: &[(SortField, bool)]) -> Select<product::Entity> {
    page::in_order(product::Entity::find().filter(filter.condition(backend)), &keys(sort))
}

fn keys(sort: &[(SortField, bool)]) -> Vec<SortKey<product::Model>> {
    use product::Column as C;
    let sort = if sort.is_empty() { &[(SortField::CreatedAt, true)][..] } else { sort };
    let keys = sort
        .iter()
        .map(|(field, descending)| match field {
            SortField::CreatedAt => {
                SortKey::column("createdAt", C::CreatedAt, *descending, |row: &product::Model| row.created_at.0.into())
            }
            SortField::Name => SortKey::column("name", C::Name, *descending, |row: &product::Model| row.name.clone().into()),
        })
        .collect();
    page::ending_in_id(keys, C::Id, |row: &product::Model| row.id.0.into())
}
