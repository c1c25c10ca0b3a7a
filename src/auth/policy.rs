//! Who may do what: one pure table. A snapshot test prints it, and a test takes every mutation of the schema to it.

use crate::{auth::actor::Actor, config::OrderConfig, fault::Denied};
use entity::stored::ActorKind;

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident = $mutation:literal,)*) => {
        /// A right to call one mutation, by the mutation's name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Right {
            $(#[doc = concat!("`", $mutation, "`")] $name,)*
        }

        impl Right {
            /// Every right.
            pub const ALL: &[Right] = &[$(Right::$name,)*];

            /// The mutation it is for.
            pub const fn mutation(self) -> &'static str {
                match self {
                    $(Right::$name => $mutation,)*
                }
            }
        }
    };
}

rights! {
    SignIn = "signIn",
    TokenRefresh = "tokenRefresh",
    SignOut = "signOut",
    OrderCreate = "orderCreate",
    OrderUpdate = "orderUpdate",
    OrderEdit = "orderEdit",
    OrderItemAdd = "orderItemAdd",
    OrderItemUpdate = "orderItemUpdate",
    OrderItemRemove = "orderItemRemove",
    OrderNoteAdd = "orderNoteAdd",
    OrderNoteUpdate = "orderNoteUpdate",
    OrderNoteDelete = "orderNoteDelete",
    OrderConfirm = "orderConfirm",
    OrderProcess = "orderProcess",
    OrderShip = "orderShip",
    OrderOutForDelivery = "orderOutForDelivery",
    OrderDeliver = "orderDeliver",
    OrderStatusUpdate = "orderStatusUpdate",
    OrderCancel = "orderCancel",
    OrderDelete = "orderDelete",
    OrdersBulkAction = "ordersBulkAction",
    ProductsBulkAction = "productsBulkAction",
    CustomersBulkAction = "customersBulkAction",
    BulkOperationCancel = "bulkOperationCancel",
    OrderMarkDamaged = "orderMarkDamaged",
    OrderReturn = "orderReturn",
    ReturnCreate = "returnCreate",
    ReturnApprove = "returnApprove",
    ReturnReject = "returnReject",
    ReturnCancel = "returnCancel",
    ReturnReceive = "returnReceive",
    OrderRefund = "orderRefund",
    PaymentCreate = "paymentCreate",
    PaymentProcess = "paymentProcess",
    PaymentCapture = "paymentCapture",
    PaymentVoid = "paymentVoid",
    PaymentRefund = "paymentRefund",
    PaymentUpdate = "paymentUpdate",
    PaymentDelete = "paymentDelete",
    PaymentMethodDelete = "paymentMethodDelete",
    OrderHold = "orderHold",
    OrderHoldRelease = "orderHoldRelease",
    OrderShipByUpdate = "orderShipByUpdate",
    FulfillmentCreate = "fulfillmentCreate",
    FulfillmentShip = "fulfillmentShip",
    FulfillmentTrackingUpdate = "fulfillmentTrackingUpdate",
    FulfillmentOutForDelivery = "fulfillmentOutForDelivery",
    FulfillmentDeliver = "fulfillmentDeliver",
    FulfillmentCancel = "fulfillmentCancel",
    FulfillmentRates = "fulfillmentRates",
    FulfillmentLabelBuy = "fulfillmentLabelBuy",
    TrackingEventAdd = "trackingEventAdd",
    StockAdjust = "stockAdjust",
    StoreCreate = "storeCreate",
    StoreUpdate = "storeUpdate",
    StoreMemberAdd = "storeMemberAdd",
    StoreMemberRemove = "storeMemberRemove",
    ProductCreate = "productCreate",
    ProductUpdate = "productUpdate",
    ProductVariantAdd = "productVariantAdd",
    ProductVariantUpdate = "productVariantUpdate",
    CustomerCreate = "customerCreate",
    CustomerUpdate = "customerUpdate",
    AddressCreate = "addressCreate",
    AddressUpdate = "addressUpdate",
    AddressDelete = "addressDelete",
    AddressSetDefault = "addressSetDefault",
    ShippingMethodCreate = "shippingMethodCreate",
    ShippingMethodUpdate = "shippingMethodUpdate",
    NotificationMarkRead = "notificationMarkRead",
    NotificationDelete = "notificationDelete",
    NotificationPreferencesUpdate = "notificationPreferencesUpdate",
    SavedViewCreate = "savedViewCreate",
    SavedViewUpdate = "savedViewUpdate",
    SavedViewDelete = "savedViewDelete",
    JobRetry = "jobRetry",
    JobDiscard = "jobDiscard",
    WebhookEndpointCreate = "webhookEndpointCreate",
    WebhookEndpointUpdate = "webhookEndpointUpdate",
    WebhookEndpointDelete = "webhookEndpointDelete",
    WebhookSecretRotate = "webhookSecretRotate",
    WebhookPing = "webhookPing",
    WebhookRedeliver = "webhookRedeliver",
    WebhookReplay = "webhookReplay",
    ExportCreate = "exportCreate",
    ExportCancel = "exportCancel",
    ExportDelete = "exportDelete",
}

/// Who calls, as far as rights at large go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody is signed in.
    Anonymous,
    /// A buyer.
    Customer,
    /// A member of a store.
    Seller,
    /// The shop's staff.
    Staff,
    /// An administrator, or the service itself.
    Admin,
}

impl Caller {
    /// Every kind of caller.
    pub const ALL: &[Caller] = &[Self::Anonymous, Self::Customer, Self::Seller, Self::Staff, Self::Admin];
}

/// What the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// On everything.
    All,
    /// On what belongs to the caller: own orders and addresses, goods of own stores.
    Own,
    /// On nothing.
    No,
}

