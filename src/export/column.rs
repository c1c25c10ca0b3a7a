//! The columns a file can have, by noun. The API's enums are made from the same lists.

use serde::{Deserialize, Serialize};

/// A column of a noun.
pub trait Column: Copy + PartialEq + Send + Sync + 'static {
    /// What stands above it.
    fn header(self) -> &'static str;
}

/// Columns of orders and of their lines: name, header, whether it tells of a line, meaning.
macro_rules! order_columns {
    ($made:ident) => {
        $made! { OrderColumn
            /// The order's number, ORD-YYYYMMDD-NNNN.
            Number = "Order ID",
            /// When it was placed, to the minute.
            Date = "Date",
            /// The buyer's name when it was placed.
            Customer = "Customer",
            /// The buyer's e-mail when it was placed.
            Email = "Email",
            /// Its lines, each as Name (xN).
            Items = "Items",
            /// What is to be paid.
            Total = "Total",
            /// Where it is in its life, as a label.
            Status = "Status",
            /// How its payments are called; how it is meant to be paid while there is none.
            PaymentMethod = "Payment Method",
            /// How it stands with its payments.
            PaymentStatus = "Payment Status",
            /// The order's id.
            Id = "ID",
            /// Its key in the system it was imported from.
            ExternalId = "External ID",
            /// The currency of all its amounts.
            Currency = "Currency",
            /// Sum of its lines.
            Subtotal = "Subtotal",
            /// Price of shipping.
            Shipping = "Shipping",
            /// Tax on top.
            Tax = "Tax",
            /// Taken off.
            Discount = "Discount",
            /// What was captured.
            Paid = "Paid",
            /// What was given back.
            Refunded = "Refunded",
            /// How far the goods are.
            FulfillmentStatus = "Fulfillment Status",
            /// How it is shipped: STANDARD, EXPRESS, PICKUP.
            Type = "Type",
            /// References of its payments.
            PaymentReferences = "Payment References",
            /// The customer's id.
            CustomerId = "Customer ID",
            /// Pieces of all lines.
            Pieces = "Pieces",
            /// The stores of its lines.
            Stores = "Stores",
            /// The SKUs of its lines.
            Skus = "SKUs",
            /// Who receives.
            ShippingName = "Shipping Name",
            /// Telephone of the receiver.
            ShippingPhone = "Shipping Phone",
            /// Street of the receiver; the whole address where it was given as one text.
            ShippingStreet = "Shipping Street",
            /// City of the receiver.
            ShippingCity = "Shipping City",
            /// State of the receiver.
            ShippingState = "Shipping State",
            /// Country of the receiver.
            ShippingCountry = "Shipping Country",
            /// Postal code of the receiver.
            ShippingZip = "Shipping Zip",
            /// Who is billed.
            BillingName = "Billing Name",
            /// Street of who is billed; the whole address where it was given as one text.
            BillingStreet = "Billing Street",
            /// City of who is billed.
            BillingCity = "Billing City",
            /// State of who is billed.
            BillingState = "Billing State",
            /// Country of who is billed.
            BillingCountry = "Billing Country",
            /// Postal code of who is billed.
            BillingZip = "Billing Zip",
            /// The carrier's number.
            TrackingNumber = "Tracking Number",
            /// The buyer's note.
            Note = "Note",
            /// Expected day of delivery.
            EstimatedDelivery = "Estimated Delivery",
            /// Until when it must be shipped.
            ShipBy = "Ship By",
            /// Since when it is held.
            HeldSince = "Held Since",
            /// When it was placed, to the second.
            PlacedAt = "Placed At",
            /// When it was created here.
            CreatedAt = "Created At",
            /// When it was last changed.
            UpdatedAt = "Updated At",
            /// Of a line: its place in the order, from 1.
            Line = "Line",
            /// Of a line: its id.
            ItemId = "Item ID",
            /// Of a line: name of the goods when they were sold.
            Item = "Item",
            /// Of a line: SKU when it was sold.
            Sku = "SKU",
            /// Of a line: pieces.
            Quantity = "Quantity",
            /// Of a line: price of one.
            UnitPrice = "Unit Price",
            /// Of a line: pieces times price.
            LineTotal = "Line Total",
            /// Of a line: whose goods.
            Store = "Store",
            /// Of a line: the product's id.
            ProductId = "Product ID",
            /// Of a line: the variant's id.
            VariantId = "Variant ID",
        }
    };
}

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

