//! Figures, kept while nothing they come from changes (CACHE-01).
//!
//! A period that ends now has the same figures until the next order that was dated ahead, or the next day, week, month or year,
//! whose begin is part of the question. What is so long before now loses orders with every moment, and is not kept; nor is a
//! window that somebody chose.

use std::sync::Arc;

use entity::{order, payment, time::Timestamp};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};

use super::{
    Period, Whose, Window, orders, payments,
    rollup::reading::{Reading, Shared},
};
use crate::{
    app::App,
    cache::{Holds, Keep, Question, Source},
    fault::Fault,
    money::Currency,
    order::filter::{Filter, Range},
    payment::query::Filter as PaymentFilter,
};

/// Figures and the moment they are of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dated<T> {
    /// The moment.
    pub as_of: Timestamp,
    /// The figures.
    pub figures: T,
}

/// What is asked, but for the filter.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Whose figures.
    pub whose: &'a Whose,
    /// From when to when.
    pub window: Option<Window>,
    /// The period that gave the window.
    pub period: Option<Period>,
    /// In which currency.
    pub currency: Option<Currency>,
    /// Whether nothing else is asked for beside it. All figures of an operation are of one moment, and what is kept is of an
    /// earlier one than what is read beside it.
    pub alone: bool,
}

/// What tells questions apart.
#[derive(Serialize)]
struct Arguments<'a, F> {
    whose: &'a Whose,
    filter: &'a F,
    from: Option<Timestamp>,
    currency: Option<&'a str>,
}

impl Keep for Dated<orders::Figures> {
    fn weight(&self) -> usize {
        size_of_val(self) + size_of_val(self.figures.by_status.as_slice()) + size_of_val(self.figures.currencies.as_slice())
    }

    crate::cache::as_json!();
}

impl Keep for Dated<payments::Figures> {
    fn weight(&self) -> usize {
        let figures = &self.figures;
        let groups = figures.by_status.len() + figures.by_type.len() + figures.by_gateway.len();
        size_of_val(self) + groups * size_of::<(u64, orders::Sum)>() + size_of_val(figures.currencies.as_slice())
    }

    crate::cache::as_json!();
}

impl Asked<'_> {
    /// The data behind the figures.
    fn source(&self) -> Source {
        match self.whose {
            Whose::Buyer(Some(customer)) => Source::Customer(*customer),
            Whose::Buyer(None) | Whose::All | Whose::Seller { .. } | Whose::Store(_) => Source::Everything,
        }
    }

    /// Seconds that the figures may be kept; none for those that change with every moment.
    fn seconds(&self, app: &App, is_of_the_moment: bool) -> u32 {
        let holds = match (self.window, self.period) {
            (None, _) => true,
            (Some(_), None | Some(Period::Last7Days | Period::Last30Days)) => false,
            (Some(_), Some(Period::Day | Period::Week | Period::Month | Period::Year | Period::ThisMonth)) => true,
        };
        if holds && self.alone && !is_of_the_moment { app.config.cache.stats_cache_timeout } else { 0 }
    }

    fn arguments<'a, F>(&'a self, filter: &'a F) -> Arguments<'a, F> {
        Arguments {
            whose: self.whose,
            filter,
            from: self.window.map(|window| window.from),
            currency: self.currency.as_ref().map(Currency::code),
        }
    }

    /// The orders of the window that match.
    pub fn within(&self, filter: &Filter) -> Filter {
        match self.window {
            None => filter.clone(),
            Some(window) => Filter { placed_at: Some(window.range()), and: vec![filter.clone()], ..Default::default() },
        }
    }
}

/// What a reading said, and until when that holds. A snapshot that others of the same operation began may be older than the
/// question: what it says is kept only when nothing has changed since.
fn held<T>(app: &App, reading: &Reading, figures: T, next: Option<Timestamp>) -> Holds<Dated<T>> {
    let is_new = reading.stamp().is_some_and(|stamp| app.cache.is_unchanged(stamp));
    let until = if is_new { next } else { Some(Timestamp(i64::MIN)) };
    Holds { value: Dated { as_of: reading.as_of(), figures }, until }
}

/// Figures of orders: see [`orders::figures`].
///
/// # Errors
/// When the database fails or a sum is out of range.
pub(crate) async fn orders(
    app: &App,
    shared: &Shared,
    asked: Asked<'_>,
    filter: &Filter,
) -> Result<Arc<Dated<orders::Figures>>, Fault> {
    let arguments = asked.arguments(filter);
    let seconds = asked.seconds(app, filter.is_of_the_moment());
    let question = Question { kind: "order figures", source: asked.source(), arguments: &arguments, seconds };
    let read = Box::pin(async {
        let reading = shared.lock(app).await?;
        let figures = orders::figures(&reading, asked.whose, &asked.within(filter), asked.currency).await?;
        let next = next_order(reading.conn(), asked.window, seconds).await?;
        Ok::<_, Fault>(held(app, &reading, figures, next))
    });
    app.cache.get(question, read).await
}

/// Figures of payments: see [`payments::figures`]. A payment gets its reference without an event, so what is asked for by one, or
/// searched, is not kept.
///
/// # Errors
/// When the database fails or a sum is out of range.
pub(crate) async fn payments(
    app: &App,
    shared: &Shared,
    asked: Asked<'_>,
    filter: &PaymentFilter,
) -> Result<Arc<Dated<payments::Figures>>, Fault> {
    let arguments = asked.arguments(filter);
    let seconds = asked.seconds(app, filter.reference.is_some() || filter.search.is_some());
    let question = Question { kind: "payment figures", source: asked.source(), arguments: &arguments, seconds };
    let read = Box::pin(async {
        let reading = shared.lock(app).await?;
        let mut filter = filter.clone();
        if let Some(window) = asked.window {
            filter.created_at = Some(both(window, filter.created_at));
        }
        let figures = payments::figures(&reading, asked.whose, &filter, asked.currency).await?;
        let next = next_payment(reading.conn(), asked.window, seconds).await?;
        Ok::<_, Fault>(held(app, &reading, figures, next))
    });
    app.cache.get(question, read).await
}

/// The bounds of a window and those of a filter, both.
fn both(window: Window, bounds: Option<Range<Timestamp>>) -> Range<Timestamp> {
    let bounds = bounds.unwrap_or(Range { gte: None, gt: None, lte: None, lt: None });
    Range { gte: bounds.gte.max(Some(window.from)), lte: Some(bounds.lte.map_or(window.to, |lte| lte.min(window.to))), ..bounds }
}

/// When the next order that is dated ahead comes into a window that ends now.
async fn next_order(conn: &impl ConnectionTrait, window: Option<Window>, seconds: u32) -> Result<Option<Timestamp>, DbErr> {
    let Some(window) = window.filter(|_| seconds > 0) else { return Ok(None) };
    let next = order::Entity::find().select_only().column_as(order::Column::PlacedAt.min(), "next");
    let next = next.filter(order::Column::PlacedAt.gt(window.to)).into_tuple::<Option<Timestamp>>();
    Ok(next.one(conn).await?.flatten())
}

/// The same of payments.
async fn next_payment(conn: &impl ConnectionTrait, window: Option<Window>, seconds: u32) -> Result<Option<Timestamp>, DbErr> {
    let Some(window) = window.filter(|_| seconds > 0) else { return Ok(None) };
    let next = payment::Entity::find().select_only().column_as(payment::Column::CreatedAt.min(), "next");
    let next = next.filter(payment::Column::CreatedAt.gt(window.to)).into_tuple::<Option<Timestamp>>();
    Ok(next.one(conn).await?.flatten())
}
