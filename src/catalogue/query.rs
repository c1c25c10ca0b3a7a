//! Reading products: everybody sees what is on sale, members of a store and staff what is being written or put away too.

use entity::{
    id::{ProductId, StoreId},
    product, product_variant,
    stored::ProductStatus,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, IntoCondition},
};
use serde::{Deserialize, Serialize};

use crate::{
    auth::actor::Actor,
    page::{self, Page, PageError, PageRequest, SortKey},
    search::{found_in, given},
};

/// What everybody sees (C-22).
const SHOWN: [ProductStatus; 2] = [ProductStatus::Published, ProductStatus::Active];

/// Which products. The inner `None` of an id stands for one of another type: it names nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Part of the name or of a variant's SKU, without regard to case.
    pub search: Option<String>,
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

impl Filter {
    /// The filter as a condition on `products`.
    pub(super) fn condition(&self) -> Condition {
        use product::Column as C;
        let mut all = Condition::all();
        if let Some(text) = self.search.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            let sku = found_in((product_variant::Entity, product_variant::Column::Sku), text);
            all = all.add(Condition::any().add(found_in((product::Entity, C::Name), text)).add(with_variant(sku)));
        }
        if let Some(store) = self.store {
            all = all.add(store.map_or_else(nothing, |id| Condition::all().add(C::StoreId.eq(id))));
        }
        if let Some(values) = &self.status {
            all = all.add(C::Status.is_in(values.iter().copied()));
        }
        if let Some(in_stock) = self.in_stock {
            let having = with_variant(product_variant::Column::Available.gt(0));
            all = all.add(if in_stock { having } else { having.not() });
        }
        if let Some(ids) = &self.ids {
            all = all.add(C::Id.is_in(ids.iter().copied()));
        }
        all
    }
}

fn nothing() -> Condition {
    Condition::all().add(Expr::value(false))
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
pub async fn list(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    filter: &Filter,
    sort: &[(SortField, bool)],
    request: &PageRequest,
) -> Result<Page<product::Model>, PageError> {
    let select = product::Entity::find().filter(visible_to(actor)).filter(filter.condition());
    page::fetch(conn, select, &keys(sort), request).await
}

/// The products of the list, all of them, in its order.
pub fn all(filter: &Filter, sort: &[(SortField, bool)]) -> Select<product::Entity> {
    page::in_order(product::Entity::find().filter(filter.condition()), &keys(sort))
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