/// Columns of products, a line a variant.
macro_rules! product_columns {
    ($made:ident) => {
        $made! { ProductColumn
            /// The product's name, with the variant's where it has one.
            Name = "Name",
            /// Stock keeping unit.
            Sku = "SKU",
            /// Its category; empty, for products have none.
            Category = "Category",
            /// Price of one.
            Price = "Price",
            /// Pieces that can be sold now.
            Stock = "Stock",
            /// Whether it can be sold, as a label; Low Stock for what is sold and short.
            Status = "Status",
            /// The day the product was created.
            Created = "Created",
            /// The product's id.
            Id = "ID",
            /// The variant's id.
            VariantId = "Variant ID",
            /// What tells the variant from its siblings.
            Variant = "Variant",
            /// The currency of its price.
            Currency = "Currency",
            /// Whose product.
            Store = "Store",
            /// Shown text.
            Description = "Description",
            /// Pieces held for somebody.
            Reserved = "Reserved",
            /// Pieces that orders took.
            Sold = "Sold",
            /// Its key in the system it was imported from.
            ExternalId = "External ID",
            /// When the product was created, to the second.
            CreatedAt = "Created At",
            /// When the variant was last changed.
            UpdatedAt = "Updated At",
        }
    };
}

macro_rules! domain_columns {
    ($name:ident $($(#[$doc:meta])* $variant:ident = $header:literal,)*) => {
        #[doc = concat!("`", stringify!($name), "`")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }

        impl Column for $name {
            fn header(self) -> &'static str {
                match self {
                    $(Self::$variant => $header,)*
                }
            }
        }
    };
}

pub(crate) use {customer_columns, order_columns, payment_columns, product_columns};

order_columns!(domain_columns);
payment_columns!(domain_columns);
customer_columns!(domain_columns);
product_columns!(domain_columns);

impl OrderColumn {
    /// Those of a file with a line an order.
    pub const BY_ORDER: &[Self] = &[
        Self::Number,
        Self::Date,
        Self::Customer,
        Self::Email,
        Self::Items,
        Self::Total,
        Self::Status,
        Self::PaymentMethod,
        Self::PaymentStatus,
    ];

    /// Those of a file with a line an item.
    pub const BY_ITEM: &[Self] = &[
        Self::Number,
        Self::Date,
        Self::Customer,
        Self::Email,
        Self::Store,
        Self::Item,
        Self::Sku,
        Self::Quantity,
        Self::UnitPrice,
        Self::LineTotal,
        Self::Currency,
        Self::Status,
    ];

    /// Whether it tells of a line, so that only a file with a line an item can have it.
    pub const fn is_of_item(self) -> bool {
        use OrderColumn::*;
        matches!(self, Line | ItemId | Item | Sku | Quantity | UnitPrice | LineTotal | Store | ProductId | VariantId)
    }

    /// Whether it tells of what all lines of an order are.
    pub const fn needs_items(self) -> bool {
        matches!(self, Self::Items | Self::Pieces | Self::Stores | Self::Skus)
    }

    /// Whether it tells of payments.
    pub const fn needs_payments(self) -> bool {
        matches!(self, Self::PaymentMethod | Self::PaymentReferences)
    }

    /// Whether it tells of an address.
    pub const fn needs_address(self) -> bool {
        use OrderColumn::*;
        matches!(
            self,
            ShippingName
                | ShippingPhone
                | ShippingStreet
                | ShippingCity
                | ShippingState
                | ShippingCountry
                | ShippingZip
                | BillingName
                | BillingStreet
                | BillingCity
                | BillingState
                | BillingCountry
                | BillingZip
        )
    }
}

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

impl CustomerColumn {
    /// Those of a file of which nobody chose the columns.
    pub const USUAL: &[Self] =
        &[Self::Id, Self::Name, Self::Email, Self::Phone, Self::Status, Self::Orders, Self::TotalBalance, Self::Created];
}

impl ProductColumn {
    /// Those of a file of which nobody chose the columns.
    pub const USUAL: &[Self] = &[Self::Name, Self::Sku, Self::Category, Self::Price, Self::Stock, Self::Status, Self::Created];
}
