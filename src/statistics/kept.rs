//! Figures, kept while nothing they come from changes (CACHE-01).
//!
//! A period that ends now has the same figures until the next order that was dated ahead, or the next day, week, month or year,
//! whose begin is part of the question. One that is so long before now loses orders with every moment: its figures are not kept.

use std::sync::Arc;

use entity::{order, payment, time::Timestamp};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::Serialize;

use super::{
    Whose, Window,
    months::Months,
    orders::{self, Month},
    payments,
};
use crate::{
    app::App,
    cache::{Holds, Keep, Question, Source},
    fault::Fault,
    money::Currency,
    order::filter::{Filter, Range},
    payment::query::Filter as PaymentFilter,
};

/// A window of time, and whether its begin moves with the time.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// From when to when.
    pub window: Window,
    /// True for so many hours before now.
    pub slides: bool,
}

/// What tells questions apart.
#[derive(Serialize)]
struct Arguments<'a, F> {
    whose: &'a Whose,
    filter: &'a F,
    from: Option<Timestamp>,
    currency: Option<&'a str>,
    months: Option<&'a Months>,
}

impl Keep for orders::Figures {
    fn weight(&self) -> usize {
        size_of_val(self) + size_of_val(self.by_status.as_slice()) + size_of_val(self.currencies.as_slice())
    }

    crate::cache::as_json!();
}

impl Keep for Vec<Month> {
    fn weight(&self) -> usize {
        size_of_val(self.as_slice()) + self.len() * 8
    }

    crate::cache::as_json!();
}

impl Keep for payments::Figures {
    fn weight(&self) -> usize {
        let groups = self.by_status.len() + self.by_type.len() + self.by_gateway.len();
        size_of_val(self) + groups * size_of::<(u64, orders::Sum)>() + size_of_val(self.currencies.as_slice())
    }

    crate::cache::as_json!();
}

/// The data behind figures.
fn source(whose: &Whose) -> Source {
    match whose {
        Whose::Buyer(Some(customer)) => Source::Customer(*customer),
        Whose::Buyer(None) | Whose::All | Whose::Seller(_) => Source::Everything,
    }
}

/// Seconds that figures may be kept; none for those that change with every moment.
fn seconds(app: &App, span: Option<Span>, is_of_the_moment: bool) -> u32 {
    let changes_by_itself = is_of_the_moment || span.is_some_and(|span| span.slides);
    if changes_by_itself { 0 } else { app.config.cache.stats_cache_timeout }
}

/// The orders of a window that match.
fn within(filter: &Filter, span: Option<Span>) -> Filter {
    match span {
        None => filter.clone(),
        Some(span) => Filter { placed_at: Some(span.window.range()), and: vec![filter.clone()], ..Default::default() },
    }
}

/// Figures of orders: see [`orders::figures`].
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn orders(
    app: &App,
    whose: &Whose,
    filter: &Filter,
    span: Option<Span>,
    currency: Option<Currency>,
) -> Result<Arc<orders::Figures>, Fault> {
    let code = currency.as_ref().map(Currency::code);
    let arguments = Arguments { whose, filter, from: span.map(|span| span.window.from), currency: code, months: None };
    let seconds = seconds(app, span, filter.is_of_the_moment());
    let question = Question { kind: "order figures", source: source(whose), arguments: &arguments, seconds };
    let read = Box::pin(async {
        let until = if seconds > 0 { next_order(app, span).await? } else { None };
        let value = orders::figures(app.db.reader(), whose, &within(filter, span), currency).await?;
        Ok::<_, Fault>(Holds { value, until })
    });
    app.cache.get(question, read).await
}

/// Orders by month: see [`orders::by_month`].
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn by_month(
    app: &App,
    whose: &Whose,
    filter: &Filter,
    span: Option<Span>,
    currency: Currency,
    months: &Months,
) -> Result<Arc<Vec<Month>>, Fault> {
    let from = span.map(|span| span.window.from);
    let arguments = Arguments { whose, filter, from, currency: Some(currency.code()), months: Some(months) };
    let seconds = seconds(app, span, filter.is_of_the_moment());
    let question = Question { kind: "orders by month", source: source(whose), arguments: &arguments, seconds };
    let read = Box::pin(async {
        let until = if seconds > 0 { next_order(app, span).await? } else { None };
        let value = orders::by_month(app.db.reader(), whose, &within(filter, span), currency, months).await?;
        Ok::<_, Fault>(Holds { value, until })
    });
    app.cache.get(question, read).await
}

/// Figures of payments: see [`payments::figures`]. A payment gets its reference without an event, so what is asked for by one is
/// not kept.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub async fn payments(
    app: &App,
    whose: &Whose,
    filter: &PaymentFilter,
    span: Option<Span>,
    currency: Option<Currency>,
) -> Result<Arc<payments::Figures>, Fault> {
    let code = currency.as_ref().map(Currency::code);
    let arguments = Arguments { whose, filter, from: span.map(|span| span.window.from), currency: code, months: None };
    let seconds = seconds(app, span, filter.reference.is_some());
    let question = Question { kind: "payment figures", source: source(whose), arguments: &arguments, seconds };
    let read = Box::pin(async {
        let until = if seconds > 0 { next_payment(app, span).await? } else { None };
        let mut filter = filter.clone();
        if let Some(span) = span {
            filter.created_at = Some(both(span.window, filter.created_at));
        }
        let value = payments::figures(app.db.reader(), whose, &filter, currency).await?;
        Ok::<_, Fault>(Holds { value, until })
    });
    app.cache.get(question, read).await
}

/// The bounds of a window and those of a filter, both.
fn both(window: Window, bounds: Option<Range<Timestamp>>) -> Range<Timestamp> {
    let bounds = bounds.unwrap_or(Range { gte: None, gt: None, lte: None, lt: None });
    Range { gte: bounds.gte.max(Some(window.from)), lte: Some(bounds.lte.map_or(window.to, |lte| lte.min(window.to))), ..bounds }
}

/// When the next order that is dated ahead comes into a window that ends now.
async fn next_order(app: &App, span: Option<Span>) -> Result<Option<Timestamp>, DbErr> {
    let Some(span) = span else { return Ok(None) };
    let next = order::Entity::find().select_only().column_as(order::Column::PlacedAt.min(), "next");
    let next = next.filter(order::Column::PlacedAt.gt(span.window.to)).into_tuple::<Option<Timestamp>>();
    Ok(next.one(app.db.reader()).await?.flatten())
}

/// The same of payments.
async fn next_payment(app: &App, span: Option<Span>) -> Result<Option<Timestamp>, DbErr> {
    let Some(span) = span else { return Ok(None) };
    let next = payment::Entity::find().select_only().column_as(payment::Column::CreatedAt.min(), "next");
    let next = next.filter(payment::Column::CreatedAt.gt(span.window.to)).into_tuple::<Option<Timestamp>>();
    Ok(next.one(app.db.reader()).await?.flatten())
}
