//! An order at other moments, by its event log.

use async_graphql::{Context, Result};
use entity::time::Timestamp;

use super::{
    super::{OrderSnapshot, past},
    Order,
};
use crate::{
    graphql::{Here, error, event::FieldChange, scalar::Moment},
    order::past::{Facts, as_of},
};

impl Order {
    /// The order as it was at a moment.
    pub(super) async fn at(&self, ctx: &Context<'_>, time: Moment) -> Option<Result<OrderSnapshot>> {
        let facts = match self.facts(ctx, time.0).await {
            Ok(facts) => facts?,
            Err(error) => return Some(Err(error)),
        };
        Some(past::snapshot(ctx, &facts, time.0, &self.0.view, self.0.currency))
    }

    /// What is different between two moments.
    pub(super) async fn between(&self, ctx: &Context<'_>, from: Moment, to: Moment) -> Result<Vec<FieldChange>> {
        if to.0 < from.0 {
            return Err(error::bad_input("to", "must not be before from"));
        }
        let earlier = self.facts(ctx, from.0).await?.unwrap_or_default();
        let later = self.facts(ctx, to.0).await?.unwrap_or_default();
        let seen = earlier.difference(&later).into_iter().filter(|change| self.is_whole() || change.field == "status");
        Ok(seen.map(FieldChange::from).collect())
    }

    /// The order at a moment.
    async fn facts(&self, ctx: &Context<'_>, at: Timestamp) -> Result<Option<Facts>> {
        let here = Here::of(ctx)?;
        let events = here.loaders.events.load(&here.app.db, self.row().id).await;
        let events = events.map_err(|fault| error::internal(ctx, &fault))?;
        let lines = self.lines(ctx).await?;
        Ok(as_of(self.row(), &lines, &events, at))
    }
}
