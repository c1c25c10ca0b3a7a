//! Addresses as orders keep them: a snapshot that later edits of the saved address do not touch (C-17).

use entity::{address, id::AddressId};
use serde::{Deserialize, Serialize};

/// An address on an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OrderAddress {
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
    /// Postal code as written.
    pub zip_code: Option<String>,
    /// The whole address as one text, when it was given so.
    pub free_text: Option<String>,
}

/// An address as a caller gives it: exactly one form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum AddressChoice {
    /// A saved address of the order's customer.
    Saved(AddressId),
    /// The parts.
    Structured(OrderAddress),
    /// One text.
    FreeText(String),
}

/// Longest part of an address.
const MAX_PART: usize = 500;

/// Longest postal code (ADDR-02).
const MAX_ZIP: usize = 20;

impl OrderAddress {
    /// The address in one line, for reading.
    pub fn formatted(&self) -> String {
        if let Some(text) = &self.free_text {
            return text.clone();
        }
        let place = [self.zip_code.as_deref(), self.city.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        [
            self.full_name.as_deref(),
            self.street_address.as_deref(),
            Some(place.as_str()),
            self.state.as_deref(),
            self.country.as_deref(),
        ]
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
    }

    /// What is wrong with a structured address: the part and a sentence.
    pub fn problem(&self) -> Option<(&'static str, &'static str)> {
        let parts = [
            ("fullName", &self.full_name),
            ("email", &self.email),
            ("phone", &self.phone),
            ("streetAddress", &self.street_address),
            ("city", &self.city),
            ("state", &self.state),
            ("zipCode", &self.zip_code),
        ];
        let blank = |part: &Option<String>| part.as_deref().is_none_or(|text| text.trim().is_empty());
        if blank(&self.street_address) {
            return Some(("streetAddress", "is required"));
        }
        if blank(&self.city) {
            return Some(("city", "is required"));
        }
        if !self.country.as_deref().is_some_and(is_country) {
            return Some(("country", "must be a two-letter code of ISO 3166-1, such as DE"));
        }
        if self.email.as_deref().is_some_and(|email| !crate::auth::user::is_email(email)) {
            return Some(("email", "is not an e-mail address"));
        }
        if self.zip_code.as_deref().is_some_and(|zip| zip.trim().is_empty() || zip.chars().count() > MAX_ZIP) {
            return Some(("zipCode", "must have 1 to 20 characters"));
        }
        parts
            .into_iter()
            .find(|(_, part)| part.as_deref().is_some_and(|text| text.chars().count() > MAX_PART))
            .map(|(name, _)| (name, "is too long"))
    }

    /// What is wrong with an address given as one text.
    pub fn free_text_problem(text: &str) -> Option<&'static str> {
        match text.trim() {
            "" => Some("is empty"),
            text if text.chars().count() > 4 * MAX_PART => Some("is too long"),
            _ => None,
        }
    }
}

/// Whether a text has the form of an ISO 3166-1 alpha-2 code.
pub fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl From<address::Model> for OrderAddress {
    fn from(saved: address::Model) -> Self {
        Self {
            full_name: Some(saved.full_name),
            email: saved.email,
            phone: saved.phone,
            street_address: Some(saved.street_address),
            city: Some(saved.city),
            state: saved.state,
            country: Some(saved.country),
            zip_code: saved.zip_code,
            free_text: None,
        }
    }
}
