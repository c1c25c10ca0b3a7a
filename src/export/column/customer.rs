//! Columns of files of customers.

use super::domain_columns;

/// Columns of customers.
macro_rules! customer_columns {
    ($made:ident) => {
        $made! { CustomerColumn
            /// The customer's id.
            Id = "ID",
            /// Full name.
            Name = "Name",
            /// E-mail address.
            Email = "Email",
            /// Telephone number as written.
            Phone = "Phone",
            /// Whether the customer may buy, as a label.
            Status = "Status",
            /// How many orders, whatever their status.
            Orders = "Orders",
            /// Totals of the orders that are not cancelled, less what was given back: $ for US dollars, else the currency's code; one amount a currency.
            TotalBalance = "Total Balance",
            /// The day it was created.
            Created = "Created",
            /// Its key in the system it was imported from.
            ExternalId = "External ID",
            /// When it was created, to the second.
            CreatedAt = "Created At",
            /// When it was last changed.
            UpdatedAt = "Updated At",
        }
    };
}
pub(crate) use customer_columns;

customer_columns!(domain_columns);

impl CustomerColumn {
    /// Those of a file of which nobody chose the columns.
    pub const USUAL: &[Self] =
        &[Self::Id, Self::Name, Self::Email, Self::Phone, Self::Status, Self::Orders, Self::TotalBalance, Self::Created];
}
