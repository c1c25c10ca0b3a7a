//! Deliveries that were taken are forgotten after a while; dead letters stay. The log itself stays whole, so a replay can
//! tell everything again.

use entity::{stored::WebhookDeliveryState, webhook_delivery};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use crate::{
    app::App,
    job::{Done, Trouble},
};

/// The kind of the job that forgets; it recurs.
pub const FORGET: &str = "webhook.forget";

/// How long a delivery that was taken is remembered, in days.
const KEPT_DAYS: i64 = 30;

/// How often some are forgotten, in seconds.
const EVERY: i64 = 3_600;

/// Forgets the deliveries whose time is over.
///
/// # Errors
/// When the database fails.
pub(crate) async fn run(app: &App) -> Result<Done, Trouble> {
    let now = app.clock.now();
    webhook_delivery::Entity::delete_many()
        .filter(webhook_delivery::Column::State.eq(WebhookDeliveryState::Succeeded))
        .filter(webhook_delivery::Column::CreatedAt.lt(now.plus_seconds(-KEPT_DAYS * 86_400)))
        .exec(app.db.writer())
        .await?;
    Ok(Done::Again(now.plus_seconds(EVERY)))
}
