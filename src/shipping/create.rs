//! `shippingMethodCreate`.

use entity::{id::ShippingMethodId, shipping_method};
use rust_decimal::Decimal;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    clock::random_bytes,
    db::retrying,
    event::{Change, Origin},
    fault::Failure,
    idempotency,
    money::{Currency, format_minor},
};

/// What is to be created.
#[derive(Clone, Debug)]
pub struct NewMethod {
    /// Shown name.
    pub name: String,
    /// Shown text.
    pub description: Option<String>,
    /// Price of shipping an order.
    pub price: Decimal,
    /// Currency of the price.
    pub currency: Currency,
    /// Whole days from placing an order to its delivery.
    pub estimated_days: i64,
    /// Whole days from confirming an order to handing it to the carrier.
    pub handling_days: Option<i64>,
}

/// What came of it.
#[derive(Debug)]
pub struct Created {
    /// The way to ship.
    pub method: shipping_method::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Creates a way to ship that can be chosen at once.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewMethod, key: Option<&str>) -> Result<Created, Failure<Code>> {
    authorise(&origin.actor, Right::ShippingMethodCreate, &app.config.orders)?;
    let fingerprint = (&new.name, &new.description, new.price, new.currency.code(), new.estimated_days, new.handling_days);
    let key = idempotency::given(&origin.actor, Right::ShippingMethodCreate, key, &fingerprint)?;
    let name = change::name(&new.name)?;
    let description = change::description(new.description.as_deref().unwrap_or_default())?;
    let price_minor = change::price(new.price, new.currency)?;
    let estimated_days = change::days(new.estimated_days)?;
    let handling_days = new.handling_days.map(change::handling).transpose()?;
    retrying(|| async {
        let now = app.clock.now();
        let id = ShippingMethodId::at(now, random_bytes());
        let tx = app.db.begin().await?;
        if let Some(first) = idempotency::claim_id(&tx, key.as_ref(), id, now).await? {
            let method = shipping_method::Entity::find_by_id(first).one(&tx).await?;
            let gone = || Failure::refused(Code::NotFound, ["idempotencyKey"], "the shipping method of this key was deleted");
            return Ok(Created { method: method.ok_or_else(gone)?, replayed: true });
        }
        let method = shipping_method::Model {
            id,
            name: name.clone(),
            description: description.clone(),
            currency: new.currency.code().to_owned(),
            price_minor,
            estimated_days,
            handling_days,
            is_active: true,
            created_at: now,
            updated_at: now,
        };
        shipping_method::Entity::insert(method.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
        let changes = [
            Change::new("name", serde_json::Value::Null, method.name.as_str()),
            Change::new("price", serde_json::Value::Null, format_minor(price_minor, new.currency)),
            Change::new("currency", serde_json::Value::Null, method.currency.as_str()),
        ];
        change::log(&tx, origin, now, id, "SHIPPING_METHOD_CREATED", &changes).await?;
        tx.commit().await?;
        Ok(Created { method, replayed: false })
    })
    .await
}
