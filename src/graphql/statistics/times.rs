//! How long orders take, and what buyers think of them.

use async_graphql::{Context, Object, Result, SimpleObject};
use rust_decimal::Decimal;

use super::{Given, StatisticsPeriod, asked, for_staff, reading};
use crate::{
    graphql::{
        Here, error,
        order::OrderStatus,
        scalar::{Moment, count},
    },
    statistics::{
        growth::rounded,
        satisfaction,
        transition_times::{self, Which},
    },
};

/// How long orders stayed in one status before another one, in whole seconds.
#[derive(SimpleObject)]
pub struct TransitionTime {
    /// The status they were in.
    from: OrderStatus,
    /// The status that came next.
    to: OrderStatus,
    /// How many such changes are counted.
    count: i32,
    /// Their sum ÷ their count, halves away from zero.
    average_seconds: i32,
    /// The shortest time that at least half of them do not exceed (nearest rank).
    median_seconds: i32,
    /// The shortest time that at least 95 of a hundred do not exceed (nearest rank).
    percentile_95_seconds: i32,
    /// Changes left out because an imported history says that the later status came first.
    left_out: i32,
}

/// How long orders stayed in each status before the next one, by the event log: from the event that brought them into a
/// status to the one that brought them into the next. Orders that were deleted do not count.
#[derive(SimpleObject)]
pub struct TransitionTimes {
    /// Each pair of statuses that followed each other, in the order of an order's life.
    rows: Vec<TransitionTime>,
    /// Begin of the window that the later events lie in; null without one.
    window_from: Option<Moment>,
    /// End of the window; null without one.
    window_to: Option<Moment>,
    /// The moment that the figures are of: all that was done before it is part of them, nothing that was done after it. Without a
    /// window what is dated later is counted too, such as orders imported with a day to come.
    as_of: Moment,
}

/// How many reviews gave so many points.
#[derive(SimpleObject)]
pub struct RatingCount {
    /// 1 to 5 points.
    rating: i32,
    /// How many reviews.
    count: i32,
}

/// What buyers think of their orders, by the reviews that came with imported orders.
#[derive(SimpleObject)]
pub struct Satisfaction {
    /// The points of the reviews written in the window ÷ their count, to four digits, halves away from zero; null when there are none. A review of
    /// which nobody knows when it was written counts when its order was placed.
    average_score: Option<f64>,
    /// How many reviews were written in the window.
    review_count: i32,
    /// How many of them gave 1, 2, 3, 4 and 5 points.
    distribution: Vec<RatingCount>,
    /// How many orders were placed in the window, whatever their status.
    orders: i32,
    /// How many of these orders have a review, whenever it was written.
    reviewed_orders: i32,
    /// `reviewedOrders` ÷ `orders`, from 0 to 1, to four digits, halves away from zero; null when there are no orders.
    reviewed_share: Option<f64>,
    /// Begin of the window, of one that has an end alone the year 1; null without one.
    from: Option<Moment>,
    /// End of the window; null without one.
    to: Option<Moment>,
    /// The moment that the figures are of: all that was done before it is part of them, nothing that was done after it. Without a
    /// window what is dated later is counted too, such as orders imported with a day to come.
    as_of: Moment,
}

fn ratio(part: i64, whole: i64) -> Option<f64> {
    rounded(Decimal::from(part).checked_div(Decimal::from(whole))?, 4)
}

/// Queries of times and of what buyers think.
#[derive(Default)]
pub struct TimesQuery;

#[Object]
impl TimesQuery {
    /// How long orders stayed in each status before the next one, for staff. Of all time unless a period or moments are
    /// given.
    #[allow(clippy::too_many_arguments, reason = "the arguments of the query")]
    async fn transition_times(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only changes of status in this period.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "Only changes of status at this moment or later.")] from: Option<Moment>,
        #[graphql(desc = "Only changes of status at this moment or before; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; the shop's unless told.")] timezone: Option<String>,
        #[graphql(desc = "Only changes from this status.")] from_status: Option<OrderStatus>,
        #[graphql(desc = "Only changes to this status.")] to_status: Option<OrderStatus>,
    ) -> Result<TransitionTimes> {
        let asked = asked(Here::of(ctx)?, Given { period, from, to, timezone, ..for_staff() })?;
        let failed = |fault| error::internal(ctx, &fault);
        let reading = reading(ctx).await?;
        let which = Which { from: from_status.map(Into::into), to: to_status.map(Into::into) };
        let rows =
            transition_times::times(&Here::of(ctx)?.app.lengths, &reading, asked.stretch(), which).await.map_err(failed)?;
        let row = |row: transition_times::Times| TransitionTime {
            from: row.pair.0.into(),
            to: row.pair.1.into(),
            count: count(row.count),
            average_seconds: count(row.average),
            median_seconds: count(row.median),
            percentile_95_seconds: count(row.percentile_95),
            left_out: count(row.left_out),
        };
        Ok(TransitionTimes {
            rows: rows.into_iter().map(row).collect(),
            window_from: asked.from(),
            window_to: asked.to(),
            as_of: Moment(reading.as_of()),
        })
    }

    /// What buyers think of their orders, for staff. Of all time unless a period or moments are given.
    async fn satisfaction(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Reviews written, and orders placed, in this period.")] period: Option<StatisticsPeriod>,
        #[graphql(desc = "From this moment.")] from: Option<Moment>,
        #[graphql(desc = "Up to this moment; now unless told.")] to: Option<Moment>,
        #[graphql(desc = "Time zone of the period by its IANA name; the shop's unless told.")] timezone: Option<String>,
    ) -> Result<Satisfaction> {
        let asked = asked(Here::of(ctx)?, Given { period, from, to, timezone, ..for_staff() })?;
        let failed = |fault| error::internal(ctx, &fault);
        let reading = reading(ctx).await?;
        let found = satisfaction::satisfaction(&reading, asked.stretch()).await.map_err(failed)?;
        let rows = (1..).zip(found.by_rating);
        Ok(Satisfaction {
            average_score: ratio(found.points(), found.count()),
            review_count: count(found.count()),
            distribution: rows.map(|(rating, reviews)| RatingCount { rating, count: count(reviews) }).collect(),
            orders: count(found.orders),
            reviewed_orders: count(found.reviewed),
            reviewed_share: ratio(found.reviewed, found.orders),
            from: asked.from(),
            to: asked.to(),
            as_of: Moment(reading.as_of()),
        })
    }
}
