//! What an attempt means for its delivery and its endpoint. Written in one transaction, after the request.

use entity::{
    stored::{WebhookDeliveryState, WebhookStatus},
    time::Timestamp,
    webhook_attempt, webhook_delivery, webhook_endpoint,
};
use sea_orm::{
    ActiveModelTrait,
    ActiveValue::{NotSet, Set},
    DatabaseTransaction, EntityTrait, IntoActiveModel, QuerySelect,
};

use super::{change, queue, schedule, send::Answer};
use crate::{
    app::App,
    db::retrying,
    event::{Change, Origin},
    fault::Fault,
};

/// Writes down how an attempt ended; when to try again, if at all.
///
/// # Errors
/// When the database fails.
pub(super) async fn record(
    app: &App,
    tried: &webhook_delivery::Model,
    began: Timestamp,
    answer: &Answer,
) -> Result<Option<Timestamp>, Fault> {
    retrying(|| record_once(app, tried, began, answer)).await
}

async fn record_once(
    app: &App,
    tried: &webhook_delivery::Model,
    began: Timestamp,
    answer: &Answer,
) -> Result<Option<Timestamp>, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let endpoint = webhook_endpoint::Entity::find_by_id(tried.endpoint_id).one(&tx).await?;
    let Some(mut endpoint) = endpoint else { return Ok(None) };
    let is_news = !answer.is_success() || endpoint.failures > 0;
    if is_news && tried.event_id.is_some() {
        // The order of locks everywhere: the endpoint, then its delivery.
        let locked = webhook_endpoint::Entity::find_by_id(tried.endpoint_id).lock_exclusive().one(&tx).await?;
        let Some(locked) = locked else { return Ok(None) };
        endpoint = locked;
        judge(&tx, &mut endpoint, answer, now).await?;
    }
    let Some(mut delivery) = queue::lock(&tx, tried.id).await? else { return Ok(None) };
    write_attempt(&tx, tried, began, answer).await?;
    let mut next = None;
    if delivery.round == tried.round && delivery.state == WebhookDeliveryState::Pending {
        delivery.attempts += 1;
        next = settle(app, &endpoint, &mut delivery, answer, now);
        delivery.into_active_model().reset_all().update(&tx).await?;
    }
    tx.commit().await?;
    Ok(next)
}

async fn write_attempt(
    tx: &DatabaseTransaction,
    tried: &webhook_delivery::Model,
    began: Timestamp,
    answer: &Answer,
) -> Result<(), Fault> {
    let row = webhook_attempt::ActiveModel {
        id: NotSet,
        delivery_id: Set(tried.id),
        at: Set(began),
        status_code: Set(answer.status.map(i32::from)),
        error: Set(answer.error.clone()),
        duration_ms: Set(i32::try_from(answer.took.as_millis()).unwrap_or(i32::MAX)),
        answer: Set(answer.text.clone()),
    };
    webhook_attempt::Entity::insert(row).exec_without_returning(tx).await?;
    Ok(())
}

/// The delivery after an attempt; when it is tried again.
fn settle(
    app: &App,
    endpoint: &webhook_endpoint::Model,
    delivery: &mut webhook_delivery::Model,
    answer: &Answer,
    now: Timestamp,
) -> Option<Timestamp> {
    delivery.last_error = answer.error.clone();
    delivery.next_at = None;
    if answer.is_success() {
        delivery.state = WebhookDeliveryState::Succeeded;
        delivery.finished_at = Some(now);
        return None;
    }
    let is_test = delivery.event_id.is_none();
    let may_retry = !is_test && endpoint.status == WebhookStatus::Active;
    let pause = schedule::pause(&app.config.webhooks.retries, delivery.attempts).filter(|_| may_retry);
    match pause {
        Some(seconds) => {
            let next = now.plus_seconds(seconds.max(answer.retry_after.unwrap_or(0)));
            delivery.next_at = Some(next);
            Some(next)
        }
        None => {
            delivery.state = WebhookDeliveryState::Failed;
            delivery.finished_at = Some(now);
            let (delivery, attempts) = (delivery.id, delivery.attempts);
            tracing::warn!(%delivery, endpoint = %endpoint.id, attempts, "a webhook was given up");
            None
        }
    }
}

/// The endpoint after an attempt: it is disabled when it says that it is gone, or after days without a success.
async fn judge(
    tx: &DatabaseTransaction,
    endpoint: &mut webhook_endpoint::Model,
    answer: &Answer,
    now: Timestamp,
) -> Result<(), Fault> {
    if answer.is_success() {
        if endpoint.failures == 0 {
            return Ok(());
        }
        endpoint.failures = 0;
        (endpoint.failing_since, endpoint.failed_at) = (None, None);
    } else {
        let since = *endpoint.failing_since.get_or_insert(now);
        endpoint.failures = endpoint.failures.saturating_add(1);
        endpoint.failed_at = Some(now);
        let reason = match answer.is_gone() {
            true => Some("the receiver answered 410 Gone"),
            false => schedule::is_hopeless(since, now).then_some("nothing was taken for 5 days"),
        };
        if let Some(reason) = reason.filter(|_| endpoint.status == WebhookStatus::Active) {
            endpoint.status = WebhookStatus::Disabled;
            endpoint.disabled_reason = Some(reason.to_owned());
            let change = Change::new("status", WebhookStatus::Active.as_str(), WebhookStatus::Disabled.as_str());
            let origin = Origin::system();
            change::log(tx, &origin, now, endpoint.id, "WEBHOOK_ENDPOINT_DISABLED", Some(reason), &[change]).await?;
            tracing::warn!(endpoint = %endpoint.id, reason, "a webhook endpoint was disabled");
        }
    }
    endpoint.clone().into_active_model().reset_all().update(tx).await?;
    Ok(())
}

/// Ends a delivery without an attempt, because its endpoint is disabled.
///
/// # Errors
/// When the database fails.
pub(super) async fn give_up(app: &App, tried: &webhook_delivery::Model) -> Result<(), Fault> {
    retrying(|| async {
        let tx = app.db.begin().await?;
        let delivery = queue::lock(&tx, tried.id).await?;
        let is_same = |now: &webhook_delivery::Model| now.round == tried.round && now.state == WebhookDeliveryState::Pending;
        if let Some(mut delivery) = delivery.filter(is_same) {
            delivery.state = WebhookDeliveryState::Failed;
            delivery.next_at = None;
            delivery.last_error = Some("the endpoint is disabled".to_owned());
            delivery.finished_at = Some(app.clock.now());
            delivery.into_active_model().reset_all().update(&tx).await?;
            tx.commit().await?;
        }
        Ok(())
    })
    .await
}
