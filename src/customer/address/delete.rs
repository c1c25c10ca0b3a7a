//! `addressDelete` (ADDR-03). Orders that were sent there keep their snapshots.

use entity::{address, customer, id::AddressId};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::change::{self, Code};
use crate::{
    app::App,
    auth::policy::{Right, authorise},
    customer::change as customers,
    db::retrying,
    event::Origin,
    fault::Failure,
};

/// Deletes an address; when it was the default, the oldest other one becomes it. Answers whose address it was.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn delete(app: &App, origin: &Origin, id: AddressId) -> Result<customer::Model, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::AddressDelete, &app.config.orders)?;
    retrying(|| async {
        let now = app.clock.now();
        let tx = app.db.begin().await?;
        let (address, customer) = change::lock(&tx, origin, reach, id).await?;
        address::Entity::delete_by_id(id).exec(&tx).await?;
        if address.is_default {
            let oldest = address::Entity::find()
                .filter(address::Column::CustomerId.eq(customer.id))
                .order_by_asc(address::Column::CreatedAt)
                .order_by_asc(address::Column::Id)
                .one(&tx)
                .await?;
            if let Some(oldest) = oldest {
                change::make_default(&tx, customer.id, oldest.id, now).await?;
            }
        }
        let changed = [customers::personal("addresses")];
        customers::log(&tx, origin, now, customer.id, "ADDRESS_DELETED", &changed).await?;
        tx.commit().await?;
        Ok(customer)
    })
    .await
}
