//! Line items.

use async_graphql::{Context, ID, InputObject, Result};
use entity::order_item;

use super::{super::connection::connection, Order};
use crate::{
    graphql::{
        Here,
        catalogue::{Product, ProductVariant},
        error, limit,
        row::Row,
        scalar::Money,
        store::Store,
    },
    money::Currency,
    order::item::Filter,
};

/// A line of an order: what was agreed when it was placed; later edits of the product change nothing here.
#[derive(Clone)]
pub struct OrderItem {
    row: Row<order_item::Model>,
    currency: Currency,
}

impl OrderItem {
    /// A line in its order's currency.
    pub fn new(row: impl Into<Row<order_item::Model>>, currency: Currency) -> Self {
        Self { row: row.into(), currency }
    }

    /// The line's row.
    pub fn row(&self) -> &order_item::Model {
        &self.row
    }
}

/// A line of an order: what was agreed when it was placed; later edits of the product change nothing here.
#[async_graphql::Object]
impl OrderItem {
    /// The line's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.row.id.to_string())
    }

    /// The order it is a line of.
    async fn order(&self, ctx: &Context<'_>) -> Result<Order> {
        let here = Here::of(ctx)?;
        let row =
            here.loaders.orders.load(&here.app.db, self.row.order_id).await.map_err(|fault| error::internal(ctx, &fault))?;
        let row = row.ok_or_else(|| error::coded("NOT_FOUND", "Order not found"))?;
        Order::seen(ctx, row)
    }

    /// Whose goods.
    async fn store(&self, ctx: &Context<'_>) -> Result<Store> {
        let here = Here::of(ctx)?;
        let store =
            here.loaders.stores.load(&here.app.db, self.row.store_id).await.map_err(|fault| error::internal(ctx, &fault))?;
        store.map(Store::new).ok_or_else(|| error::coded("NOT_FOUND", "Store not found"))
    }

    /// The product; null when it was deleted.
    async fn product(&self, ctx: &Context<'_>) -> Option<Result<Product>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.products.load(&here.app.db, self.row.product_id?).await {
            Ok(product) => product.map(|row| Ok(Product::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// The variant; null when it was deleted.
    async fn variant(&self, ctx: &Context<'_>) -> Option<Result<ProductVariant>> {
        let here = match Here::of(ctx) {
            Ok(here) => here,
            Err(error) => return Some(Err(error)),
        };
        match here.loaders.variants.load(&here.app.db, self.row.variant_id?).await {
            Ok(variant) => variant.map(|row| Ok(ProductVariant::new(row))),
            Err(fault) => Some(Err(error::internal(ctx, &fault))),
        }
    }

    /// Product and variant name when it was sold.
    async fn name(&self) -> &str {
        &self.row.name
    }

    /// Stock keeping unit when it was sold.
    async fn sku(&self) -> Option<&str> {
        self.row.sku.as_deref()
    }

    /// Picture when it was sold.
    async fn image_url(&self) -> Option<&str> {
        self.row.image_url.as_deref()
    }

    /// Pieces.
    async fn quantity(&self) -> i32 {
        self.row.quantity
    }

    /// Pieces that are in fulfillments, shipped or not.
    async fn fulfilled_quantity(&self, ctx: &Context<'_>) -> Result<i32> {
        crate::graphql::fulfillment::fulfilled(ctx, &self.row).await
    }

    /// Price of one, in the order's currency.
    async fn unit_price(&self) -> Money {
        Money::new(self.row.unit_price_minor, self.currency)
    }

    /// Price of all pieces, in the order's currency.
    async fn total(&self) -> Money {
        Money::new(self.row.total_minor, self.currency)
    }
}

/// Which lines. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OrderItemFilter {
    /// Of an order.
    order: Option<ID>,
    /// Of a store.
    store: Option<ID>,
    /// Of a product.
    product: Option<ID>,
    /// Of a variant.
    variant: Option<ID>,
    /// By its exact SKU.
    sku: Option<String>,
    /// Part of the name or of the SKU, without regard to case; one or two letters only where one of these begins.
    search: Option<String>,
}

impl OrderItemFilter {
    /// The filter of the domain.
    ///
    /// # Errors
    /// When it is too large.
    pub fn filter(self) -> Result<Filter> {
        limit::search(self.search.as_deref())?;
        Ok(Filter {
            order: self.order.map(|id| id.parse().ok()),
            store: self.store.map(|id| id.parse().ok()),
            product: self.product.map(|id| id.parse().ok()),
            variant: self.variant.map(|id| id.parse().ok()),
            sku: self.sku,
            search: self.search.map(Into::into),
        })
    }
}

connection!(OrderItemConnection, OrderItemEdge, OrderItem);
