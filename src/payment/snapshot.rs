//! What a provider tells of a payment, taken over. Pure, and monotone: the same news twice, old news after new ones, or news
//! in another order lead to the same rows.

use entity::{
    id::RefundId,
    payment, refund,
    stored::{PaymentGateway, PaymentStatus, RefundStatus},
    time::Timestamp,
};

use super::gateway::{RefundSnapshot, RefundState, Snapshot, State};

/// What changes of a payment and its refunds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// The payment as it is then.
    pub payment: payment::Model,
    /// Its refunds that changed, and those that were not known.
    pub refunds: Vec<RefundNews>,
}

/// A refund that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundNews {
    /// A known one, as it is now.
    Changed(refund::Model),
    /// One that was made elsewhere, such as in the provider's dashboard.
    Found(RefundSnapshot),
}

impl RefundNews {
    /// How it stands.
    pub fn status(&self) -> RefundStatus {
        match self {
            Self::Changed(row) => row.status,
            Self::Found(told) => status_of(told.state),
        }
    }

    fn amount(&self) -> i64 {
        match self {
            Self::Changed(row) => row.amount_minor,
            Self::Found(told) => told.amount_minor,
        }
    }
}

/// A provider says that more was given back than was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{refunded} was given back of {captured}")]
pub struct Contradiction {
    /// Given back.
    pub refunded: i64,
    /// Taken.
    pub captured: i64,
}

/// Takes over what a provider tells. `keys` are the keys that refunds of this payment were asked for with.
///
/// # Errors
/// [`Contradiction`]; then nothing is to be changed.
pub fn merge(
    payment: &payment::Model,
    refunds: &[refund::Model],
    keys: &[(String, RefundId)],
    told: &Snapshot,
    now: Timestamp,
) -> Result<Merged, Contradiction> {
    let news = merge_refunds(refunds, keys, told, now);
    let mut after = payment.clone();
    after.captured_minor = payment.captured_minor.max(told.captured_minor);
    after.authorized_minor = payment.authorized_minor.max(told.authorized_minor).max(after.captured_minor);
    after.refunded_minor = succeeded(refunds, &news);
    if after.refunded_minor > after.captured_minor {
        return Err(Contradiction { refunded: after.refunded_minor, captured: after.captured_minor });
    }
    after.status = status(payment.status, told.state, after.captured_minor, after.refunded_minor);
    if after.reference.is_none() && !told.reference.is_empty() {
        after.reference = Some(told.reference.clone());
    }
    if let Some(card) = &told.card {
        after.card_brand = Some(card.brand.clone());
        after.last4 = Some(card.last4.clone());
    }
    let is_pending = after.status == PaymentStatus::Pending;
    after.client_secret = told.client_secret.clone().or(after.client_secret).filter(|_| is_pending);
    after.redirect_url = told.redirect_url.clone().or(after.redirect_url).filter(|_| is_pending);
    match (after.status, &told.decline) {
        (PaymentStatus::Failed, Some(decline)) => {
            after.failure_code = Some(decline.code.clone());
            after.failure_message = Some(decline.message.clone());
        }
        (PaymentStatus::Failed, None) => {}
        _ => {
            after.failure_code = None;
            after.failure_message = None;
        }
    }
    if after.captured_minor > 0 && payment.captured_minor == 0 {
        after.processed_at = Some(now);
    }
    if after != *payment {
        after.updated_at = now;
    }
    Ok(Merged { payment: after, refunds: news })
}

/// The status that follows from the money, or where none moved from what is known and what is told.
pub fn status(known: PaymentStatus, told: State, captured: i64, refunded: i64) -> PaymentStatus {
    if captured > 0 {
        return of_money(captured, refunded);
    }
    let told = match told {
        State::RequiresAction | State::Processing => PaymentStatus::Pending,
        State::Failed => PaymentStatus::Failed,
        State::Authorized => PaymentStatus::Authorized,
        State::Cancelled => PaymentStatus::Cancelled,
        // Nothing was captured: a promise at most.
        State::Captured => PaymentStatus::Pending,
    };
    if rank(told) > rank(known) { told } else { known }
}

/// The status of a payment of which something was captured.
pub const fn of_money(captured: i64, refunded: i64) -> PaymentStatus {
    match refunded {
        0 => PaymentStatus::Paid,
        _ if refunded >= captured => PaymentStatus::Refunded,
        _ => PaymentStatus::PartiallyRefunded,
    }
}

/// How far a payment has come; it never goes back. A failed one may still be tried with another card.
const fn rank(status: PaymentStatus) -> u8 {
    match status {
        PaymentStatus::Pending => 0,
        PaymentStatus::Failed => 1,
        PaymentStatus::Authorized => 2,
        PaymentStatus::Cancelled => 3,
        PaymentStatus::Paid | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => 4,
    }
}

/// How far a refund has come; banks send some back after they succeeded.
const fn refund_rank(status: RefundStatus) -> u8 {
    match status {
        RefundStatus::Pending => 0,
        RefundStatus::Succeeded => 1,
        RefundStatus::Failed => 2,
    }
}

