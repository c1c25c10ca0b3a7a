//! What every change of an address shares: its reasons, its rules, finding it with its customer locked, the default.

use entity::{
    address, customer,
    id::{AddressId, CustomerId},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, DatabaseTransaction, DbErr, EntityTrait, QueryFilter, sea_query::Expr};
use serde::Serialize;

use crate::{
    auth::policy::Reach,
    customer::change as customers,
    event::Origin,
    fault::{Failure, Refusal},
    idempotency::KeyCodes,
    order::address::OrderAddress,
    text,
};

/// Most saved addresses of one customer: they are shown as one list.
pub const MAX_ADDRESSES: usize = 100;

/// Longest name of a receiver.
const MAX_NAME: usize = 255;

/// Why a change of an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// No such address or customer, or not the caller's.
    NotFound,
    /// Not an address.
    InvalidAddress,
    /// More addresses than a customer may have.
    TooManyAddresses,
    /// Anything else that is wrong with the input.
    InvalidInput,
    /// The key was used with other input.
    IdempotencyKeyReused,
}

impl KeyCodes for Code {
    const INVALID: Self = Self::InvalidInput;
    const REUSED: Self = Self::IdempotencyKeyReused;
}

/// The parts of an address as a caller gives them; an empty optional one is none.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Parts {
    /// Who receives.
    pub full_name: Option<String>,
    /// E-mail of the receiver.
    pub email: Option<String>,
    /// Telephone of the receiver.
    pub phone: Option<String>,
    /// Street and number.
    pub street_address: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State or province.
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    pub country: Option<String>,
    /// Postal code.
    pub zip_code: Option<String>,
}

impl Parts {
    /// The address with these parts in place of its own. Blanks around them are dropped.
    pub(super) fn put_into(&self, address: &mut address::Model) {
        let required = |given: &Option<String>, slot: &mut String| {
            if let Some(text) = given {
                *slot = text.trim().to_owned();
            }
        };
        let optional = |given: &Option<String>, slot: &mut Option<String>| {
            if let Some(text) = given {
                *slot = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
            }
        };
        required(&self.full_name, &mut address.full_name);
        optional(&self.email, &mut address.email);
        optional(&self.phone, &mut address.phone);
        required(&self.street_address, &mut address.street_address);
        required(&self.city, &mut address.city);
        optional(&self.state, &mut address.state);
        required(&self.country, &mut address.country);
        optional(&self.zip_code, &mut address.zip_code);
    }
}

/// Refuses what is not an address: by the rules of addresses on orders, of which a saved one becomes a part, and by what
/// can be known of a telephone number.
pub(super) fn check(address: &address::Model) -> Result<(), Refusal<Code>> {
    let invalid = |field: &str, problem: &str| Refusal::new(Code::InvalidAddress, [field], problem);
    text::line(&address.full_name, MAX_NAME).map_err(|problem| invalid("fullName", &problem))?;
    if address.phone.as_deref().is_some_and(|phone| !text::is_phone(phone)) {
        return Err(invalid("phone", "is not a telephone number of at most 32 characters"));
    }
    let parts = OrderAddress::from(address.clone());
    let lines = [
        ("email", &parts.email),
        ("streetAddress", &parts.street_address),
        ("city", &parts.city),
        ("state", &parts.state),
        ("zipCode", &parts.zip_code),
    ];
    for (field, line) in lines {
        // A street may have two lines; no part has a NUL character.
        if line.as_deref().is_some_and(|text| text.chars().any(|c| c.is_control() && c != '\n')) {
            return Err(invalid(field, "must not contain control characters"));
        }
    }
    parts.problem().map_or(Ok(()), |(field, problem)| Err(invalid(field, problem)))
}

/// A customer within the caller's reach, its row locked until the end of the transaction.
pub(super) async fn lock_customer(
    tx: &DatabaseTransaction,
    origin: &Origin,
    reach: Reach,
    id: CustomerId,
) -> Result<customer::Model, Failure<Code>> {
    let customer = customers::lock(tx, origin, reach, id).await?;
    customer.ok_or_else(|| Failure::refused(Code::NotFound, ["customer"], "Customer not found"))
}

/// An address within the caller's reach and its customer, whose row is locked until the end of the transaction.
pub(super) async fn lock(
    tx: &DatabaseTransaction,
    origin: &Origin,
    reach: Reach,
    id: AddressId,
) -> Result<(address::Model, customer::Model), Failure<Code>> {
    let not_found = || Failure::refused(Code::NotFound, ["address"], "Address not found");
    let seen = address::Entity::find_by_id(id).one(tx).await?.ok_or_else(not_found)?;
    let customer = customers::lock(tx, origin, reach, seen.customer_id).await?.ok_or_else(not_found)?;
    // Read again under the lock: it may have been changed or deleted since.
    let address = address::Entity::find_by_id(id).one(tx).await?.ok_or_else(not_found)?;
    Ok((address, customer))
}

/// Makes an address the only default of its customer.
pub(super) async fn make_default(
    tx: &DatabaseTransaction,
    customer: CustomerId,
    id: AddressId,
    now: Timestamp,
) -> Result<(), DbErr> {
    let change = |to: bool| {
        address::Entity::update_many()
            .col_expr(address::Column::IsDefault, Expr::value(to))
            .col_expr(address::Column::UpdatedAt, Expr::value(now.0))
            .filter(address::Column::CustomerId.eq(customer))
            .filter(address::Column::IsDefault.eq(!to))
    };
    change(false).filter(address::Column::Id.ne(id)).exec(tx).await?;
    change(true).filter(address::Column::Id.eq(id)).exec(tx).await?;
    Ok(())
}
