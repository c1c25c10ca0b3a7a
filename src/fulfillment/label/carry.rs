//! Carrying a purchase out: asking the provider, outside of any transaction, and taking over what it answers. The command that
//! began it does it, and a job when nothing was heard of that.
//!
//! The provider knows no keys. Who finds no label of ours buys one, so only one may ask at a time: it holds the label's row
//! until a time by which it has given up.

use std::time::Duration;

use entity::{fulfillment, id::ShippingLabelId, job, order, shipping_label, stored::AttemptState, time::Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};
use serde::{Deserialize, Serialize};

use crate::{
    app::App,
    db::retrying,
    event::Origin,
    fault::Fault,
    fulfillment::{
        change::How,
        provider::{Label, Moved, ProviderError},
        scene::Scene,
        track, tracking,
    },
    job::{self as jobs, Done, NewJob, Trouble, payload},
};

/// Asks a provider again whose answer did not come.
pub const SETTLE: &str = "fulfillment.label";

/// Calls of one purchase: looking for it, buying, reading its price.
const CALLS: u64 = 3;

/// What calls may take beyond their time, by trying again, in seconds.
const SLACK: u64 = 15;

/// What came of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The label is bought.
    Done,
    /// The provider or the carrier refused.
    Refused(String),
    /// What came of it is not known, and nobody may ask before that time.
    Open(Timestamp),
    /// There is no such label any more.
    Gone,
}

#[derive(Debug, Serialize, Deserialize)]
struct Settle {
    label: ShippingLabelId,
}

