//! `addressCreate` (ADDR-02).

use entity::{
    address,
    id::{AddressId, CustomerId},
};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};
use serde::Serialize;

use super::change::{self, Code, MAX_ADDRESSES, Parts};
use crate::{
    app::App,
    auth::policy::{Reach, Right, authorise},
    clock::random_bytes,
    customer::change as customers,
    db::retrying,
    event::Origin,
    fault::Failure,
    idempotency::{self, Key},
};

/// What is to be created.
#[derive(Clone, Debug, Serialize)]
pub struct NewAddress {
    /// Whose address; the caller's own when missing.
    pub customer: Option<CustomerId>,
    /// The parts; without a name the customer's own is taken.
    pub parts: Parts,
    /// Whether it becomes the default.
    pub is_default: bool,
}

/// What came of it.
#[derive(Debug)]
pub struct Created {
    /// The address.
    pub address: address::Model,
    /// True: this call repeats an earlier one.
    pub replayed: bool,
}

/// Saves an address. The first one of a customer becomes the default.
///
/// # Errors
/// [`Code`] for the business.
pub(crate) async fn create(app: &App, origin: &Origin, new: NewAddress, key: Option<&str>) -> Result<Created, Failure<Code>> {
    let reach = authorise(&origin.actor, Right::AddressCreate, &app.config.orders)?;
    let key = idempotency::given(&origin.actor, Right::AddressCreate, key, &new)?;
    let customer = new.customer.or_else(|| origin.actor.customer());
    let customer = customer.ok_or_else(|| Failure::refused(Code::NotFound, ["customer"], "Customer not found"))?;
    retrying(|| create_once(app, origin, reach, customer, &new, key.as_ref())).await
}

async fn create_once(
    app: &App,
    origin: &Origin,
    reach: Reach,
    customer: CustomerId,
    new: &NewAddress,
    key: Option<&Key>,
) -> Result<Created, Failure<Code>> {
    let now = app.clock.now();
    let id = AddressId::at(now, random_bytes());
    let tx = app.db.begin().await?;
    let first = idempotency::claim_id(&tx, key, id, now).await?;
    let customer = change::lock_customer(&tx, origin, reach, customer).await?;
    if let Some(first) = first {
        let address = address::Entity::find_by_id(first).one(&tx).await?;
        let address =
            address.ok_or_else(|| Failure::refused(Code::NotFound, ["idempotencyKey"], "the address of this key was deleted"))?;
        return Ok(Created { address, replayed: true });
    }
    let known = address::Entity::find().filter(address::Column::CustomerId.eq(customer.id)).count(&tx).await?;
    if usize::try_from(known).map_or(true, |known| known >= MAX_ADDRESSES) {
        let message = format!("a customer has at most {MAX_ADDRESSES} addresses");
        return Err(Failure::refused(Code::TooManyAddresses, ["customer"], message));
    }
    let mut address = address::Model {
        id,
        customer_id: customer.id,
        full_name: customer.name,
        email: None,
        phone: None,
        street_address: String::new(),
        city: String::new(),
        state: None,
        country: String::new(),
        zip_code: None,
        is_default: new.is_default || known == 0,
        created_at: now,
        updated_at: now,
    };
    new.parts.put_into(&mut address);
    change::check(&address)?;
    address::Entity::insert(address.clone().into_active_model().reset_all()).exec_without_returning(&tx).await?;
    if address.is_default {
        change::make_default(&tx, customer.id, id, now).await?;
    }
    customers::log(&tx, origin, now, customer.id, "ADDRESS_CREATED", &[customers::personal("addresses")]).await?;
    tx.commit().await?;
    Ok(Created { address, replayed: false })
}
