//! Reading line items (ITEM-01, ITEM-03).

use entity::{
    id::{CustomerId, OrderId, OrderItemId, ProductId, StoreId, VariantId},
    order, order_item,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select,
    sea_query::{Expr, SelectStatement, UnionType},
};
use serde::{Deserialize, Serialize};

use super::query::{Scope, Unseen, bought_by};
use crate::{
    app::App,
    auth::actor::Actor,
    list::{self, List, PartOf, all_of, followed::Trail},
    money::Currency,
    page::{self, Page, PageError, PageRequest, SortKey},
    search::{ITEMS, Search, Searches, given},
};

mod search;

/// Which lines. The inner `None` stands for an id of another type: it names nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Of an order.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub order: Option<Option<OrderId>>,
    /// Of a store.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub store: Option<Option<StoreId>>,
    /// Of a product.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub product: Option<Option<ProductId>>,
    /// Of a variant.
    #[serde(default, deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub variant: Option<Option<VariantId>>,
    /// By SKU.
    pub sku: Option<String>,
    /// Part of the name or of the SKU, without regard to case; one or two letters only where one of these begins.
    pub search: Option<Search>,
}

impl Filter {
    /// Whether a line at hand is one of these: the same as in [`list`].
    pub fn holds(&self, line: &order_item::Model) -> bool {
        self.order.is_none_or(|id| id == Some(line.order_id))
            && self.store.is_none_or(|id| id == Some(line.store_id))
            && self.product.is_none_or(|id| id.is_some() && id == line.product_id)
            && self.variant.is_none_or(|id| id.is_some() && id == line.variant_id)
            && self.sku.as_ref().is_none_or(|sku| line.sku.as_ref() == Some(sku))
            && self
                .search
                .as_ref()
                .and_then(Search::needle)
                .is_none_or(|needle| needle.is_found_in(&format!("{}\n{}", line.name, line.sku.as_deref().unwrap_or_default())))
    }
}

impl Searches for Filter {
    fn searches(&mut self) -> Vec<&mut Search> {
        self.search.iter_mut().collect()
    }
}

/// What lines are sorted by: newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortField {
    /// The id, which grows with time.
    Newest,
}

/// A condition on `order_items`.
type Part = list::Part<SortField>;

/// A page of the lines a caller sees: of own purchases, and those of own stores. Ids grow with time, so newest come first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    conn: &impl ConnectionTrait,
    app: &App,
    scope: &Scope,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<order_item::Model>, PageError> {
    let size = list::kept_sum(list::counts_by("order_items", "kind"), "order_items", Condition::all());
    let list: List<'_, order_item::Entity, Filter, SortField> = List {
        name: "order_items",
        filter,
        index: ITEMS,
        parts: Filter::parts,
        seen: seen(scope),
        first: SortField::Newest,
        keys: vec![newest()],
        id: order_item::Column::Id,
        kept: (*scope == Scope::All && filter.is_of_all()).then(|| size.clone()),
        size,
        counting: Filter::counting,
        // Products and variants may be deleted, which leaves lines without them and no event.
        trail: (filter.product.is_none() && filter.variant.is_none()).then_some(Trail::Events),
        part_of: Some(PartOf { id: order_item::Column::OrderId, table: "orders", number: super::list::of_all() }),
    };
    list.page(conn, app, request).await
}

/// The lines of the list, all of them, in its order.
pub fn all(backend: DbBackend, scope: &Scope, filter: &Filter) -> Select<order_item::Entity> {
    let mut parts = filter.parts(backend);
    parts.extend(seen(scope));
    let all = parts.into_iter().fold(Condition::all(), |all, part| all.add(part.all));
    page::in_order(order_item::Entity::find().filter(all), &[newest()])
}

fn newest() -> SortKey<order_item::Model> {
    SortKey::column("id", order_item::Column::Id, true, |line: &order_item::Model| line.id.0.into())
}

impl Filter {
    /// Whether it has no condition.
    fn is_of_all(&self) -> bool {
        matches!(self, Self { order: None, store: None, product: None, variant: None, sku: None, search: None })
    }

