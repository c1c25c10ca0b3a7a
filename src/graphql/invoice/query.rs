//! Queries of invoices.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};

use super::{Invoice, InvoiceConnection, InvoiceKind};
use crate::{
    graphql::{Here, connection::PageArguments, error, order::DateTimeFilter, scalar::Int},
    invoice::query,
    page::Page,
};

/// Which billing documents. All that is given holds.
#[derive(Clone, Debug, Default, InputObject)]
pub struct InvoiceFilter {
    /// Of a store.
    store: Option<ID>,
    /// For an order.
    order: Option<ID>,
    /// Invoices or credit notes.
    kind: Option<InvoiceKind>,
    /// By its exact number.
    number: Option<String>,
    /// By when it was issued.
    issued_at: Option<DateTimeFilter>,
}

impl InvoiceFilter {
    /// The filter in the domain's values.
    fn filter(self) -> query::Filter {
        query::Filter {
            store: self.store.map(|id| id.parse().ok()),
            order: self.order.map(|id| id.parse().ok()),
            kind: self.kind.map(Into::into),
            number: self.number,
            issued_at: self.issued_at.map(DateTimeFilter::range),
        }
    }
}

/// Queries of invoices.
#[derive(Default)]
pub struct InvoiceQuery;

#[Object]
impl InvoiceQuery {
    /// An invoice or credit note by its id; null when there is none that you may see.
    async fn invoice(&self, ctx: &Context<'_>, #[graphql(desc = "The document's id.")] id: ID) -> Option<Result<Invoice>> {
        find(ctx, &id).await.transpose()
    }

    /// The invoices and credit notes you may see, newest first: buyers those of their orders, sellers those of their stores,
    /// staff all.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front; 20 unless told, at most 100.")] first: Option<Int>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back.")] last: Option<Int>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Rows to leave out in front, beside first.")] offset: Option<Int>,
        #[graphql(desc = "Which documents.")] filter: Option<InvoiceFilter>,
    ) -> Result<InvoiceConnection> {
        let here = Here::of(ctx)?;
        let visible = query::visible_to(here.actor()).map_err(error::denied)?;
        let pages = &here.app.config.pages;
        let request = PageArguments { first, after, last, before, offset }.request(ctx, pages, pages.page_size);
        let filter = filter.unwrap_or_default().filter();
        let page = query::list(here.app.db.reader(), visible, &filter, &request).await;
        let Page { rows, has_next, has_previous, total } = page.map_err(|error| error::no_page(ctx, error))?;
        let rows = rows.into_iter().map(|(row, cursor)| Ok((Invoice::new(ctx, Arc::new(row))?, cursor)));
        let page = Page { rows: rows.collect::<Result<_>>()?, has_next, has_previous, total };
        Ok(InvoiceConnection::new(page, |invoice| invoice))
    }
}

/// A document the caller sees.
///
/// # Errors
/// For nobody, and for faults.
pub(crate) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Invoice>> {
    let here = Here::of(ctx)?;
    let Ok(id) = id.parse() else {
        here.actor().standing().map_err(error::denied)?;
        return Ok(None);
    };
    let row = query::visible(here.app.db.reader(), here.actor(), id).await.map_err(|unseen| error::unseen(ctx, unseen))?;
    row.map(|row| Invoice::new(ctx, Arc::new(row))).transpose()
}
