//! Columns of files of payments.

use super::domain_columns;

/// Columns of payments.
macro_rules! payment_columns {
    ($made:ident) => {
        $made! { PaymentColumn
            /// The payment's id.
            Id = "Payment ID",
            /// The order's number.
            OrderNumber = "Order ID",
            /// When it was begun, to the minute.
            Date = "Date",
            /// The buyer's name when the order was placed.
            Customer = "Customer",
            /// How it is called to people.
            Method = "Method",
            /// Who moves the money.
            Gateway = "Gateway",
            /// What it is over.
            Amount = "Amount",
            /// The currency of its amounts.
            Currency = "Currency",
            /// Its state.
            Status = "Status",
            /// The provider's or the shop's reference.
            Reference = "Reference",
            /// How it is paid.
            Type = "Type",
            /// The buyer's e-mail when the order was placed.
            Email = "Email",
            /// What the provider promised of it.
            Authorized = "Authorized",
            /// What was captured of it.
            Captured = "Captured",
            /// What was given back of that.
            Refunded = "Refunded",
            /// The card's brand.
            CardBrand = "Card Brand",
            /// The last four digits of the card.
            Last4 = "Last4",
            /// A remark.
            Note = "Note",
            /// Why it failed, in the provider's code.
            FailureCode = "Failure Code",
            /// The order's id.
            OrderId = "Order",
            /// Its key in the system it was imported from.
            ExternalId = "External ID",
            /// When it was begun, to the second.
            CreatedAt = "Created At",
            /// When it was settled.
            ProcessedAt = "Processed At",
        }
    };
}
pub(crate) use payment_columns;

payment_columns!(domain_columns);

impl PaymentColumn {
    /// Those of a file of which nobody chose the columns.
    pub const USUAL: &[Self] = &[
        Self::Id,
        Self::OrderNumber,
        Self::Date,
        Self::Customer,
        Self::Method,
        Self::Gateway,
        Self::Amount,
        Self::Currency,
        Self::Status,
        Self::Reference,
    ];
}
