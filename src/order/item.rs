//! Reading line items (ITEM-01, ITEM-03).

use entity::{
    id::{OrderId, OrderItemId, ProductId, StoreId, VariantId},
    order, order_item,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select, sea_query::Expr,
};
use serde::{Deserialize, Serialize};

use super::query::{Scope, Unseen};
use crate::{
    auth::actor::Actor,
    money::Currency,
    page::{self, Page, PageError, PageRequest, SortKey},
    search::given,
};

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
}

impl Filter {
    /// Whether a line at hand is one of these: the same as in [`list`].
    pub fn holds(&self, line: &order_item::Model) -> bool {
        self.order.is_none_or(|id| id == Some(line.order_id))
            && self.store.is_none_or(|id| id == Some(line.store_id))
            && self.product.is_none_or(|id| id.is_some() && id == line.product_id)
            && self.variant.is_none_or(|id| id.is_some() && id == line.variant_id)
            && self.sku.as_ref().is_none_or(|sku| line.sku.as_ref() == Some(sku))
    }
}

/// A page of the lines a caller sees: of own purchases, and those of own stores. Ids grow with time, so newest come first.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub async fn list(
    conn: &impl ConnectionTrait,
    scope: &Scope,
    filter: &Filter,
    request: &PageRequest,
) -> Result<Page<order_item::Model>, PageError> {
    page::fetch(conn, wanted(scope, filter), &[newest()], request).await
}

/// The lines of the list, all of them, in its order.
pub fn all(scope: &Scope, filter: &Filter) -> Select<order_item::Entity> {
    page::in_order(wanted(scope, filter), &[newest()])
}

fn newest() -> SortKey<order_item::Model> {
    SortKey::column("id", order_item::Column::Id, true, |line: &order_item::Model| line.id.0.into())
}

fn wanted(scope: &Scope, filter: &Filter) -> Select<order_item::Entity> {
    use order_item::Column as C;
    let mut all = Condition::all().add(seen(scope));
    let equal = |column: C, id: Option<sea_orm::Value>| match id {
        Some(id) => Condition::all().add(column.eq(id)),
        None => Condition::all().add(Expr::value(false)),
    };
    if let Some(id) = filter.order {
        all = all.add(equal(C::OrderId, id.map(Into::into)));
    }
    if let Some(id) = filter.store {
        all = all.add(equal(C::StoreId, id.map(Into::into)));
    }
    if let Some(id) = filter.product {
        all = all.add(equal(C::ProductId, id.map(Into::into)));
    }
    if let Some(id) = filter.variant {
        all = all.add(equal(C::VariantId, id.map(Into::into)));
    }
    if let Some(sku) = &filter.sku {
        all = all.add(C::Sku.eq(sku));
    }
    order_item::Entity::find().filter(all)
}

fn seen(scope: &Scope) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Own { customer, stores } => {
            let mut any = Condition::any().add(Expr::value(false));
            if !stores.is_empty() {
                any = any.add(order_item::Column::StoreId.is_in(stores.iter().copied()));
            }
            if let Some(customer) = customer {
                let own =
                    order::Entity::find().select_only().column(order::Column::Id).filter(order::Column::CustomerId.eq(*customer));
                any = any.add(order_item::Column::OrderId.in_subquery(own.into_query()));
            }
            any
        }
    }
}

/// A line the caller sees, with its order's currency.
///
/// # Errors
/// [`Unseen::Denied`] for nobody.
pub async fn visible(
    conn: &impl ConnectionTrait,
    actor: &Actor,
    id: OrderItemId,
) -> Result<Option<(order_item::Model, Currency)>, Unseen> {
    let scope = Scope::of(actor)?;
    let Some(line) = order_item::Entity::find_by_id(id).filter(seen(&scope)).one(conn).await? else { return Ok(None) };
    let order = order::Entity::find_by_id(line.order_id).one(conn).await?;
    Ok(order.and_then(|order| Currency::from_code(&order.currency)).map(|currency| (line, currency)))
}