/// The table (PERM-01 to PERM-05, C-01, C-05 to C-08).
pub fn verdict(right: Right, caller: Caller, rules: &OrderConfig) -> Verdict {
    use Caller::{Admin, Anonymous, Customer, Seller, Staff};
    use Right::*;
    use Verdict::{All, No, Own};
    match right {
        SignIn | TokenRefresh | SignOut => All,
        OrderEdit | OrderItemAdd | OrderItemUpdate | OrderItemRemove => match caller {
            Anonymous => No,
            Customer | Seller => Own,
            Staff | Admin => All,
        },
        OrderNoteAdd | OrderNoteUpdate | OrderNoteDelete => match caller {
            Anonymous | Customer => No,
            Seller => Own,
            Staff | Admin => All,
        },
        OrderCreate | OrderUpdate | OrderCancel | CustomerUpdate | AddressCreate | AddressUpdate | AddressDelete
        | AddressSetDefault | ReturnCreate | ReturnCancel => match caller {
            Anonymous => No,
            Customer | Seller => Own,
            Staff | Admin => All,
        },
        // Who may begin one may end it: everybody sees their own, staff all.
        BulkOperationCancel => match caller {
            Anonymous => No,
            Customer | Seller => Own,
            Staff | Admin => All,
        },
        // Everybody has notifications of their own and sees no others'.
        NotificationMarkRead | NotificationDelete | NotificationPreferencesUpdate => match caller {
            Anonymous => No,
            Customer | Seller | Staff | Admin => Own,
        },
        FulfillmentCreate
        | FulfillmentShip
        | FulfillmentTrackingUpdate
        | FulfillmentOutForDelivery
        | FulfillmentDeliver
        | FulfillmentCancel
        | FulfillmentRates
        | FulfillmentLabelBuy
        | TrackingEventAdd => match caller {
            Anonymous | Customer => No,
            Seller if rules.sellers_can_fulfil => Own,
            Seller => No,
            Staff | Admin => All,
        },
        OrderHold | OrderHoldRelease | OrderShipByUpdate => match caller {
            Anonymous | Customer | Seller => No,
            Staff | Admin => All,
        },
        OrderConfirm | OrderProcess | OrderShip | OrderOutForDelivery | OrderDeliver => match caller {
            Anonymous | Customer => No,
            Seller if rules.sellers_can_fulfil => Own,
            Seller => No,
            Staff | Admin => All,
        },
        StockAdjust | StoreUpdate | ProductCreate | ProductUpdate | ProductVariantAdd | ProductVariantUpdate
        | ProductsBulkAction => match caller {
            Anonymous | Customer => No,
            Seller => Own,
            Staff | Admin => All,
        },
        OrderStatusUpdate | OrderMarkDamaged | OrderReturn | ReturnApprove | ReturnReject | ReturnReceive | OrdersBulkAction
        | CustomersBulkAction | StoreCreate | StoreMemberAdd | StoreMemberRemove | CustomerCreate | ShippingMethodCreate
        | ShippingMethodUpdate | JobRetry | JobDiscard | SavedViewCreate | SavedViewUpdate | SavedViewDelete | ExportCreate
        | ExportCancel | ExportDelete => match caller {
            Anonymous | Customer | Seller => No,
            Staff | Admin => All,
        },
        WebhookEndpointCreate
        | WebhookEndpointUpdate
        | WebhookEndpointDelete
        | WebhookSecretRotate
        | WebhookPing
        | WebhookRedeliver
        | WebhookReplay => match caller {
            Anonymous | Customer => No,
            Seller => Own,
            Staff | Admin => All,
        },
        PaymentCreate | PaymentProcess | PaymentMethodDelete => match caller {
            Anonymous => No,
            Customer | Seller => Own,
            Staff | Admin => All,
        },
        OrderRefund | PaymentCapture | PaymentVoid | PaymentRefund => match caller {
            Anonymous | Customer | Seller => No,
            Staff | Admin => All,
        },
        OrderDelete | PaymentUpdate | PaymentDelete => match caller {
            Anonymous | Customer | Seller | Staff => No,
            Admin => All,
        },
    }
}

/// How far a right of the caller reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Everything.
    All,
    /// What belongs to the caller.
    Own,
}

/// Which row of the table an actor stands in.
pub fn caller(actor: &Actor) -> Caller {
    match (actor, actor.kind()) {
        (Actor::Anonymous, _) => Caller::Anonymous,
        (Actor::System, _) => Caller::Admin,
        (Actor::User(_), ActorKind::Admin | ActorKind::System | ActorKind::Import) => Caller::Admin,
        (Actor::User(_), ActorKind::Staff) => Caller::Staff,
        (Actor::User(_), ActorKind::Seller) => Caller::Seller,
        (Actor::User(_), ActorKind::Customer) => Caller::Customer,
    }
}

/// Asks the table for an actor.
///
/// # Errors
/// [`Denied`] when the actor has no such right on anything.
pub fn authorise(actor: &Actor, right: Right, rules: &OrderConfig) -> Result<Reach, Denied> {
    match verdict(right, caller(actor), rules) {
        Verdict::All => Ok(Reach::All),
        Verdict::Own => Ok(Reach::Own),
        Verdict::No if matches!(actor, Actor::Anonymous) => Err(Denied::Unauthenticated),
        Verdict::No => Err(Denied::Forbidden),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for right in Right::ALL {
            write!(table, "{:<22}", right.mutation()).unwrap();
            for caller in Caller::ALL {
                let verdict = verdict(*right, *caller, &OrderConfig::default());
                write!(table, " {:<15}", format!("{caller:?}={verdict:?}")).unwrap();
            }
            table.truncate(table.trim_end().len());
            table.push('\n');
        }
        insta::assert_snapshot!(table);
    }
}
