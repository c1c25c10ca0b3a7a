//! `productCreate`.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::{Product, ProductStatus, product_errors};
use crate::{
    auth::policy::Right,
    catalogue::{
        change::{Code, NewVariant},
        create::{self, NewProduct},
    },
    fault::Refusal,
    graphql::{
        Here, error,
        scalar::{Int, Money},
    },
};

product_errors!(ProductCreateUserError, ProductCreateErrorCode);

/// What is to be created.
#[derive(Clone, Debug, InputObject)]
pub struct ProductCreateInput {
    /// Whose product.
    store: ID,
    /// Shown name, 1 to 255 characters.
    name: String,
    /// Shown text, at most 20000 characters.
    description: Option<String>,
    /// Whether it can be sold.
    #[graphql(default_with = "Some(ProductStatus::Draft)")]
    status: Option<ProductStatus>,
    /// Whether it is shipped, so that an order of it needs an address.
    #[graphql(default_with = "Some(true)")]
    is_physical: Option<bool>,
    /// What is sold, 1 to 100; a product without choices has one.
    variants: Vec<ProductVariantInput>,
    /// Makes a repeated call the same call: the same key and input give the same product.
    idempotency_key: Option<String>,
}

/// What is sold: a SKU with a price and an opening stock.
#[derive(Clone, Debug, InputObject)]
pub struct ProductVariantInput {
    /// Stock keeping unit, unique in the whole shop, 1 to 100 characters.
    sku: String,
    /// What tells it from its siblings.
    name: Option<String>,
    /// Price of one, in the store's currency.
    price: Money,
    /// Pieces to begin with, 0 to 1000000000.
    #[graphql(default_with = "Some(Int(0))")]
    stock: Option<Int>,
}

impl ProductVariantInput {
    /// The variant for a command.
    pub fn variant(self) -> NewVariant {
        NewVariant { sku: self.sku, name: self.name, price: self.price.decimal(), stock: self.stock.map_or(0, |stock| stock.0) }
    }
}

/// What came of productCreate.
#[derive(SimpleObject)]
pub struct ProductCreatePayload {
    /// The product; null when it was refused.
    product: Option<Product>,
    /// True: this call repeats an earlier one with the same key.
    replayed: bool,
    /// Why it was refused; empty when it was not.
    user_errors: Vec<ProductCreateUserError>,
}

impl ProductCreateInput {
    fn product(self) -> Result<NewProduct, Refusal<Code>> {
        Ok(NewProduct {
            store: error::id(&self.store, Code::NotFound, &["store"], "Store")?,
            name: self.name,
            description: self.description,
            status: self.status.unwrap_or(ProductStatus::Draft).into(),
            is_physical: self.is_physical.unwrap_or(true),
            variants: self.variants.into_iter().map(ProductVariantInput::variant).collect(),
        })
    }
}

/// `productCreate`.
#[derive(Default)]
pub struct ProductCreate;

#[Object]
impl ProductCreate {
    /// Creates a product with its variants and their opening stock, by sellers in own stores.
    async fn product_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be created.")] mut input: ProductCreateInput,
    ) -> Result<ProductCreatePayload> {
        let here = Here::of(ctx)?;
        here.authorise(Right::ProductCreate)?;
        let key = input.idempotency_key.take();
        let outcome = match input.product() {
            Ok(new) => create::create(here.app, here.origin, new, key.as_deref()).await,
            Err(refusal) => Err(refusal.into()),
        };
        Ok(match error::settle(ctx, outcome)? {
            Err(user_errors) => ProductCreatePayload { product: None, replayed: false, user_errors },
            Ok(created) => {
                let product = Some(Product::new(Arc::new(created.product)));
                ProductCreatePayload { product, replayed: created.replayed, user_errors: Vec::new() }
            }
        })
    }
}
