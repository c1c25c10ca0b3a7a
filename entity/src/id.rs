//! Typed ids: a UUIDv7 (RFC 9562) each, written as a TypeID, `order_01h455vb4pex5vsknk084sn02q`.
//!
//! The prefix makes an id of the wrong type impossible to mistake for another one, in the API and in Rust.

use std::{fmt, str::FromStr};

use sea_orm::DeriveValueType;
use uuid::Uuid;

/// Crockford's base32 in lower case, the alphabet of the TypeID specification.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a text is not an id of the type asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of type `{expected}`")]
pub struct InvalidId {
    /// The prefix an id of this type starts with.
    pub expected: &'static str,
}

/// Writes 128 bits as the 26 characters of a TypeID suffix.
fn encode(uuid: Uuid) -> [u8; 26] {
    let mut rest = uuid.as_u128();
    let mut text = [b'0'; 26];
    for slot in text.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    text
}

/// Reads the 26 characters of a TypeID suffix; `None` for anything that [`encode`] would not write.
fn decode(text: &str) -> Option<Uuid> {
    let bytes = text.as_bytes();
    // The first character holds 3 bits only: 26 × 5 are 130, an id has 128.
    if bytes.len() != 26 || bytes[0] > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in bytes {
        let digit = ALPHABET.iter().position(|known| known == byte)?;
        value = (value << 5) | digit as u128;
    }
    Some(Uuid::from_u128(value))
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, DeriveValueType)]
        pub struct $name(pub Uuid);

        impl $name {
            /// What the text form starts with, before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// An id that sorts by `now`, with the random bits given.
            pub fn at(now: crate::time::Timestamp, random: [u8; 10]) -> Self {
                let millis = now.millis().max(0) as u64;
                Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                let suffix = encode(self.0);
                f.write_str(std::str::from_utf8(&suffix).map_err(|_| fmt::Error)?)
            }
        }

        // Required of a primary key; an id is made here and never comes from the database as a number.
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(decode)
                    .map(Self)
                    .ok_or(InvalidId { expected: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

typed_ids! {
    /// A person who can sign in.
    UserId = "user";
    /// A rotating refresh token's row.
    RefreshTokenId = "rtok";
    /// A vendor.
    StoreId = "store";
    /// A product of a store.
    ProductId = "product";
    /// What is sold: a SKU with a price and a stock.
    VariantId = "variant";
    /// Somebody who buys, with or without a user.
    CustomerId = "customer";
    /// A saved address of a customer.
    AddressId = "address";
    /// A way to ship.
    ShippingMethodId = "shipping";
    /// An order.
    OrderId = "order";
    /// Orders that were placed together, one per store.
    OrderGroupId = "ordergroup";
    /// A line item of an order.
    OrderItemId = "item";
    /// A note of staff or sellers on an order.
    OrderNoteId = "note";
    /// A payment of an order.
    PaymentId = "payment";
    /// Money given back from a payment.
    RefundId = "refund";
    /// Goods of an order that come back.
    ReturnId = "return";
    /// One call of a payment provider, asked again under the same id until its outcome is known.
    PaymentAttemptId = "attempt";
    /// A method of payment that a provider keeps for a customer.
    PaymentMethodId = "paymethod";
    /// A parcel of an order.
    FulfillmentId = "fulfillment";
    /// A label of a parcel, asked for again under the same id until its outcome is known.
    ShippingLabelId = "label";
    /// A place and time on the way of goods.
    TrackingEventId = "tracking";
    /// A time in which an order is held.
    HoldId = "hold";
    /// A buyer's review of an order.
    ReviewId = "review";
    /// An invoice or a credit note.
    InvoiceId = "invoice";
    /// A file of rows, made for somebody to take away.
    ExportId = "export";
    /// Something that a user is told.
    NotificationId = "notification";
    /// A view of a list that somebody keeps.
    SavedViewId = "view";
    /// An endpoint of outgoing webhooks.
    WebhookEndpointId = "webhook";
    /// An event for an endpoint of outgoing webhooks.
    WebhookDeliveryId = "delivery";
    /// One thing done with many.
    BulkOperationId = "bulk";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_is_a_typeid() {
        let id = OrderId(Uuid::parse_str("01890a5d-ac96-774b-bcce-b302099a8057").unwrap());
        assert_eq!(id.to_string(), "order_01h455vb4pex5vsknk084sn02q");
        assert_eq!("order_01h455vb4pex5vsknk084sn02q".parse(), Ok(id));
    }

    #[test]
    fn what_is_not_exactly_an_id_is_refused() {
        for text in [
            "",
            "order_",
            "01h455vb4pex5vsknk084sn02q",
            "user_01h455vb4pex5vsknk084sn02q",
            "order_81h455vb4pex5vsknk084sn02q",
            "order_01H455VB4PEX5VSKNK084SN02Q",
            "order_01h455vb4pex5vsknk084sn02",
            "order_01h455vb4pex5vsknk084sn02ü",
        ] {
            assert!(text.parse::<OrderId>().is_err(), "{text}");
        }
    }
}
