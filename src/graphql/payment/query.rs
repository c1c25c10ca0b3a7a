//! Queries of payments.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result};

use super::{Payment, PaymentConnection};
use crate::{
    graphql::{
        Here,
        connection::PageArguments,
        error, limit,
        order::{DateTimeFilter, PaymentGateway, PaymentStatus, PaymentType},
        scalar::{CurrencyCode, Int, SortDirection},
    },
    money::Currency,
    order::query::Scope,
    payment::query::{self, SortField},
};

/// Which payments. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PaymentFilter {
    /// One of these states.
    status: Option<Vec<PaymentStatus>>,
    /// One of these ways.
    r#type: Option<Vec<PaymentType>>,
    /// One of these providers.
    gateway: Option<Vec<PaymentGateway>>,
    /// Of an order.
    order: Option<ID>,
    /// Of a customer's orders.
    customer: Option<ID>,
    /// By its exact reference.
    reference: Option<String>,
    /// By its currency.
    currency: Option<CurrencyCode>,
    /// By when it was begun.
    created_at: Option<DateTimeFilter>,
    /// Part of the reference or of the order's number, without regard to case; one or two letters only where one of these begins.
    search: Option<String>,
}

impl PaymentFilter {
    /// The filter in the domain's values.
    ///
    /// # Errors
    /// When it is too large.
    pub fn filter(self) -> Result<query::Filter> {
        limit::search(self.search.as_deref())?;
        Ok(query::Filter {
            status: self.status.map(|values| values.into_iter().map(Into::into).collect()),
            kind: self.r#type.map(|values| values.into_iter().map(Into::into).collect()),
            gateway: self.gateway.map(|values| values.into_iter().map(Into::into).collect()),
            order: self.order.map(|id| id.parse().ok()),
            customer: self.customer.map(|id| id.parse().ok()),
            reference: self.reference,
            currency: self.currency.map(|code| code.0.code().to_owned()),
            created_at: self.created_at.map(DateTimeFilter::range),
            search: self.search.map(Into::into),
        })
    }
}

/// What payments are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "SortField")]
pub enum PaymentSortField {
    /// When it was begun.
    CreatedAt,
    /// What it is over.
    Amount,
}

/// One key of a sort order; earlier keys come first.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct PaymentSort {
    /// What by.
    field: PaymentSortField,
    /// Which way.
    #[graphql(default_with = "SortDirection::Desc")]
    direction: SortDirection,
}

impl PaymentSort {
    /// The key in the domain's values: what by, and whether the largest is first.
    pub fn key(self) -> (SortField, bool) {
        (self.field.into(), self.direction == SortDirection::Desc)
    }
}

/// Queries of payments.
#[derive(Default)]
pub struct PaymentQuery;

#[Object]
impl PaymentQuery {
    /// A payment by its id; null when there is none that you may see.
    async fn payment(&self, ctx: &Context<'_>, #[graphql(desc = "The payment's id.")] id: ID) -> Option<Result<Payment>> {
        find(ctx, &id).await.transpose()
    }

    /// The payments you may see: buyers those of their orders, staff all.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which payments.")] filter: Option<PaymentFilter>,
        #[graphql(desc = "In which order; newest first unless told.")] sort: Option<Vec<PaymentSort>>,
    ) -> Result<PaymentConnection> {
        let here = Here::of(ctx)?;
        let scope = Scope::of(here.actor()).map_err(error::denied)?;
        let request = PageArguments { first, after, last, before, offset }.request(
            ctx,
            &here.app.config.pages,
            here.app.config.pages.page_size,
        );
        let sort: Vec<_> = sort.unwrap_or_default().into_iter().map(PaymentSort::key).collect();
        let filter = filter.unwrap_or_default().filter()?;
        let page = query::list(here.app.db.reader(), here.app, &scope, &filter, &sort, &request)
            .await
            .map_err(|error| error::no_page(ctx, error))?;
        let currencies: Option<Vec<Currency>> = page.rows.iter().map(|(row, _)| Currency::from_code(&row.currency)).collect();
        let currencies =
            currencies.ok_or_else(|| error::internal(ctx, &crate::fault::Fault::Corrupt("currency of a payment".into())))?;
        let mut currencies = currencies.into_iter();
        let fallback = Currency::from_code("USD").ok_or_else(|| error::coded("INTERNAL_SERVER_ERROR", "no currency"))?;
        Ok(PaymentConnection::new(page, |row| Payment::new(row, currencies.next().unwrap_or(fallback))))
    }
}

/// A payment the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Payment>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else {
        here.actor().standing().map_err(error::denied)?;
        return Ok(None);
    };
    let row = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    let Some(row) = row else { return Ok(None) };
    let currency = Currency::from_code(&row.currency)
        .ok_or_else(|| error::internal(ctx, &crate::fault::Fault::Corrupt(format!("currency {}", row.currency))))?;
    Ok(Some(Payment::new(row, currency)))
}
