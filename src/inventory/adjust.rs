//! `stockAdjust`: stock put in or taken out by hand.

use entity::{id::VariantId, product, product_variant, stored::EventSubject};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel, QuerySelect};
use serde::Serialize;

use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    db::retrying,
    event::{self, Change, NewEvent, Origin},
    fault::{Detail, Failure, Fault, Refusal},
    idempotency::{Claim, Key},
    text,
};

/// Most pieces of one variant.
pub const MAX_STOCK: i64 = 1_000_000_000;

/// Longest reason.
const MAX_REASON: usize = 2_000;

/// What is to be done.
#[derive(Clone, Debug, Serialize)]
pub struct Adjustment {
    /// The variant.
    pub variant: VariantId,
    /// Pieces to add, or to take out when negative.
    pub delta: Option<i64>,
    /// Pieces that are to be available.
    pub set_to: Option<i64>,
    /// Why.
    pub reason: Option<String>,
}

/// Why stock was not adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such variant, or not of the caller's stores.
    NotFound,
    /// Not so many pieces left to take out.
    InsufficientStock,
    /// Neither or both of `delta` and `setTo`, or out of range.
    InvalidQuantity,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

/// What came of it.
#[derive(Debug)]
pub struct Adjusted {
    /// The variant now.
    pub variant: product_variant::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Adjusts the stock of a variant.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn adjust(
    app: &App,
    origin: &Origin,
    input: Adjustment,
    key: Option<&str>,
    dry_run: bool,
) -> Result<Adjusted, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::StockAdjust, &app.config.orders)?;
    let in_range = |amount: i64| (-MAX_STOCK..=MAX_STOCK).contains(&amount);
    match (input.delta, input.set_to) {
        (Some(delta), None) if in_range(delta) => {}
        (None, Some(target)) if (0..=MAX_STOCK).contains(&target) => {}
        (Some(_), None) => return Err(Failure::refused(Code::InvalidQuantity, ["delta"], "is out of range")),
        (None, Some(_)) => return Err(Failure::refused(Code::InvalidQuantity, ["setTo"], "must be between 0 and 1000000000")),
        _ => return Err(Failure::refused(Code::InvalidQuantity, ["delta"], "give either delta or setTo")),
    }
    if let Some(problem) = input.reason.as_deref().and_then(|reason| text::block(reason, MAX_REASON).err()) {
        return Err(Failure::refused(Code::InvalidInput, ["reason"], problem));
    }
    let invalid_key = |_| Failure::refused(Code::InvalidInput, ["idempotencyKey"], "must have 1 to 255 characters");
    let key = key.map(|key| Key::new(&origin.actor, Right::StockAdjust, key, &input)).transpose().map_err(invalid_key)?;
    retrying(|| adjust_once(app, origin, &input, reach, key.as_ref(), dry_run)).await
}

async fn adjust_once(
    app: &App,
    origin: &Origin,
    input: &Adjustment,
    reach: Reach,
    key: Option<&Key>,
    dry_run: bool,
) -> Result<Adjusted, Failure<Code>> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    let not_found = || Failure::refused(Code::NotFound, ["variant"], "Product variant not found");
    let replayed = match key {
        None => false,
        Some(key) => match key.claim(&tx, input.variant.to_string(), now).await? {
            Claim::Fresh => false,
            Claim::Replay(_) => true,
            Claim::Reused => {
                let message = "this key was used with other input";
                return Err(Failure::refused(Code::IdempotencyKeyReused, ["idempotencyKey"], message));
            }
        },
    };
    let variant = product_variant::Entity::find_by_id(input.variant).lock_exclusive().one(&tx).await?.ok_or_else(not_found)?;
    if reach == Reach::Own {
        let product = product::Entity::find_by_id(variant.product_id).one(&tx).await?.ok_or_else(not_found)?;
        if !origin.actor.stores().contains(&product.store_id) {
            return Err(not_found());
        }
    }
    if replayed {
        return Ok(Adjusted { variant, replayed });
    }
    let before = variant.clone();
    let delta = input.delta.unwrap_or_else(|| input.set_to.unwrap_or(0) - before.available);
    let available = before.available + delta;
    if available < 0 {
        let detail = Detail { available: Some(before.available), ..Default::default() };
        let message = format!("Insufficient stock. Available: {}", before.available);
        return Err(Refusal::new(Code::InsufficientStock, ["delta"], message).with(detail).into());
    }
    if available > MAX_STOCK {
        return Err(Failure::refused(Code::InvalidQuantity, ["delta"], "stock is at most 1000000000 pieces"));
    }
    let mut row = variant.into_active_model();
    row.available = Set(available);
    if delta >= 0 {
        row.received = Set(before.received + delta);
    } else {
        row.written_off = Set(before.written_off - delta);
    }
    row.updated_at = Set(now);
    let variant = row.update(&tx).await?;
    let change = [Change::new(&format!("stock.{}", variant.sku), before.available, available)];
    let adjusted = NewEvent {
        subject: EventSubject::Product,
        subject_id: variant.product_id.0,
        place: None,
        kind: "STOCK_ADJUSTED",
        reason: input.reason.as_deref(),
        changes: &change,
    };
    event::append(&tx, origin, now, &adjusted).await.map_err(Fault::from)?;
    if dry_run {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
        tracing::info!(sku = %variant.sku, from = before.available, to = available, "stock adjusted");
    }
    Ok(Adjusted { variant, replayed })
}
