//! What is to be ordered, and everything that can be said of it without the database.

use entity::{
    id::{CustomerId, ShippingMethodId, VariantId},
    stored::{OrderStatus, OrderType, PaymentType},
    time::Timestamp,
};
use rust_decimal::Decimal;
use serde::Serialize;

use super::Code;
use crate::{
    auth::policy::Reach,
    event::Origin,
    fault::{Failure, Refusal},
    order::address::{AddressChoice, OrderAddress},
};

/// Most lines of one order.
pub const MAX_LINES: usize = 500;

/// Most pieces of one line.
pub const MAX_QUANTITY: i64 = 1_000_000;

/// Longest note.
pub const MAX_NOTE: usize = 5_000;

/// What is to be ordered. Fields that only staff may give are refused from others, by name.
#[derive(Clone, Debug, Default, Serialize)]
pub struct NewOrder {
    /// The lines.
    pub items: Vec<NewLine>,
    /// For whom, by staff; else the caller.
    pub customer: Option<CustomerId>,
    /// For somebody new, by staff.
    pub new_customer: Option<NewCustomer>,
    /// How it is shipped.
    pub kind: Option<OrderType>,
    /// How the buyer means to pay.
    pub payment_type: Option<PaymentType>,
    /// Way of shipping.
    pub shipping_method: Option<ShippingMethodId>,
    /// Where to.
    pub shipping_address: Option<AddressChoice>,
    /// Who is billed.
    pub billing_address: Option<AddressChoice>,
    /// The buyer's note.
    pub note: Option<String>,
    /// When it was placed, by staff; else now.
    pub placed_at: Option<Timestamp>,
    /// Status to begin in, by staff; else PENDING.
    pub status: Option<OrderStatus>,
}

/// One line to be ordered: a variant by id or by SKU.
#[derive(Clone, Debug, Serialize)]
pub struct NewLine {
    /// The variant.
    pub variant: Option<VariantId>,
    /// Its SKU.
    pub sku: Option<String>,
    /// Pieces; checked here, because the API's integer is wider than what is allowed.
    pub quantity: i64,
    /// By staff the price; by others what they expect it to be.
    pub unit_price: Option<Decimal>,
}

/// A customer made together with its first order (ORD-07).
#[derive(Clone, Debug, Serialize)]
pub struct NewCustomer {
    /// Full name.
    pub name: String,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// Everything that can be said without the database.
pub(super) fn check_input(new: &NewOrder, reach: Reach, origin: &Origin) -> Result<(), Failure<Code>> {
    let mut refusals = Vec::new();
    let mut refuse = |code, field: Vec<String>, message: &str| refusals.push(Refusal::new(code, field, message));
    let at = |name: &str| vec![name.to_owned()];
    if new.items.is_empty() {
        refuse(Code::Empty, at("items"), "Order must have at least one item");
    }
    if new.items.len() > MAX_LINES {
        refuse(Code::TooManyItems, at("items"), "an order has at most 500 lines");
    }
    for (index, line) in new.items.iter().enumerate() {
        let at = |name: &str| vec!["items".to_owned(), index.to_string(), name.to_owned()];
        if !(1..=MAX_QUANTITY).contains(&line.quantity) {
            refuse(Code::InvalidQuantity, at("quantity"), "must be between 1 and 1000000");
        }
        if line.variant.is_some() == line.sku.is_some() {
            refuse(Code::InvalidInput, at("variant"), "give either variant or sku");
        }
    }
    if reach == Reach::Own {
        let own = origin.actor.customer();
        let staff_only = [
            ("customer", new.customer.is_some() && new.customer != own),
            ("newCustomer", new.newcomer()),
            ("placedAt", new.placed_at.is_some()),
            ("status", new.status.is_some()),
        ];
        for (name, given) in staff_only {
            if given {
                refuse(Code::Forbidden, at(name), "only staff may give this");
            }
        }
    }
    if new.status.is_some_and(|status| !may_begin_in(status)) {
        refuse(Code::InvalidInput, at("status"), "an order cannot begin as CANCELLED, REFUNDED, RETURNED or DAMAGED");
    }
    if new.customer.is_some() && new.newcomer() {
        refuse(Code::InvalidInput, at("newCustomer"), "give either customer or newCustomer");
    }
    if let Some(customer) = &new.new_customer {
        if customer.name.trim().is_empty() || customer.name.chars().count() > 255 {
            refuse(Code::InvalidInput, vec!["newCustomer".into(), "name".into()], "must have 1 to 255 characters");
        }
        if customer.email.as_deref().is_some_and(|email| !crate::auth::user::is_email(email)) {
            refuse(Code::InvalidInput, vec!["newCustomer".into(), "email".into()], "is not an e-mail address");
        }
    }
    if new.note.as_deref().is_some_and(|note| note.chars().count() > MAX_NOTE) {
        refuse(Code::InvalidInput, at("note"), "has at most 5000 characters");
    }
    for (name, address) in [("shippingAddress", &new.shipping_address), ("billingAddress", &new.billing_address)] {
        if let Some((field, message)) = address.as_ref().and_then(|address| address_problem(name, address)) {
            refuse(Code::InvalidAddress, field, message);
        }
    }
    match refusals.is_empty() {
        true => Ok(()),
        false => Err(Failure::Refused(refusals)),
    }
}

/// Statuses an order that was agreed elsewhere may be recorded in: those of an order that holds its goods.
const fn may_begin_in(status: OrderStatus) -> bool {
    use OrderStatus::{
        Cancelled, Confirmed, Damaged, Delivered, OutForDelivery, Pending, Processing, Refunded, Returned, Shipped,
    };
    match status {
        Pending | Confirmed | Processing | Shipped | OutForDelivery | Delivered => true,
        Cancelled | Refunded | Returned | Damaged => false,
    }
}

/// What is wrong with a given address: its path and a sentence.
pub(in crate::order) fn address_problem(name: &str, address: &AddressChoice) -> Option<(Vec<String>, &'static str)> {
    match address {
        AddressChoice::Saved(_) => None,
        AddressChoice::Structured(parts) => {
            parts.problem().map(|(part, message)| (vec![name.into(), "structured".into(), part.into()], message))
        }
        AddressChoice::FreeText(text) => {
            OrderAddress::free_text_problem(text).map(|message| (vec![name.into(), "freeText".into()], message))
        }
    }
}

impl NewOrder {
    fn newcomer(&self) -> bool {
        self.new_customer.is_some()
    }
}
