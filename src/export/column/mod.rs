//! The columns a file can have, by noun. The API's enums are made from the same lists.

mod customer;
mod order;
mod payment;
mod product;

/// A column of a noun.
pub trait Column: Copy + PartialEq + Send + Sync + 'static {
    /// What stands above it.
    fn header(self) -> &'static str;
}

/// Declares the columns of a noun.
macro_rules! domain_columns {
    ($name:ident $($(#[$doc:meta])* $variant:ident = $header:literal,)*) => {
        #[doc = concat!("`", stringify!($name), "`")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }

        impl $crate::export::column::Column for $name {
            fn header(self) -> &'static str {
                match self {
                    $(Self::$variant => $header,)*
                }
            }
        }
    };
}
use domain_columns;

pub use {customer::CustomerColumn, order::OrderColumn, payment::PaymentColumn, product::ProductColumn};
pub(crate) use {customer::customer_columns, order::order_columns, payment::payment_columns, product::product_columns};
