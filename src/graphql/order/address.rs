//! Addresses as orders show and take them.

use async_graphql::{ID, InputObject, OneofObject, SimpleObject};

use crate::{
    fault::Refusal,
    graphql::error,
    order::address::{self as domain, AddressChoice},
};

/// An address as it was when the order was placed.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderAddress {
    /// Who receives.
    full_name: Option<String>,
    /// E-mail of the receiver.
    email: Option<String>,
    /// Telephone of the receiver.
    phone: Option<String>,
    /// Street and number.
    street_address: Option<String>,
    /// City.
    city: Option<String>,
    /// State or province.
    state: Option<String>,
    /// ISO 3166-1 alpha-2 code.
    country: Option<String>,
    /// Postal code as written.
    zip_code: Option<String>,
    /// The whole address in one line.
    formatted: String,
}

impl OrderAddress {
    /// The address for somebody who is to ship there but not to write.
    pub fn without_email(self) -> Self {
        Self { email: None, ..self }
    }

    /// The address of a stored document.
    pub fn stored(document: Option<&str>) -> Option<Self> {
        serde_json::from_str::<domain::OrderAddress>(document?).ok().map(Self::from)
    }
}

impl From<domain::OrderAddress> for OrderAddress {
    fn from(address: domain::OrderAddress) -> Self {
        let formatted = address.formatted();
        let domain::OrderAddress { full_name, email, phone, street_address, city, state, country, zip_code, free_text: _ } =
            address;
        Self { full_name, email, phone, street_address, city, state, country, zip_code, formatted }
    }
}

/// The parts of an address.
#[derive(Clone, Debug, InputObject)]
pub struct StructuredAddressInput {
    /// Who receives.
    pub full_name: Option<String>,
    /// E-mail of the receiver.
    pub email: Option<String>,
    /// Telephone of the receiver.
    pub phone: Option<String>,
    /// Street and number.
    pub street_address: String,
    /// City.
    pub city: String,
    /// State or province.
    pub state: Option<String>,
    /// ISO 3166-1 alpha-2 code, such as "DE".
    pub country: String,
    /// Postal code, 1 to 20 characters.
    pub zip_code: Option<String>,
}

impl From<StructuredAddressInput> for domain::OrderAddress {
    fn from(parts: StructuredAddressInput) -> Self {
        Self {
            full_name: parts.full_name,
            email: parts.email,
            phone: parts.phone,
            street_address: Some(parts.street_address),
            city: Some(parts.city),
            state: parts.state,
            country: Some(parts.country),
            zip_code: parts.zip_code,
            free_text: None,
        }
    }
}

/// An address in exactly one of three forms.
#[derive(Clone, Debug, OneofObject)]
pub enum AddressInput {
    /// A saved address of the customer.
    Saved(ID),
    /// The parts.
    Structured(StructuredAddressInput),
    /// The whole address as one text.
    FreeText(String),
}

impl AddressInput {
    /// The address for a command.
    ///
    /// # Errors
    /// A refusal with `code` when a saved address is named by what is not an id of one.
    pub fn choice<C>(self, code: C, field: &str) -> Result<AddressChoice, Refusal<C>> {
        Ok(match self {
            Self::Saved(text) => AddressChoice::Saved(error::id(&text, code, &[field, "saved"], "Address")?),
            Self::FreeText(text) => AddressChoice::FreeText(text),
            Self::Structured(parts) => AddressChoice::Structured(parts.into()),
        })
    }
}