/// Seconds for which one who asks holds a label's row; longer than it asks.
pub(super) fn patience(app: &App) -> i64 {
    let seconds = asking(app).as_secs() + SLACK;
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// How long one purchase may take.
fn asking(app: &App) -> Duration {
    Duration::from_secs(CALLS * app.config.shipping.shipping_timeout + SLACK)
}

const fn is_open(state: AttemptState) -> bool {
    matches!(state, AttemptState::Started | AttemptState::Unknown)
}

/// Enqueues that the provider is asked again.
pub(super) async fn again(
    conn: &impl ConnectionTrait,
    label: ShippingLabelId,
    run_at: Timestamp,
    now: Timestamp,
) -> Result<bool, DbErr> {
    jobs::enqueue(conn, NewJob::new(SETTLE, &Settle { label }, now)?.key(label.to_string()).run_at(run_at), now).await
}

/// The job that asks a provider again whose answer did not come.
///
/// # Errors
/// To be tried again while the outcome is not known.
pub(crate) async fn settle(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Settle { label } = payload(job)?;
    let now = app.clock.now();
    let held = shipping_label::ActiveModel { asking_until: Set(now.plus_seconds(patience(app))), ..Default::default() };
    let taken = shipping_label::Entity::update_many()
        .set(held)
        .filter(shipping_label::Column::Id.eq(label))
        .filter(shipping_label::Column::AskingUntil.lte(now))
        .exec(app.db.writer())
        .await?;
    if taken.rows_affected == 0 {
        let row = shipping_label::Entity::find_by_id(label).one(app.db.reader()).await?;
        return match row.filter(|row| is_open(row.state)) {
            Some(row) => Err(Trouble::RetryAt(row.asking_until, format!("{label} is being asked for"))),
            None => Ok(Done::Finished),
        };
    }
    match Box::pin(carry_out(app, &Origin::system(), label)).await? {
        Outcome::Open(until) => {
            let pause = now.plus_seconds(jobs::pause(job.attempts, 0));
            Err(Trouble::RetryAt(until.max(pause), format!("what came of {label} is still not known")))
        }
        Outcome::Done | Outcome::Refused(_) | Outcome::Gone => Ok(Done::Finished),
    }
}

/// Asks the provider for a label whose row the caller holds, and takes over the answer.
///
/// # Errors
/// When the database fails; the job asks again.
pub(crate) async fn carry_out(app: &App, origin: &Origin, id: ShippingLabelId) -> Result<Outcome, Fault> {
    let Some(label) = shipping_label::Entity::find_by_id(id).one(app.db.reader()).await? else { return Ok(Outcome::Gone) };
    if !is_open(label.state) {
        return Ok(Outcome::Done);
    }
    let answer = match &app.shipping {
        Some(provider) => match tokio::time::timeout(asking(app), provider.buy(&id.to_string(), &label.rate)).await {
            Ok(answer) => answer,
            Err(_) => Err(ProviderError::Unknown("no answer in time".into())),
        },
        None => Err(ProviderError::Unknown("no shipping provider is configured any more".into())),
    };
    if let Err(error) = &answer {
        tracing::warn!(label = %id, %error, "a label was not bought");
    }
    retrying(|| Box::pin(apply(app, origin, id, &answer))).await
}

async fn apply(app: &App, origin: &Origin, id: ShippingLabelId, answer: &Result<Label, ProviderError>) -> Result<Outcome, Fault> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let Some(known) = shipping_label::Entity::find_by_id(id).one(&tx).await? else { return Ok(Outcome::Gone) };
    let Some(parcel) = fulfillment::Entity::find_by_id(known.fulfillment_id).one(&tx).await? else { return Ok(Outcome::Gone) };
    let order = order::Entity::find_by_id(parcel.order_id).lock_exclusive().one(&tx).await?;
    let Some(order) = order else { return Ok(Outcome::Gone) };
    // On the order's lock: another answer may have been taken over meanwhile.
    let label = shipping_label::Entity::find_by_id(id).one(&tx).await?;
    let Some(label) = label.filter(|label| is_open(label.state)) else { return Ok(Outcome::Done) };
    let mut row = shipping_label::ActiveModel { id: Set(id), updated_at: Set(now), ..Default::default() };
    let outcome = match answer {
        Ok(bought) => {
            row.state = Set(AttemptState::Succeeded);
            row.error = Set(None);
            row.reference = Set(Some(bought.reference.clone()));
            row.carrier = Set(bought.carrier.clone());
            row.amount_minor = Set(bought.cost_minor);
            row.currency = Set(bought.currency.code().to_owned());
            let mut scene = Scene::of(&tx, order).await?;
            let place = scene.parcels.iter().position(|parcel| parcel.row.id == label.fulfillment_id);
            let Some(index) = place else { return Ok(Outcome::Gone) };
            let how = How { origin, reason: None, now };
            scene.change(&tx, how, index, "FULFILLMENT_LABEL_BOUGHT", |row| write(row, &label, bought)).await?;
            if label.state == AttemptState::Unknown {
                // News of it may have come while nobody here knew its number.
                let moved = Moved { carrier: bought.carrier.clone(), tracking_number: bought.tracking_number.clone() };
                track::enqueue(&tx, &moved, id.to_string(), now).await?;
            }
            Outcome::Done
        }
        Err(ProviderError::Rejected(why)) => {
            row.state = Set(AttemptState::Failed);
            row.error = Set(Some(why.clone()));
            Outcome::Refused(why.clone())
        }
        Err(ProviderError::Unknown(why)) => {
            row.state = Set(AttemptState::Unknown);
            row.error = Set(Some(why.clone()));
            Outcome::Open(label.asking_until)
        }
    };
    shipping_label::Entity::update(row).exec(&tx).await?;
    tx.commit().await?;
    Ok(outcome)
}

fn write(row: &mut fulfillment::Model, label: &shipping_label::Model, bought: &Label) {
    let link = |url: &str| Some(url.to_owned()).filter(|url| tracking::is_link(url));
    row.carrier = Some(bought.carrier.clone());
    row.tracking_number = Some(bought.tracking_number.clone());
    row.tracking_url = bought.tracking_url.as_deref().and_then(link);
    row.label_url = link(&bought.label_url);
    row.provider = label.provider;
    row.provider_reference = Some(bought.reference.clone());
}