    /// Selects how many lines it is of, where that is sooner known than by its conditions.
    fn counting(&self, backend: DbBackend) -> Option<SelectStatement> {
        let needle = self.search.as_ref().and_then(Search::needle).filter(|needle| !needle.is_nowhere())?;
        let rest = Self { search: None, ..self.clone() };
        rest.is_of_all().then(|| search::count(&needle, backend))
    }

    /// The conditions of the filter; all of them hold.
    fn parts(&self, backend: DbBackend) -> Vec<Part> {
        use order_item::Column as C;
        let mut parts = Vec::new();
        let equal = |column: C, id: Option<sea_orm::Value>| match id {
            Some(id) => sorted(all_of(column.eq(id))),
            None => Part::never::<order_item::Entity>(),
        };
        if let Some(id) = self.order {
            parts.push(id.map_or_else(Part::never::<order_item::Entity>, |id| {
                Part::by_key::<order_item::Entity>(all_of(C::OrderId.eq(id)))
            }));
        }
        if let Some(id) = self.store {
            parts.push(equal(C::StoreId, id.map(Into::into)));
        }
        if let Some(id) = self.product {
            parts.push(equal(C::ProductId, id.map(Into::into)));
        }
        if let Some(id) = self.variant {
            parts.push(equal(C::VariantId, id.map(Into::into)));
        }
        if let Some(sku) = &self.sku {
            // No stored text has a NUL character, and PostgreSQL does not take one as a value.
            parts.push(equal(C::Sku, (!sku.contains('\0')).then(|| sku.into())));
        }
        if let Some(needle) = self.search.as_ref().and_then(Search::needle) {
            parts.push(search::part(&needle, backend));
        }
        parts
    }
}

/// Lines that an index has in the order of the list.
fn sorted(condition: Condition) -> Part {
    Part::served::<order_item::Entity>(condition).sorted_by(&[SortField::Newest])
}

/// The lines a caller sees; nothing when it is all of them.
fn seen(scope: &Scope) -> Option<Part> {
    use order_item::Column as C;
    let Scope::Own { customer, stores } = scope else { return None };
    let sold = || Part::one_of::<order_item::Entity>(C::StoreId, stores.iter().map(|store| (*store).into()).collect(), None);
    Some(match customer {
        None => sold().sorted_by(&[SortField::Newest]),
        Some(customer) if stores.is_empty() => bought(*customer),
        Some(customer) => {
            let (sold, bought) = (sold(), bought(*customer));
            let ids = |part: &Part, what: Expr| {
                order_item::Entity::find().select_only().expr(what).filter(part.all.clone()).into_query()
            };
            let id = || Expr::col((order_item::Entity, C::Id));
            let all = ids(&sold, id()).union(UnionType::All, ids(&bought, id())).to_owned();
            let rows = ids(&sold, Expr::value(1)).union(UnionType::All, ids(&bought, Expr::value(1))).to_owned();
            Part {
                all: all_of(C::Id.in_subquery(all)),
                rows: Some(rows),
                ..Part::unserved(all_of(Condition::any().add(sold.each).add(bought.each)))
            }
        }
    })
}

/// The lines of what a customer bought.
fn bought(customer: CustomerId) -> Part {
    let own = order::Entity::find().select_only().filter(order::Column::CustomerId.eq(customer));
    let orders = own.column(order::Column::Id).into_query();
    let all = Part::served::<order_item::Entity>(all_of(order_item::Column::OrderId.in_subquery(orders)));
    Part { each: all_of(bought_by(customer, (order_item::Entity, order_item::Column::OrderId))), ..all }
}

/// A line the caller sees, with its order's currency.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub(crate) async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: OrderItemId,
) -> Result<Option<(order_item::Model, Currency)>, Unseen> {
    let visible = seen(&Scope::of(actor)?).map_or_else(Condition::all, |part| part.each);
    let Some(line) = order_item::Entity::find_by_id(id).filter(visible).one(conn).await? else { return Ok(None) };
    let order = order::Entity::find_by_id(line.order_id).one(conn).await?;
    Ok(order.and_then(|order| Currency::from_code(&order.currency)).map(|currency| (line, currency)))
}
