//! `addressSetDefault` (ADDR-04).

use entity::{address, id::AddressId};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    customer::change as customers,
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Makes an address the default of its customer in place of the one that was.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn set_default(app: &App, origin: &Origin, id: AddressId) -> Result<address::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::AddressSetDefault, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let (address, customer) = change::lock(&tx, origin, reach, id).await?;
        if address.is_default {
            return Ok(address);
        }
        change::make_default(&tx, customer.id, id, now).await?;
        let changed = [customers::personal("defaultAddress")];
        customers::log(&tx, origin, now, customer.id, "ADDRESS_UPDATED", &changed).await?;
        tx.commit().await?;
        Ok(address::Model { is_default: true, updated_at: now, ..address })
    })
    .await
}
