//! `addressUpdate` (ADDR-03).

use entity::{address, id::AddressId};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};

use super::change::{self, Code, Parts};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    customer::change as customers,
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Changes the parts of an address that are given. `is_default` makes it the default; a default is taken away only by
/// making another one the default.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn update(
    app: &App,
    origin: &Origin,
    id: AddressId,
    parts: Parts,
    is_default: Option<bool>,
) -> Result<address::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::AddressUpdate, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let (before, customer) = change::lock(&tx, origin, reach, id).await?;
        if before.is_default && is_default == Some(false) {
            let message = "one address is always the default; make another one the default instead";
            return Err(Failure::refused(Code::InvalidInput, ["isDefault"], message));
        }
        let mut after = before.clone();
        parts.put_into(&mut after);
        after.is_default = before.is_default || is_default == Some(true);
        if after == before {
            return Ok(before);
        }
        change::check(&after)?;
        after.updated_at = now;
        if after.is_default && !before.is_default {
            change::make_default(&tx, customer.id, id, now).await?;
        }
        address::Entity::update(after.into_active_model().reset_all()).exec(&tx).await?;
        let changed = [customers::personal("addresses")];
        customers::log(&tx, origin, now, customer.id, "ADDRESS_UPDATED", &changed).await?;
        let address = address::Entity::find_by_id(id).one(&tx).await?;
        tx.commit().await?;
        address.ok_or_else(|| Failure::refused(Code::NotFound, ["address"], "Address not found"))
    })
    .await
}
