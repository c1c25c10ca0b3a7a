//! Products and their variants: the objects, the queries, a file for each mutation.

mod bulk;
mod create;
mod filter;
pub mod loader;
mod node;
pub mod query;
mod tabs;
mod update;
mod variant_add;
mod variant_update;

pub use filter::{ProductFilter, ProductSort, ProductSortField};
pub use node::{Product, ProductConnection, ProductEdge, ProductStatus, ProductVariant};
pub use query::CatalogueQuery;
pub use tabs::ProductTabsQuery;

/// Mutations of products.
#[derive(Default, async_graphql::MergedObject)]
pub struct CatalogueMutation(
    create::ProductCreate,
    update::ProductUpdate,
    variant_add::ProductVariantAdd,
    variant_update::ProductVariantUpdate,
    bulk::ProductsBulkAction,
);

/// Declares the error types of a mutation of a product.
macro_rules! product_errors {
    ($error:ident, $code:ident) => {
        $crate::graphql::error::user_errors! {
            $error, $code = $crate::catalogue::change::Code {
                /// No such thing, or not of your stores.
                NotFound,
                /// A product has at least one variant.
                Empty,
                /// More variants than a product may have.
                TooManyVariants,
                /// Another variant of the shop has this SKU.
                SkuTaken,
                /// Not an amount of the store's currency.
                InvalidAmount,
                /// Stock below zero or beyond the limit.
                InvalidQuantity,
                /// Anything else that is wrong with the input.
                InvalidInput,
                /// The key was used with other input.
                IdempotencyKeyReused,
            }
        }
    };
}
use product_errors;
