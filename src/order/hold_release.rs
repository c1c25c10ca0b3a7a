//! `orderHoldRelease`: an order that was held goes on.

use entity::id::OrderId;

use super::{
    change::{self, Changed, Code, Terms},
    hold,
};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Releases an order.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn release(app: &App, origin: &Origin, id: OrderId, terms: Terms) -> Result<Changed, Failure<Code>> {
    authorise(&origin.actor, Right::OrderHoldRelease, &app.config.orders)?;
    terms.check()?;
    let key = terms.key(origin, Right::OrderHoldRelease, &id)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        if let Some(replayed) = change::claim(&tx, origin, key.as_ref(), id, now).await? {
            return Ok(replayed);
        }
        let before = change::lock(&tx, origin, id).await?;
        change::expect_version(&tx, &before, terms.expected_version).await?;
        let mut after = before.clone();
        let Some(change) = hold::end(&tx, origin, &mut after, now).await? else {
            return Err(Failure::refused(Code::InvalidTransition, ["order"], "the order is not on hold"));
        };
        let order = change::store(&tx, origin, &before, after, "ORDER_RELEASED", terms.reason(), &[change], now).await?;
        change::finish(tx, terms.dry_run).await?;
        Ok(Changed { order, replayed: false })
    })
    .await
}
