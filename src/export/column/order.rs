//! Columns of files of orders and of their lines.

use super::domain_columns;

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
pub(crate) use order_columns;

order_columns!(domain_columns);

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
}
