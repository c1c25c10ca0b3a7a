//! Products and variants as the API shows them.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};
use entity::{product, product_variant, stored};

use crate::{
    graphql::{
        Here,
        connection::connection,
        error,
        scalar::{CurrencyCode, Moment, Money, count},
        store::Store,
    },
    money::Currency,
};

/// Whether a product can be sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "stored::ProductStatus")]
pub enum ProductStatus {
    /// Being written.
    Draft,
    /// Shown and sold.
    Published,
    /// Shown and sold.
    Active,
    /// Put away.
    Archived,
}

/// How much of a variant there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum StockStatus {
    /// Enough.
    InStock,
    /// Few, by the shop's threshold.
    LowStock,
    /// None.
    OutOfStock,
}

/// What a store offers; what is sold and counted are its variants.
#[derive(Clone)]
pub struct Product(Arc<product::Model>);

impl Product {
    /// A product's row.
    pub fn new(row: Arc<product::Model>) -> Self {
        Self(row)
    }
}

/// What a store offers; what is sold and counted are its variants.
#[Object]
impl Product {
    /// The product's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Whose product.
    async fn store(&self, ctx: &Context<'_>) -> Result<Store> {
        let here = Here::of(ctx)?;
        let store =
            here.loaders.stores.load(&here.app.db, self.0.store_id).await.map_err(|fault| error::internal(ctx, &fault))?;
        store.map(Store::new).ok_or_else(|| error::coded("NOT_FOUND", "Store not found"))
    }

    /// Shown name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Shown text.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Whether it can be sold.
    async fn status(&self) -> ProductStatus {
        self.0.status.into()
    }

    /// Whether it is shipped, so that an order of it needs an address.
    async fn is_physical(&self) -> bool {
        self.0.is_physical
    }

    /// What is sold, in its order.
    async fn variants(&self, ctx: &Context<'_>) -> Result<Vec<ProductVariant>> {
        let here = Here::of(ctx)?;
        let rows =
            here.loaders.product_variants.load(&here.app.db, self.0.id).await.map_err(|fault| error::internal(ctx, &fault))?;
        Ok(rows.iter().cloned().map(ProductVariant::new).collect())
    }

    /// Its key in the system it was imported from.
    async fn external_id(&self) -> Option<&str> {
        self.0.external_id.as_deref()
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        Moment(self.0.created_at)
    }

    /// When it was last changed.
    async fn updated_at(&self) -> Moment {
        Moment(self.0.updated_at)
    }
}

/// What is sold: a SKU with a price and a stock.
#[derive(Clone)]
pub struct ProductVariant(Arc<product_variant::Model>);

impl ProductVariant {
    /// A variant's row.
    pub fn new(row: Arc<product_variant::Model>) -> Self {
        Self(row)
    }
}

/// What is sold: a SKU with a price and a stock.
#[Object]
impl ProductVariant {
    /// The variant's id.
    pub(crate) async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The product it is a variant of.
    async fn product(&self, ctx: &Context<'_>) -> Result<Product> {
        let here = Here::of(ctx)?;
        let row =
            here.loaders.products.load(&here.app.db, self.0.product_id).await.map_err(|fault| error::internal(ctx, &fault))?;
        row.map(Product::new).ok_or_else(|| error::coded("NOT_FOUND", "Product not found"))
    }

    /// Stock keeping unit, unique.
    async fn sku(&self) -> &str {
        &self.0.sku
    }

    /// What tells it from its siblings; empty when there are none.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Currency of its price.
    async fn currency(&self, ctx: &Context<'_>) -> Result<CurrencyCode> {
        self.money(ctx).map(CurrencyCode)
    }

    /// Price of one.
    async fn price(&self, ctx: &Context<'_>) -> Result<Money> {
        Ok(Money::new(self.0.price_minor, self.money(ctx)?))
    }

    /// Pieces that can be sold now.
    async fn available(&self) -> i32 {
        count(self.0.available)
    }

    /// How much there is.
    async fn stock_status(&self, ctx: &Context<'_>) -> Result<StockStatus> {
        let threshold = Here::of(ctx)?.app.config.orders.low_stock_threshold;
        Ok(match self.0.available {
            0 => StockStatus::OutOfStock,
            few if few <= threshold => StockStatus::LowStock,
            _ => StockStatus::InStock,
        })
    }
}

impl ProductVariant {
    fn money(&self, ctx: &Context<'_>) -> Result<Currency> {
        Currency::from_code(&self.0.currency)
            .ok_or_else(|| error::internal(ctx, &crate::fault::Fault::Corrupt(format!("currency {}", self.0.currency))))
    }
}

connection!(ProductConnection, ProductEdge, Product);
