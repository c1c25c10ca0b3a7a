//! Looking: a payment is taken over as its provider tells it now. Webhooks lead here, and so does everything that may have
//! happened unnoticed; how often and in which order it is done makes no difference.

use entity::{
    gateway_webhook,
    id::{OrderId, PaymentId},
    job, payment,
    stored::{AttemptKind, AttemptState, PaymentGateway, PaymentStatus, RefundStatus},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use serde::{Deserialize, Serialize};

use super::{
    attempt::{self, By, Plan, Request, Settle},
    books::Books,
    carry::{self, Outcome, Turn},
    gateway::{GatewayError, Snapshot},
    ledger::Ledger,
    snapshot, unwind,
};
use crate::{
    app::App,
    db::{retrying, statement},
    event::Origin,
    fault::Fault,
    job::{Done, NewJob, Trouble, payload},
};

/// Looks at a payment at its provider.
pub const LOOK: &str = "payment.look";

/// Looks for what was left open: recurs.
pub const RECONCILE: &str = "payment.reconcile";

/// How often, in seconds.
const RECONCILE_EVERY: i64 = 300;

/// How long something may be open before it is looked at, in seconds.
const OPEN_FOR: i64 = 120;

/// How long webhooks are remembered, in days: longer than any provider repeats a delivery.
const WEBHOOKS_KEPT_DAYS: i64 = 60;

/// How often a payment is looked for that nobody here knows; it may be written down in a moment.
const STRANGER_ATTEMPTS: i32 = 6;

/// The pause between, in seconds.
const STRANGER_PAUSE: i64 = 20;

/// The payload of a look.
#[derive(Debug, Serialize, Deserialize)]
pub struct Look {
    /// At which provider.
    pub gateway: PaymentGateway,
    /// The provider's id of the payment.
    pub reference: String,
    /// The webhook that led here.
    pub event: Option<String>,
}

/// Takes over what a provider tells of a payment, with all that follows from it.
///
/// # Errors
/// When the database fails, or the provider contradicts itself.
pub(crate) async fn take_over(ledger: &Ledger<'_>, books: &mut Books, id: PaymentId, told: &Snapshot) -> Result<(), Fault> {
    let payment = books.known(id)?.clone();
    let merged = snapshot::merge(&payment, &books.refunds_of(id), &books.refund_keys(id), told, ledger.now)
        .map_err(|contradiction| Fault::Corrupt(format!("the provider of {id} says that {contradiction}")))?;
    Box::pin(ledger.take_over(books, merged)).await?;
    if let Some(saved) = &told.saved {
        ledger.save_method(books, id, saved).await?;
    }
    if told.captured_minor > payment.captured_minor {
        unwind::after_capture(ledger, books, id).await?;
    }
    unwind::after_attempt(ledger, books, id).await
}

/// Enqueues that a payment is looked at soon, if its provider knows of it.
///
/// # Errors
/// When the database fails.
pub(crate) async fn enqueue(tx: &DatabaseTransaction, payment: &payment::Model, now: Timestamp) -> Result<(), DbErr> {
    let Some(reference) = payment.reference.clone().filter(|_| snapshot::is_authorised(payment.gateway)) else { return Ok(()) };
    let look = Look { gateway: payment.gateway, reference, event: None };
    crate::job::enqueue(tx, NewJob::new(LOOK, &look, now)?.key(payment.id.to_string()), now).await?;
    Ok(())
}

/// The job that asks a provider again whose answer did not come.
///
/// # Errors
/// To be tried again while the outcome is not known.
pub(crate) async fn settle(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let Settle { attempt } = payload(job)?;
    match Box::pin(carry::carry_out(app, &Origin::system(), attempt, Turn::Again)).await? {
        Outcome::Open => Err(Trouble::Retry(format!("what came of {attempt} is still not known"))),
        Outcome::Done | Outcome::Refused(..) | Outcome::Gone => Ok(Done::Finished),
    }
}

/// The job that looks at one payment. Of several webhooks about it the first look is enough for all that came before.
///
/// # Errors
/// To be tried again when the provider does not answer.
pub(crate) async fn look(app: &App, job: &job::Model) -> Result<Done, Trouble> {
    let look: Look = payload(job)?;
    let webhooks = waiting(app, &look).await?;
    if look.event.as_ref().is_some_and(|event| !webhooks.contains(event)) {
        return Ok(Done::Finished);
    }
    let known = known(app, &look).await?;
    let Some(gateway) = app.gateways.get(look.gateway) else {
        return Err(Trouble::Retry("the provider is not configured any more".into()));
    };
    let told = match gateway.look(&look.reference).await {
        Ok(told) => Some(told),
        Err(error @ (GatewayError::Unknown(_) | GatewayError::NotConfigured)) => return Err(Trouble::Retry(error.plain())),
        Err(error) => {
            tracing::error!(reference = look.reference, error = %error.plain(), "a provider does not know a payment");
            None
        }
    };
    let payment = match (known, &told) {
        (None, Some(told)) => ours(app, &look, told).await?,
        (known, _) => known,
    };
    let Some(payment) = payment else {
        return match job.attempts < STRANGER_ATTEMPTS {
            true => Err(Trouble::RetryAt(app.clock.now().plus_seconds(STRANGER_PAUSE), "nobody knows this payment yet".into())),
            false => Ok(Done::Finished),
        };
    };
    retrying(|| Box::pin(looked(app, payment.order_id, payment.id, told.as_ref(), &look, &webhooks))).await?;
    Ok(Done::Finished)
}

/// The payment of a reference.
async fn known(app: &App, look: &Look) -> Result<Option<payment::Model>, DbErr> {
    payment::Entity::find()
        .filter(payment::Column::Gateway.eq(look.gateway))
        .filter(payment::Column::Reference.eq(&look.reference))
        .one(app.db.reader())
        .await
}

/// The payment that a provider says is ours, when its answer to our own call is still on its way.
async fn ours(app: &App, look: &Look, told: &Snapshot) -> Result<Option<payment::Model>, DbErr> {
    let Some(id) = told.payment else { return Ok(None) };
    payment::Entity::find_by_id(id)
        .filter(payment::Column::Gateway.eq(look.gateway))
        .filter(payment::Column::Reference.is_null())
        .one(app.db.reader())
        .await
}

/// The webhooks about a payment that nobody looked after yet.
async fn waiting(app: &App, look: &Look) -> Result<Vec<String>, DbErr> {
    gateway_webhook::Entity::find()
        .select_only()
        .column(gateway_webhook::Column::Event)
        .filter(gateway_webhook::Column::Gateway.eq(look.gateway))
        .filter(gateway_webhook::Column::Reference.eq(&look.reference))
        .filter(gateway_webhook::Column::LookedAt.is_null())
        .into_tuple()
        .all(app.db.reader())
        .await
}

/// Writes what was told, and that it was looked.
async fn looked(
    app: &App,
    order: OrderId,
    id: PaymentId,
    told: Option<&Snapshot>,
    look: &Look,
    webhooks: &[String],
) -> Result<(), Fault> {
    let (now, origin) = (app.clock.now(), Origin::system());
    let tx = app.db.begin().await?;
    let Some(mut books) = Books::lock(&tx, order).await? else { return Ok(()) };
    if books.payment(id).is_none() {
        return Ok(());
    }
    let ledger = Ledger { tx: &tx, origin: &origin, rules: &app.config.orders, reason: None, now };
    if let Some(told) = told {
        take_over(&ledger, &mut books, id, told).await?;
    }
    if look.event.is_some() {
        go_on(&ledger, &mut books, id).await?;
    }
    payment::Entity::update_many()
        .col_expr(payment::Column::LookedAt, Expr::value(Some(now)))
        .filter(payment::Column::Id.eq(id))
        .exec(&tx)
        .await?;
    if !webhooks.is_empty() {
        gateway_webhook::Entity::update_many()
            .col_expr(gateway_webhook::Column::LookedAt, Expr::value(Some(now)))
            .filter(gateway_webhook::Column::Gateway.eq(look.gateway))
            .filter(gateway_webhook::Column::Event.is_in(webhooks.iter().map(String::as_str)))
            .exec(&tx)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Goes on with a payment that its buyer approved at PayPal, which moves no money until it is told to: the buyer may have
/// closed the page. Told too early it tells how things stand.
async fn go_on(ledger: &Ledger<'_>, books: &mut Books, id: PaymentId) -> Result<(), Fault> {
    let payment = books.known(id)?.clone();
    let waits = payment.gateway == PaymentGateway::Paypal && payment.status == PaymentStatus::Pending;
    if !waits || books.is_busy(id) || !super::state::takes_payments(books.order.status) {
        return Ok(());
    }
    let plan = Plan { payment: id, kind: AttemptKind::Confirm, amount_minor: payment.amount_minor, refund: None };
    books.attempts.push(attempt::start(ledger.tx, plan, &Request::default(), By::Job, ledger.now).await?);
    Ok(())
}

/// The job that finds what was left open and has it seen to.
///
/// # Errors
/// When the database fails.
pub(crate) async fn reconcile(app: &App, _: &job::Model) -> Result<Done, Trouble> {
    let now = app.clock.now();
    let payments = left_open(app, now).await?;
    let attempts = attempts_left_open(app, now).await?;
    let tx = app.db.begin().await?;
    for payment in &payments {
        enqueue(&tx, payment, now).await?;
    }
    for id in attempts {
        attempt::again(&tx, id, now, now).await?;
    }
    gateway_webhook::Entity::delete_many()
        .filter(gateway_webhook::Column::ReceivedAt.lt(now.plus_seconds(-WEBHOOKS_KEPT_DAYS * 86_400)))
        .exec(&tx)
        .await?;
    tx.commit().await?;
    Ok(Done::Again(now.plus_seconds(RECONCILE_EVERY)))
}

/// Payments whose provider may know more than we do: begun and not ended, promised, or with refunds under way. Young ones are
/// looked at each time, older ones less and less often, and after a month no more.
async fn left_open(app: &App, now: Timestamp) -> Result<Vec<payment::Model>, DbErr> {
    let conn = app.db.reader();
    // By their indexes, which an OR would not be looked up in.
    let sql = "SELECT p.* FROM payments p WHERE p.gateway <> $1 AND p.reference IS NOT NULL AND p.id IN ( \
        SELECT id FROM payments WHERE status IN ($2, $3) UNION SELECT payment_id FROM refunds WHERE status = $4) AND \
        COALESCE(p.looked_at, p.updated_at) < $5 AND \
        (p.updated_at > $6 OR (COALESCE(p.looked_at, 0) < $7 AND p.updated_at > $8)) ORDER BY p.looked_at, p.id LIMIT 500";
    let values = [
        PaymentGateway::Manual.as_str().into(),
        PaymentStatus::Pending.as_str().into(),
        PaymentStatus::Authorized.as_str().into(),
        RefundStatus::Pending.as_str().into(),
        now.plus_seconds(-OPEN_FOR).into(),
        now.plus_seconds(-3_600).into(),
        now.plus_seconds(-6 * 3_600).into(),
        now.plus_seconds(-30 * 86_400).into(),
    ];
    payment::Entity::find().from_raw_sql(statement(conn, sql, values)).all(conn).await
}

/// Attempts of which nothing was heard, whose own job was given up or is on its way.
async fn attempts_left_open(app: &App, now: Timestamp) -> Result<Vec<entity::id::PaymentAttemptId>, DbErr> {
    use entity::payment_attempt::{Column as C, Entity};
    Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::State.is_in([AttemptState::Started, AttemptState::Unknown]))
        .filter(C::UpdatedAt.lt(now.plus_seconds(-OPEN_FOR)))
        .limit(500)
        .into_tuple()
        .all(app.db.reader())
        .await
}
