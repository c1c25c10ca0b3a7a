//! The life of an order: one total table of statuses and actions (ORD-17, C-02, C-04).

use entity::stored::{FulfillmentStatus, OrderStatus};

use crate::config::{CancelPolicy, OrderConfig};

/// What can be done with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Accept it.
    Confirm,
    /// Begin to prepare it.
    Process,
    /// Hand it to the carrier.
    Ship,
    /// Bring it on the last leg.
    OutForDelivery,
    /// Hand it to the buyer.
    Deliver,
    /// Call it off.
    Cancel,
    /// Give the money back.
    Refund,
    /// Take the goods back.
    Return,
    /// Find the goods damaged.
    MarkDamaged,
    /// Change note or addresses.
    Edit,
}

impl Action {
    /// Every action, in the order of an order's life.
    pub const ALL: [Action; 10] = [
        Self::Confirm,
        Self::Process,
        Self::Ship,
        Self::OutForDelivery,
        Self::Deliver,
        Self::Cancel,
        Self::Refund,
        Self::Return,
        Self::MarkDamaged,
        Self::Edit,
    ];

    /// The action that leads to a status; none leads back to PENDING.
    pub const fn leading_to(status: OrderStatus) -> Option<Self> {
        match status {
            OrderStatus::Pending => None,
            OrderStatus::Confirmed => Some(Self::Confirm),
            OrderStatus::Processing => Some(Self::Process),
            OrderStatus::Shipped => Some(Self::Ship),
            OrderStatus::OutForDelivery => Some(Self::OutForDelivery),
            OrderStatus::Delivered => Some(Self::Deliver),
            OrderStatus::Cancelled => Some(Self::Cancel),
            OrderStatus::Refunded => Some(Self::Refund),
            OrderStatus::Returned => Some(Self::Return),
            OrderStatus::Damaged => Some(Self::MarkDamaged),
        }
    }

    /// The status an action leads to; editing leaves it.
    pub const fn target(self) -> Option<OrderStatus> {
        match self {
            Self::Confirm => Some(OrderStatus::Confirmed),
            Self::Process => Some(OrderStatus::Processing),
            Self::Ship => Some(OrderStatus::Shipped),
            Self::OutForDelivery => Some(OrderStatus::OutForDelivery),
            Self::Deliver => Some(OrderStatus::Delivered),
            Self::Cancel => Some(OrderStatus::Cancelled),
            Self::Refund => Some(OrderStatus::Refunded),
            Self::Return => Some(OrderStatus::Returned),
            Self::MarkDamaged => Some(OrderStatus::Damaged),
            Self::Edit => None,
        }
    }
}

/// The table: whether an action may be done in a status, whoever does it (C-04).
pub const fn allows(status: OrderStatus, action: Action) -> bool {
    use Action as A;
    use OrderStatus as S;
    match (status, action) {
        (S::Pending, A::Confirm | A::Process | A::Cancel | A::Edit) => true,
        (S::Pending, A::Ship | A::OutForDelivery | A::Deliver | A::Refund | A::Return | A::MarkDamaged) => false,
        (S::Confirmed, A::Process | A::Ship | A::Cancel | A::Edit) => true,
        (S::Confirmed, A::Confirm | A::OutForDelivery | A::Deliver | A::Refund | A::Return | A::MarkDamaged) => false,
        (S::Processing, A::Ship | A::Cancel | A::Edit) => true,
        (S::Processing, A::Confirm | A::Process | A::OutForDelivery | A::Deliver | A::Refund | A::Return | A::MarkDamaged) => {
            false
        }
        (S::Shipped, A::OutForDelivery | A::Deliver | A::Refund | A::Return | A::MarkDamaged | A::Cancel | A::Edit) => true,
        (S::Shipped, A::Confirm | A::Process | A::Ship) => false,
        (S::OutForDelivery, A::Deliver | A::Return | A::MarkDamaged | A::Cancel | A::Edit) => true,
        (S::OutForDelivery, A::Confirm | A::Process | A::Ship | A::OutForDelivery | A::Refund) => false,
        (S::Delivered, A::Refund | A::Return | A::MarkDamaged) => true,
        (S::Delivered, A::Confirm | A::Process | A::Ship | A::OutForDelivery | A::Deliver | A::Cancel | A::Edit) => false,
        (S::Returned | S::Damaged, A::Refund) => true,
        (
            S::Returned | S::Damaged,
            A::Confirm | A::Process | A::Ship | A::OutForDelivery | A::Deliver | A::Cancel | A::Return | A::MarkDamaged | A::Edit,
        ) => false,
        (
            S::Cancelled | S::Refunded,
            A::Confirm
            | A::Process
            | A::Ship
            | A::OutForDelivery
            | A::Deliver
            | A::Cancel
            | A::Refund
            | A::Return
            | A::MarkDamaged
            | A::Edit,
        ) => false,
    }
}

