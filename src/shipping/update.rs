//! `shippingMethodUpdate`. Orders keep the price they were placed with.

use entity::{id::ShippingMethodId, shipping_method};
use rust_decimal::Decimal;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, QuerySelect};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    db::retrying,
    event::{Change, Origin},
    fault::{Failure, Fault},
    money::{Currency, format_minor},
};

/// What is to be changed; `None` leaves a field as it is.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// Shown name.
    pub name: Option<String>,
    /// Shown text; an empty one takes it away.
    pub description: Option<String>,
    /// Price of shipping an order.
    pub price: Option<Decimal>,
    /// Currency of the price, together with the price.
    pub currency: Option<Currency>,
    /// Whole days from placing an order to its delivery.
    pub estimated_days: Option<i64>,
    /// Whole days from confirming an order to handing it to the carrier.
    pub handling_days: Option<i64>,
    /// Whether it can be chosen.
    pub is_active: Option<bool>,
}

/// Changes a way to ship.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    id: ShippingMethodId,
    edit: Edit,
) -> Result<shipping_method::Model, Failure<Code>> {
    authorise(&origin.actor, Right::ShippingMethodUpdate, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let before = shipping_method::Entity::find_by_id(id).lock_exclusive().one(&tx).await?;
        let before = before.ok_or_else(|| Failure::refused(Code::NotFound, ["shippingMethod"], "Shipping method not found"))?;
        let mut after = edited(&before, &edit)?;
        let changes = changes(&before, &after);
        if changes.is_empty() {
            return Ok(before);
        }
        after.updated_at = now;
        let method = after.into_active_model().reset_all().update(&tx).await?;
        change::log(&tx, origin, now, id, "SHIPPING_METHOD_UPDATED", &changes).await?;
        tx.commit().await?;
        Ok(method)
    })
    .await
}

fn edited(before: &shipping_method::Model, edit: &Edit) -> Result<shipping_method::Model, Failure<Code>> {
    let mut after = before.clone();
    let known = Currency::from_code(&before.currency).ok_or_else(|| Fault::Corrupt(format!("currency {}", before.currency)))?;
    let currency = edit.currency.unwrap_or(known);
    if currency != known && edit.price.is_none() {
        // The same digits in another currency are another price.
        return Err(Failure::refused(Code::InvalidAmount, ["price"], "give the price in the new currency too"));
    }
    after.currency = currency.code().to_owned();
    if let Some(name) = &edit.name {
        after.name = change::name(name)?;
    }
    if let Some(description) = &edit.description {
        after.description = change::description(description)?;
    }
    if let Some(price) = edit.price {
        after.price_minor = change::price(price, currency)?;
    }
    if let Some(days) = edit.estimated_days {
        after.estimated_days = change::days(days)?;
    }
    if let Some(days) = edit.handling_days {
        after.handling_days = Some(change::handling(days)?);
    }
    after.is_active = edit.is_active.unwrap_or(after.is_active);
    Ok(after)
}

fn changes(before: &shipping_method::Model, after: &shipping_method::Model) -> Vec<Change> {
    let price = |method: &shipping_method::Model| {
        Currency::from_code(&method.currency).map(|currency| format_minor(method.price_minor, currency))
    };
    let compared = [
        Change::new("name", before.name.as_str(), after.name.as_str()),
        Change::new("description", before.description.as_str(), after.description.as_str()),
        Change::new("price", price(before), price(after)),
        Change::new("currency", before.currency.as_str(), after.currency.as_str()),
        Change::new("estimatedDays", before.estimated_days, after.estimated_days),
        Change::new("handlingDays", before.handling_days, after.handling_days),
        Change::new("isActive", before.is_active, after.is_active),
    ];
    compared.into_iter().filter(|change| change.old != change.new).collect()
}
