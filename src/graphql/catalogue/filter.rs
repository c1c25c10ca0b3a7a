//! Filters and orders of products as the API takes them.

use async_graphql::{Enum, Error, ID, InputObject};

use super::ProductStatus;
use crate::{
    catalogue::query::{Filter, SortField},
    graphql::{limit, scalar::SortDirection},
};

/// Which products. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProductFilter {
    /// Part of the name or of a variant's SKU, without regard to case; one or two letters only where one of these begins.
    search: Option<String>,
    /// Of a store.
    store: Option<ID>,
    /// One of these states; what is not on sale is shown to its store and to staff only.
    status: Option<Vec<ProductStatus>>,
    /// Whether there is a variant that can be had.
    in_stock: Option<bool>,
    /// These products.
    ids: Option<Vec<ID>>,
}

impl ProductFilter {
    /// The filter in the domain's values. An id of another type names nothing, so nothing matches.
    ///
    /// # Errors
    /// When it is too large.
    pub fn filter(self) -> Result<Filter, Error> {
        limit::search(self.search.as_deref())?;
        limit::ids("ids", self.ids.as_ref())?;
        Ok(Filter {
            search: self.search.map(Into::into),
            store: self.store.map(|id| id.parse().ok()),
            status: self.status.map(|values| values.into_iter().map(Into::into).collect()),
            in_stock: self.in_stock,
            ids: self.ids.map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect()),
        })
    }
}

/// What products are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "SortField")]
pub enum ProductSortField {
    /// When it was created.
    CreatedAt,
    /// Its name.
    Name,
}

/// One key of a sort order; earlier keys come first.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ProductSort {
    /// What by.
    field: ProductSortField,
    /// Which way.
    #[graphql(default_with = "SortDirection::Desc")]
    direction: SortDirection,
}

impl ProductSort {
    /// The key in the domain's values: what by, and whether the largest is first.
    pub fn key(self) -> (SortField, bool) {
        (self.field.into(), self.direction == SortDirection::Desc)
    }
}
