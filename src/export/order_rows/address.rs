//! The cells of an order's addresses.

use super::{line::Order, row::At};
use crate::{export::column::OrderColumn, fault::Fault, order::address::OrderAddress};

/// The addresses of an order, read when a column asks for them.
#[derive(Default)]
pub(super) struct Addresses {
    shipping: Option<Option<OrderAddress>>,
    billing: Option<Option<OrderAddress>>,
}

impl Addresses {
    /// Where it is shipped to.
    pub(super) fn shipping(&mut self, order: &Order<'_>) -> Result<Option<&OrderAddress>, Fault> {
        known(&mut self.shipping, order, At::ShippingAddress)
    }

    /// Who is billed.
    pub(super) fn billing(&mut self, order: &Order<'_>) -> Result<Option<&OrderAddress>, Fault> {
        known(&mut self.billing, order, At::BillingAddress)
    }
}

fn known<'a>(slot: &'a mut Option<Option<OrderAddress>>, order: &Order<'_>, at: At) -> Result<Option<&'a OrderAddress>, Fault> {
    if slot.is_none() {
        let text = order.needs.order.optional(order.row, at)?;
        let read = text.map(serde_json::from_str).transpose();
        *slot = Some(read.map_err(|error| Fault::Corrupt(format!("address of an order: {error}")))?);
    }
    Ok(slot.as_ref().and_then(Option::as_ref))
}

/// What a column tells of an address.
pub(super) fn part(address: &OrderAddress, column: OrderColumn) -> Option<&str> {
    use OrderColumn as C;
    let part = match column {
        C::ShippingName | C::BillingName => &address.full_name,
        C::ShippingPhone => &address.phone,
        C::ShippingStreet | C::BillingStreet if address.free_text.is_some() => &address.free_text,
        C::ShippingStreet | C::BillingStreet => &address.street_address,
        C::ShippingCity | C::BillingCity => &address.city,
        C::ShippingState | C::BillingState => &address.state,
        C::ShippingCountry | C::BillingCountry => &address.country,
        C::ShippingZip | C::BillingZip => &address.zip_code,
        _ => &None,
    };
    part.as_deref()
}
