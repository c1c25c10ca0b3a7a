//! Filters and orders of customers as the API takes them.

use async_graphql::{Enum, Error, ID, InputObject};

use super::CustomerStatus;
use crate::{
    customer::query::{Filter, SortField},
    graphql::{limit, order::DateTimeFilter, scalar::SortDirection},
};

/// Which customers. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CustomerFilter {
    /// Part of name, e-mail, phone or key in the system it was imported from, without regard to case; one or two letters only where one of these begins.
    search: Option<String>,
    /// One of these states.
    status: Option<Vec<CustomerStatus>>,
    /// By when it was created.
    created_at: Option<DateTimeFilter>,
    /// These customers.
    ids: Option<Vec<ID>>,
    /// By its key in the system it was imported from.
    external_id: Option<String>,
}

impl CustomerFilter {
    /// The filter in the domain's values.
    ///
    /// # Errors
    /// When it is too large.
    pub fn filter(self) -> Result<Filter, Error> {
        limit::search(self.search.as_deref())?;
        limit::ids("ids", self.ids.as_ref())?;
        Ok(Filter {
            search: self.search.map(Into::into),
            status: self.status.map(|values| values.into_iter().map(Into::into).collect()),
            created_at: self.created_at.map(DateTimeFilter::range),
            ids: self.ids.map(|ids| ids.iter().filter_map(|id| id.parse().ok()).collect()),
            external_id: self.external_id,
        })
    }
}

/// What customers are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "SortField")]
pub enum CustomerSortField {
    /// When it was created.
    CreatedAt,
    /// Its name.
    Name,
}

/// One key of a sort order; earlier keys come first.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct CustomerSort {
    /// What by.
    field: CustomerSortField,
    /// Which way.
    #[graphql(default_with = "SortDirection::Desc")]
    direction: SortDirection,
}

impl CustomerSort {
    /// The key in the domain's values: what by, and whether the largest is first.
    pub fn key(self) -> (SortField, bool) {
        (self.field.into(), self.direction == SortDirection::Desc)
    }
}
