//! The life of a payment: one total table of statuses and actions (PAY-05, PAY-06, C-13).

use entity::stored::{OrderStatus, PaymentStatus, PaymentType};

/// What can be done with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Pay it, or mark it paid.
    Process,
    /// Have it promised.
    Authorise,
    /// Take what was promised.
    Capture,
    /// Call it off before anything was taken.
    Void,
    /// Give back what was taken.
    Refund,
    /// Change what it is over.
    Update,
    /// Delete it.
    Delete,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 7] =
        [Self::Process, Self::Authorise, Self::Capture, Self::Void, Self::Refund, Self::Update, Self::Delete];
}

/// The table: whether an action may be done in a status, whoever does it.
pub const fn allows(status: PaymentStatus, action: Action) -> bool {
    use Action as A;
    use PaymentStatus as S;
    match (status, action) {
        (S::Pending, A::Process | A::Authorise | A::Void | A::Update | A::Delete) => true,
        (S::Pending, A::Capture | A::Refund) => false,
        (S::Authorized, A::Capture | A::Void) => true,
        (S::Authorized, A::Process | A::Authorise | A::Refund | A::Update | A::Delete) => false,
        (S::Paid | S::PartiallyRefunded, A::Refund) => true,
        (S::Paid | S::PartiallyRefunded, A::Process | A::Authorise | A::Capture | A::Void | A::Update | A::Delete) => false,
        (S::Failed, A::Update | A::Delete) => true,
        (S::Failed, A::Process | A::Authorise | A::Capture | A::Void | A::Refund) => false,
        (S::Refunded | S::Cancelled, A::Process | A::Authorise | A::Capture | A::Void | A::Refund | A::Update | A::Delete) => {
            false
        }
    }
}

/// Whether an order still takes payments.
pub const fn takes_payments(status: OrderStatus) -> bool {
    use OrderStatus as S;
    match status {
        S::Pending | S::Confirmed | S::Processing | S::Shipped | S::OutForDelivery | S::Delivered => true,
        S::Cancelled | S::Refunded | S::Returned | S::Damaged => false,
    }
}

/// What a payment holds of its order's total: what is still to come, or what came and stayed.
pub const fn holds(status: PaymentStatus, amount: i64, captured: i64, refunded: i64) -> i64 {
    match status {
        PaymentStatus::Pending | PaymentStatus::Authorized => amount,
        PaymentStatus::Paid | PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded => captured - refunded,
        PaymentStatus::Failed | PaymentStatus::Cancelled => 0,
    }
}

/// Label of a way to pay for people (PAY-02).
pub const fn display(kind: PaymentType) -> &'static str {
    match kind {
        PaymentType::Cash => "Cash",
        PaymentType::Credit => "Credit Card",
        PaymentType::Debit => "Debit Card",
        PaymentType::Transfer => "Bank Transfer",
        PaymentType::Voucher => "Voucher",
        PaymentType::Other => "Other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        let table: String = PaymentStatus::all()
            .map(|status| {
                let allowed: Vec<String> = Action::ALL
                    .into_iter()
                    .filter(|action| allows(status, *action))
                    .map(|action| format!("{action:?}"))
                    .collect();
                format!("{status}: {}\n", allowed.join(", "))
            })
            .collect();
        insta::assert_snapshot!(table, @r"
        PENDING: Process, Authorise, Void, Update, Delete
        AUTHORIZED: Capture, Void
        PAID: Refund
        PARTIALLY_REFUNDED: Refund
        REFUNDED: 
        FAILED: Update, Delete
        CANCELLED: 
        ");
    }
}