/// Whether the lines and the way of shipping may be changed in a status: as long as nothing of the order has left.
pub const fn allows_goods(status: OrderStatus) -> bool {
    use OrderStatus::{
        Cancelled, Confirmed, Damaged, Delivered, OutForDelivery, Pending, Processing, Refunded, Returned, Shipped,
    };
    match status {
        Pending | Confirmed | Processing => true,
        Shipped | OutForDelivery | Delivered | Cancelled | Refunded | Returned | Damaged => false,
    }
}

/// Whether an administrator may set a status by force. A cancelled order stays so: its goods are on sale again.
pub fn allows_forced(from: OrderStatus, to: OrderStatus) -> bool {
    from != to && from != OrderStatus::Cancelled && (to != OrderStatus::Cancelled || forced_cancel(from))
}

/// C-01: CANCELLED, REFUNDED and RETURNED orders are never cancelled, by nobody.
const fn forced_cancel(from: OrderStatus) -> bool {
    !matches!(from, OrderStatus::Cancelled | OrderStatus::Refunded | OrderStatus::Returned)
}

/// Who wants to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Canceller {
    /// The buyer of the order.
    Buyer,
    /// Staff or an administrator.
    Staff,
}

/// Whether an order may be cancelled, without force (C-01).
pub fn may_cancel(status: OrderStatus, who: Canceller, rules: &OrderConfig) -> bool {
    use OrderStatus::{Confirmed, Pending, Processing};
    if who == Canceller::Staff && !rules.cancel_staff_allowed {
        return false;
    }
    if rules.cancel == CancelPolicy::StaffAny && who == Canceller::Staff {
        return forced_cancel(status);
    }
    if !allows(status, Action::Cancel) {
        return false;
    }
    match (rules.cancel, who) {
        (CancelPolicy::PendingOnly, _) => status == Pending,
        (CancelPolicy::UntilProcessing | CancelPolicy::StaffAny, Canceller::Buyer) => matches!(status, Pending | Confirmed),
        (CancelPolicy::UntilShipped, Canceller::Buyer) => matches!(status, Pending | Confirmed | Processing),
        (CancelPolicy::UntilProcessing | CancelPolicy::UntilShipped | CancelPolicy::StaffAny, Canceller::Staff) => true,
    }
}

/// Statuses that may follow, by the table.
pub fn successors(status: OrderStatus) -> Vec<OrderStatus> {
    Action::ALL.into_iter().filter(|action| allows(status, *action)).filter_map(Action::target).collect()
}

/// How far the goods are when an order comes to a status (C-18). `before` is what stands when the status says nothing of
/// the goods.
pub const fn fulfillment_of(status: OrderStatus, before: FulfillmentStatus) -> FulfillmentStatus {
    match status {
        OrderStatus::Pending | OrderStatus::Confirmed => FulfillmentStatus::Unfulfilled,
        OrderStatus::Processing => FulfillmentStatus::Processing,
        OrderStatus::Shipped => FulfillmentStatus::Shipped,
        OrderStatus::OutForDelivery => FulfillmentStatus::OutForDelivery,
        OrderStatus::Delivered => FulfillmentStatus::Delivered,
        OrderStatus::Returned => FulfillmentStatus::Returned,
        OrderStatus::Cancelled | OrderStatus::Refunded | OrderStatus::Damaged => before,
    }
}

/// The event a status writes.
pub const fn event_of(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => "ORDER_REOPENED",
        OrderStatus::Confirmed => "ORDER_CONFIRMED",
        OrderStatus::Processing => "ORDER_PROCESSING",
        OrderStatus::Shipped => "ORDER_SHIPPED",
        OrderStatus::OutForDelivery => "ORDER_OUT_FOR_DELIVERY",
        OrderStatus::Delivered => "ORDER_DELIVERED",
        OrderStatus::Cancelled => "ORDER_CANCELLED",
        OrderStatus::Refunded => "ORDER_REFUNDED",
        OrderStatus::Returned => "ORDER_RETURNED",
        OrderStatus::Damaged => "ORDER_DAMAGED",
    }
}

