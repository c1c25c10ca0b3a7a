//! The columns of files as the API shows them, made from the domain's lists.

use async_graphql::Enum;

use crate::export::column;

macro_rules! api_columns {
    ($name:ident $($(#[$doc:meta])* $variant:ident = $header:literal,)*) => {
        #[doc = "A column of a file."]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl From<$name> for column::$name {
            fn from(column: $name) -> Self {
                match column {
                    $($name::$variant => Self::$variant,)*
                }
            }
        }
    };
}

column::order_columns!(api_columns);
column::payment_columns!(api_columns);
column::customer_columns!(api_columns);
column::product_columns!(api_columns);
