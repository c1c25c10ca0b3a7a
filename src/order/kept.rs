//! Pages of a buyer's own orders, kept while nothing of them changes (CACHE-01).
//!
//! Kept in memory only: they hold names and addresses, and reading them anew takes two statements by index. Payments are never
//! part of them: they also change without an event, so they are loaded beside the page.

use std::sync::Arc;

use serde::Serialize;

use super::{
    filter::Filter,
    list::{self as lists, Beside, Sort},
    query::Scope,
    read::{Whole, With},
};
use crate::{
    cache::{Holds, Keep, Question, Source},
    page::{Page, PageError, PageRequest},
};

/// A page that is kept.
struct Orders(Page<Whole>);

/// About what an order's texts take beside its row.
const TEXTS: usize = 1_024;

impl Keep for Orders {
    fn weight(&self) -> usize {
        let of_order = |whole: &Whole| {
            let lines = whole.items.as_deref().map_or(0, |items| items.len() * (size_of_val(items) / items.len().max(1) + 128));
            size_of_val(&*whole.order) + TEXTS + lines
        };
        self.0.rows.iter().map(|(whole, cursor)| of_order(whole) + cursor.len()).sum::<usize>() + size_of::<Self>()
    }
}

/// What tells two pages apart.
#[derive(Serialize)]
struct Arguments<'a> {
    filter: &'a Filter,
    sort: &'a [Sort],
    request: &'a PageRequest,
    with: With,
}

/// A page of the orders that a scope sees; one that is kept where that can be right.
///
/// # Errors
/// [`PageError`] for bad page arguments.
pub(crate) async fn list(
    beside: Beside<'_>,
    scope: &Scope,
    filter: &Filter,
    sort: &[Sort],
    request: &PageRequest,
    with: With,
) -> Result<Page<Whole>, PageError> {
    let app = beside.app;
    let seconds = app.config.cache.cache_timeout;
    let source = own(scope).filter(|source| !filter.is_of_the_moment() && app.cache.keeps(*source, seconds));
    let Some(source) = source else {
        return lists::page(app.db.reader(), beside, scope, filter, sort, request, with).await;
    };
    let with = With { payments: false, ..with };
    let arguments = Arguments { filter, sort, request, with };
    let question = Question { kind: "orders", source, arguments: &arguments, seconds };
    let read = Box::pin(async {
        let page = lists::page(app.db.reader(), beside, scope, filter, sort, request, with).await?;
        Ok::<_, PageError>(Holds::from(Orders(page)))
    });
    let page: Arc<Orders> = app.cache.get(question, read).await?;
    Ok(Arc::try_unwrap(page).map_or_else(|shared| shared.0.clone(), |own| own.0))
}

/// The data behind the pages of somebody who only buys. Sellers' pages also hold orders of other customers.
fn own(scope: &Scope) -> Option<Source> {
    match scope {
        Scope::Own { customer: Some(customer), stores } if stores.is_empty() => Some(Source::Customer(*customer)),
        Scope::Own { .. } | Scope::All => None,
    }
}
