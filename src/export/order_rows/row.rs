//! What is read of orders, their lines and payments.

use crate::export::{
    column::OrderColumn,
    fields::{Fields, fields},
};

fields! {
    /// Columns of orders.
    pub(super) At {
        Id = id "id",
        Number = "number",
        Status = "status",
        PaymentStatus = "payment_status",
        FulfillmentStatus = "fulfillment_status",
        Type = "type",
        PaymentType = "payment_type",
        Currency = "currency",
        CustomerId = id "customer_id",
        CustomerName = "customer_name",
        CustomerEmail = "customer_email",
        Subtotal = "subtotal_minor",
        Shipping = "shipping_minor",
        Tax = "tax_minor",
        Discount = "discount_minor",
        Total = "total_minor",
        Paid = "paid_minor",
        Refunded = "refunded_minor",
        TrackingNumber = "tracking_number",
        Note = "note",
        EstimatedDelivery = "estimated_delivery",
        ShipBy = "ship_by",
        HeldAt = "held_at",
        ExternalId = "external_id",
        PlacedAt = "placed_at",
        CreatedAt = "created_at",
        UpdatedAt = "updated_at",
        ShippingAddress = "shipping_address",
        BillingAddress = "billing_address",
    }
}

fields! {
    /// Columns of lines of orders.
    pub(super) Of {
        Id = id "id",
        Order = id "order_id",
        Position = "position",
        Store = id "store_id",
        Product = id "product_id",
        Variant = id "variant_id",
        Name = "name",
        Sku = "sku",
        Quantity = "quantity",
        UnitPrice = "unit_price_minor",
        Total = "total_minor",
    }
}

fields! {
    /// Columns of payments.
    pub(super) By {
        Order = id "order_id",
        Method = "method",
        Reference = "reference",
    }
}

/// What the columns of a file are made of.
pub(super) struct Needs {
    /// Of orders.
    pub(super) order: Fields<At>,
    /// Of their lines; of all of them, or of one alone in a file with a line an item.
    pub(super) item: Fields<Of>,
    /// Whether a column tells of all lines of an order.
    pub(super) all_items: bool,
    /// Of their payments.
    pub(super) payment: Option<Fields<By>>,
}

impl Needs {
    /// What these columns need, and the ids of lines.
    pub(super) fn of_items(columns: &[OrderColumn]) -> Self {
        let columns: Vec<OrderColumn> = columns.iter().copied().chain([OrderColumn::ItemId]).collect();
        Self::of(&columns)
    }

    /// What these columns need.
    pub(super) fn of(columns: &[OrderColumn]) -> Self {
        let (mut order, mut item, mut payment) = (vec![At::Id, At::Currency], vec![Of::Order], vec![]);
        for column in columns {
            let (of_order, of_item, of_payment) = sources(*column);
            order.extend_from_slice(of_order);
            item.extend_from_slice(of_item);
            payment.extend_from_slice(of_payment);
        }
        Self {
            order: Fields::of(order),
            item: Fields::of(item),
            all_items: columns.iter().any(|column| column.needs_items()),
            payment: (!payment.is_empty()).then(|| Fields::of(payment.into_iter().chain([By::Order]))),
        }
    }
}

/// What a column is made of: columns of orders, of lines, of payments.
fn sources(column: OrderColumn) -> (&'static [At], &'static [Of], &'static [By]) {
    use OrderColumn as C;
    let order: &[At] = match column {
        C::Items => return (&[], &[Of::Name, Of::Quantity], &[]),
        C::Pieces => return (&[], &[Of::Quantity], &[]),
        C::Stores => return (&[], &[Of::Store], &[]),
        C::Skus => return (&[], &[Of::Sku], &[]),
        C::Line => return (&[], &[Of::Position], &[]),
        C::ItemId => return (&[], &[Of::Id], &[]),
        C::Item => return (&[], &[Of::Name], &[]),
        C::Sku => return (&[], &[Of::Sku], &[]),
        C::Quantity => return (&[], &[Of::Quantity], &[]),
        C::UnitPrice => return (&[], &[Of::UnitPrice], &[]),
        C::LineTotal => return (&[], &[Of::Total], &[]),
        C::Store => return (&[], &[Of::Store], &[]),
        C::ProductId => return (&[], &[Of::Product], &[]),
        C::VariantId => return (&[], &[Of::Variant], &[]),
        C::PaymentMethod => return (&[At::PaymentType], &[], &[By::Method]),
        C::PaymentReferences => return (&[], &[], &[By::Reference]),
        C::Number => &[At::Number],
        C::Date | C::PlacedAt => &[At::PlacedAt],
        C::Customer => &[At::CustomerName],
        C::Email => &[At::CustomerEmail],
        C::Total => &[At::Total],
        C::Status => &[At::Status],
        C::PaymentStatus => &[At::PaymentStatus],
        C::Id => &[At::Id],
        C::ExternalId => &[At::ExternalId],
        C::Currency => &[At::Currency],
        C::Subtotal => &[At::Subtotal],
        C::Shipping => &[At::Shipping],
        C::Tax => &[At::Tax],
        C::Discount => &[At::Discount],
        C::Paid => &[At::Paid],
        C::Refunded => &[At::Refunded],
        C::FulfillmentStatus => &[At::FulfillmentStatus],
        C::Type => &[At::Type],
        C::CustomerId => &[At::CustomerId],
        C::ShippingName
        | C::ShippingPhone
        | C::ShippingStreet
        | C::ShippingCity
        | C::ShippingState
        | C::ShippingCountry
        | C::ShippingZip => &[At::ShippingAddress],
        C::BillingName | C::BillingStreet | C::BillingCity | C::BillingState | C::BillingCountry | C::BillingZip => {
            &[At::BillingAddress]
        }
        C::TrackingNumber => &[At::TrackingNumber],
        C::Note => &[At::Note],
        C::EstimatedDelivery => &[At::EstimatedDelivery],
        C::ShipBy => &[At::ShipBy],
        C::HeldSince => &[At::HeldAt],
        C::CreatedAt => &[At::CreatedAt],
        C::UpdatedAt => &[At::UpdatedAt],
    };
    (order, &[], &[])
}