/// Label of a status for people (ORD-24, C-43).
pub const fn display(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => "Pending",
        OrderStatus::Confirmed => "Confirmed",
        OrderStatus::Processing => "Processing",
        OrderStatus::Shipped => "Shipped",
        OrderStatus::OutForDelivery => "Out for Delivery",
        OrderStatus::Delivered => "Completed",
        OrderStatus::Cancelled => "Cancelled",
        OrderStatus::Refunded => "Refunded",
        OrderStatus::Returned => "Returned",
        OrderStatus::Damaged => "Damaged",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_whole_table() {
        let table: String = OrderStatus::all()
            .map(|status| {
                let next: Vec<&str> = successors(status).into_iter().map(OrderStatus::as_str).collect();
                let edit = if allows(status, Action::Edit) { " (editable)" } else { "" };
                format!("{status} -> {}{edit}\n", next.join(", "))
            })
            .collect();
        insta::assert_snapshot!(table, @r"
        PENDING -> CONFIRMED, PROCESSING, CANCELLED (editable)
        CONFIRMED -> PROCESSING, SHIPPED, CANCELLED (editable)
        PROCESSING -> SHIPPED, CANCELLED (editable)
        SHIPPED -> OUT_FOR_DELIVERY, DELIVERED, CANCELLED, REFUNDED, RETURNED, DAMAGED (editable)
        OUT_FOR_DELIVERY -> DELIVERED, CANCELLED, RETURNED, DAMAGED (editable)
        DELIVERED -> REFUNDED, RETURNED, DAMAGED
        CANCELLED -> 
        REFUNDED -> 
        RETURNED -> REFUNDED
        DAMAGED -> REFUNDED
        ");
    }

    #[test]
    fn who_cancels_until_when() {
        let mut table = String::new();
        for cancel in
            [CancelPolicy::UntilProcessing, CancelPolicy::UntilShipped, CancelPolicy::PendingOnly, CancelPolicy::StaffAny]
        {
            let rules = OrderConfig { cancel, ..Default::default() };
            for who in [Canceller::Buyer, Canceller::Staff] {
                let statuses: Vec<&str> =
                    OrderStatus::all().filter(|status| may_cancel(*status, who, &rules)).map(OrderStatus::as_str).collect();
                table.push_str(&format!("{cancel:?} {who:?}: {}\n", statuses.join(", ")));
            }
        }
        insta::assert_snapshot!(table, @r"
        UntilProcessing Buyer: PENDING, CONFIRMED
        UntilProcessing Staff: PENDING, CONFIRMED, PROCESSING, SHIPPED, OUT_FOR_DELIVERY
        UntilShipped Buyer: PENDING, CONFIRMED, PROCESSING
        UntilShipped Staff: PENDING, CONFIRMED, PROCESSING, SHIPPED, OUT_FOR_DELIVERY
        PendingOnly Buyer: PENDING
        PendingOnly Staff: PENDING
        StaffAny Buyer: PENDING, CONFIRMED
        StaffAny Staff: PENDING, CONFIRMED, PROCESSING, SHIPPED, OUT_FOR_DELIVERY, DELIVERED, DAMAGED
        ");
    }

    fn any_status() -> impl Strategy<Value = OrderStatus> {
        prop::sample::select(OrderStatus::all().collect::<Vec<_>>())
    }

    proptest! {
        #[test]
        fn nothing_follows_itself_and_force_covers_the_table(from in any_status(), to in any_status()) {
            let by_table = successors(from).contains(&to);
            prop_assert!(!(by_table && from == to));
            prop_assert!(!by_table || allows_forced(from, to), "{} -> {}", from, to);
            prop_assert!(!(allows_forced(from, to) && from == OrderStatus::Cancelled));
        }

        #[test]
        fn a_buyer_never_cancels_what_staff_may_not(status in any_status()) {
            for cancel in [CancelPolicy::UntilProcessing, CancelPolicy::UntilShipped, CancelPolicy::PendingOnly, CancelPolicy::StaffAny] {
                let rules = OrderConfig { cancel, ..Default::default() };
                prop_assert!(!may_cancel(status, Canceller::Buyer, &rules) || may_cancel(status, Canceller::Staff, &rules));
            }
        }
    }
}