/// The stored form of a refund's state.
pub const fn status_of(state: RefundState) -> RefundStatus {
    match state {
        RefundState::Pending => RefundStatus::Pending,
        RefundState::Succeeded => RefundStatus::Succeeded,
        RefundState::Failed => RefundStatus::Failed,
    }
}

/// What is given back of a payment when the news are taken over.
fn succeeded(refunds: &[refund::Model], news: &[RefundNews]) -> i64 {
    let is_news = |id: RefundId| news.iter().any(|news| matches!(news, RefundNews::Changed(row) if row.id == id));
    let kept = refunds.iter().filter(|row| row.status == RefundStatus::Succeeded && !is_news(row.id)).map(|row| row.amount_minor);
    let new = news.iter().filter(|news| news.status() == RefundStatus::Succeeded).map(RefundNews::amount);
    kept.chain(new).sum()
}

fn merge_refunds(refunds: &[refund::Model], keys: &[(String, RefundId)], told: &Snapshot, now: Timestamp) -> Vec<RefundNews> {
    let mut rows = refunds.to_vec();
    let mut found = Vec::new();
    for refund in &told.refunds {
        match find(&rows, keys, refund) {
            Some(index) => take_over(&mut rows[index], refund, now),
            None => found.push(RefundNews::Found(refund.clone())),
        }
    }
    if told.refunds.is_empty() {
        found.extend(unlisted(&mut rows, told, now));
    }
    let changed =
        rows.into_iter().zip(refunds).filter(|(after, before)| after != *before).map(|(after, _)| RefundNews::Changed(after));
    let mut news: Vec<RefundNews> = changed.chain(found).collect();
    // Those that fail first: what they give free may be what others take.
    news.sort_by_key(|news| news.status() != RefundStatus::Failed);
    news
}

/// The row that a refund at the provider is: by its reference; by the key it was asked for with; or, when the provider does
/// not tell keys and our own call's answer is still on its way, the oldest one of that amount that waits for an answer.
fn find(rows: &[refund::Model], keys: &[(String, RefundId)], told: &RefundSnapshot) -> Option<usize> {
    let by_reference = rows.iter().position(|row| row.reference.as_deref() == Some(told.reference.as_str()));
    if by_reference.is_some() {
        return by_reference;
    }
    let asked = told.key.as_ref().map(|key| keys.iter().find(|(known, _)| known == key).map(|(_, id)| *id));
    if let Some(Some(id)) = asked
        && let Some(index) = rows.iter().position(|row| row.id == id && row.reference.is_none())
    {
        return Some(index);
    }
    match asked {
        Some(None) => None,
        _ => rows.iter().position(|row| {
            row.reference.is_none() && row.status == RefundStatus::Pending && row.amount_minor == told.amount_minor
        }),
    }
}

fn take_over(row: &mut refund::Model, told: &RefundSnapshot, now: Timestamp) {
    let before = row.clone();
    if row.reference.is_none() && !told.reference.is_empty() {
        row.reference = Some(told.reference.clone());
    }
    let status = status_of(told.state);
    if refund_rank(status) > refund_rank(row.status) {
        row.status = status;
        row.failure_message = told.decline.as_ref().map(|decline| decline.message.clone());
    }
    if *row != before {
        row.updated_at = now;
    }
}

/// A provider that tells a sum only: those that wait are paid out oldest first, the rest was given back elsewhere.
fn unlisted(rows: &mut [refund::Model], told: &Snapshot, now: Timestamp) -> Option<RefundNews> {
    let known: i64 = rows.iter().filter(|row| row.status == RefundStatus::Succeeded).map(|row| row.amount_minor).sum();
    let mut excess = told.refunded_minor - known;
    for row in rows.iter_mut().filter(|row| row.status == RefundStatus::Pending) {
        if row.amount_minor <= excess {
            excess -= row.amount_minor;
            row.status = RefundStatus::Succeeded;
            row.updated_at = now;
        }
    }
    let refund = RefundSnapshot {
        reference: String::new(),
        key: None,
        amount_minor: excess,
        state: RefundState::Succeeded,
        decline: None,
    };
    (excess > 0).then_some(RefundNews::Found(refund))
}

/// The answer about a refund alone, as a snapshot that tells nothing beyond it.
pub fn of_refund(payment: &payment::Model, told: RefundSnapshot) -> Snapshot {
    Snapshot {
        state: State::Captured,
        reference: payment.reference.clone().unwrap_or_default(),
        payment: Some(payment.id),
        authorized_minor: 0,
        captured_minor: 0,
        refunded_minor: 0,
        refunds: vec![told],
        client_secret: None,
        redirect_url: None,
        card: None,
        saved: None,
        decline: None,
    }
}

/// Whether a provider authorises the payments of a gateway.
pub const fn is_authorised(gateway: PaymentGateway) -> bool {
    match gateway {
        PaymentGateway::Manual => false,
        PaymentGateway::Stripe | PaymentGateway::Paypal | PaymentGateway::Clover => true,
    }
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
