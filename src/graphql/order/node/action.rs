//! What may be done with an order.

use async_graphql::{Context, Result, SimpleObject};

use super::{super::stored::OrderAction, Order};
use crate::{graphql::Here, order::transition};

/// Whether an action may be done with an order now, by you.
#[derive(Clone, Debug, SimpleObject)]
pub struct AvailableAction {
    /// The action.
    action: OrderAction,
    /// Whether it may be done.
    allowed: bool,
    /// Why not.
    reason: Option<String>,
}

impl Order {
    /// What the caller may do with it now.
    pub(super) async fn possible(&self, ctx: &Context<'_>) -> Result<Vec<AvailableAction>> {
        let here = Here::of(ctx)?;
        let (actor, rules) = (here.actor(), &here.app.config.orders);
        let sells = rules.sellers_can_fulfil && !actor.sees_all() && !actor.stores().is_empty();
        let only_own_goods = sells && {
            let lines = self.lines(ctx).await?;
            !lines.is_empty() && lines.iter().all(|line| actor.stores().contains(&line.store_id))
        };
        let actions = transition::available(actor, rules, self.row(), only_own_goods);
        Ok(actions
            .into_iter()
            .map(|(action, verdict)| AvailableAction { action: action.into(), allowed: verdict.is_ok(), reason: verdict.err() })
            .collect())
    }
}
