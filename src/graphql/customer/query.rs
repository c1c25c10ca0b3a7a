//! Queries of customers.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::{Address, Customer, CustomerConnection, CustomerFilter, CustomerSort};
use crate::{
    customer::query,
    graphql::{Here, connection::PageArguments, error, scalar::Int},
    order::query::Scope,
};

/// Size of a page of customers unless told (C-09).
const PAGE_SIZE: u32 = 10;

/// Most keys of a sort order.
const MAX_SORT: usize = 6;

/// Queries of customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// A customer by its id; null when there is none that you may see.
    async fn customer(&self, ctx: &Context<'_>, #[graphql(desc = "The customer's id.")] id: ID) -> Option<Result<Customer>> {
        find(ctx, &id).await.transpose()
    }

    /// The customers you may see: staff all, everybody else themselves.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 10 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which customers.")] filter: Option<CustomerFilter>,
        #[graphql(desc = "In which order; newest first unless told.")] sort: Option<Vec<CustomerSort>>,
    ) -> Result<CustomerConnection> {
        let here = Here::of(ctx)?;
        let scope = Scope::of(here.actor()).map_err(error::denied)?;
        let filter = filter.unwrap_or_default().filter()?;
        let sort: Vec<_> = sort.unwrap_or_default().into_iter().map(CustomerSort::key).collect();
        if sort.len() > MAX_SORT {
            return Err(error::bad_input("sort", format!("has at most {MAX_SORT} keys")));
        }
        let request = PageArguments { first, after, last, before, offset }.request(ctx, &here.app.config.pages, PAGE_SIZE);
        let page = query::list(here.app.db.reader(), here.app, &scope, &filter, &sort, &request)
            .await
            .map_err(|error| error::no_page(ctx, error))?;
        Ok(CustomerConnection::new(page, |row| Customer::new(Arc::new(row))))
    }
}

/// A customer the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Customer>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else {
        here.actor().standing().map_err(error::denied)?;
        return Ok(None);
    };
    let row = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    Ok(row.map(|row| Customer::new(Arc::new(row))))
}

/// A saved address of a customer the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find_address(ctx: &Context<'_>, id: &str) -> Result<Option<Address>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else { return Ok(None) };
    let row =
        query::visible_address(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    Ok(row.map(Address::new))
}
