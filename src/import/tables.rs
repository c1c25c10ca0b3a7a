//! The tables an import fills, and of each the columns it fills; the others keep their defaults.

use super::write::{
    Kind::{Big, Bool, Int, Text, TextOrNull, Uuid},
    Table,
};

/// `stores`.
pub static STORES: Table = Table {
    name: "stores",
    columns: &[
        ("id", Uuid),
        ("name", Text),
        ("slug", Text),
        ("currency", Text),
        ("external_id", TextOrNull),
        ("created_at", Big),
        ("updated_at", Big),
    ],
};

/// `customers`.
pub static CUSTOMERS: Table = Table {
    name: "customers",
    columns: &[
        ("id", Uuid),
        ("name", Text),
        ("email", TextOrNull),
        ("phone", TextOrNull),
        ("status", Text),
        ("external_id", TextOrNull),
        ("search_text", Text),
        ("created_at", Big),
        ("updated_at", Big),
    ],
};

/// `products`.
pub static PRODUCTS: Table = Table {
    name: "products",
    columns: &[
        ("id", Uuid),
        ("store_id", Uuid),
        ("name", Text),
        ("description", Text),
        ("status", Text),
        ("is_physical", Bool),
        ("external_id", TextOrNull),
        ("created_at", Big),
        ("updated_at", Big),
    ],
};

/// `product_variants`; stock counters keep their default of 0.
pub static VARIANTS: Table = Table {
    name: "product_variants",
    columns: &[
        ("id", Uuid),
        ("product_id", Uuid),
        ("sku", Text),
        ("name", Text),
        ("currency", Text),
        ("price_minor", Big),
        ("created_at", Big),
        ("updated_at", Big),
    ],
};

/// `orders`.
pub static ORDERS: Table = Table {
    name: "orders",
    columns: &[
        ("id", Uuid),
        ("number", Text),
        ("status", Text),
        ("payment_status", Text),
        ("fulfillment_status", Text),
        ("type", Text),
        ("payment_type", TextOrNull),
        ("payment_kinds", Int),
        ("currency", Text),
        ("customer_id", Uuid),
        ("customer_name", Text),
        ("customer_email", TextOrNull),
        ("subtotal_minor", Big),
        ("shipping_minor", Big),
        ("tax_minor", Big),
        ("discount_minor", Big),
        ("total_minor", Big),
        ("paid_minor", Big),
        ("refunded_minor", Big),
        ("shipping_address", TextOrNull),
        ("billing_address", TextOrNull),
        ("tracking_number", TextOrNull),
        ("note", TextOrNull),
        ("estimated_delivery", TextOrNull),
        ("ship_by", Big),
        ("overdue_at", Big),
        ("held_at", Big),
        ("external_id", TextOrNull),
        ("search_text", Text),
        ("event_seq", Int),
        ("version", Int),
        ("placed_at", Big),
        ("created_at", Big),
        ("updated_at", Big),
    ],
};

/// `order_holds`.
pub static HOLDS: Table = Table {
    name: "order_holds",
    columns: &[("id", Uuid), ("order_id", Uuid), ("reason", Text), ("note", TextOrNull), ("created_at", Big)],
};

/// `order_items`.
pub static ITEMS: Table = Table {
    name: "order_items",
    columns: &[
        ("id", Uuid),
        ("order_id", Uuid),
        ("position", Int),
        ("store_id", Uuid),
        ("product_id", Uuid),
        ("variant_id", Uuid),
        ("name", Text),
        ("sku", TextOrNull),
        ("quantity", Int),
        ("unit_price_minor", Big),
        ("total_minor", Big),
        ("stock_taken", Int),
    ],
};

/// `payments`.
pub static PAYMENTS: Table = Table {
    name: "payments",
    columns: &[
        ("id", Uuid),
        ("order_id", Uuid),
        ("position", Int),
        ("status", Text),
        ("type", Text),
        ("gateway", Text),
        ("currency", Text),
        ("amount_minor", Big),
        ("captured_minor", Big),
        ("refunded_minor", Big),
        ("reference", TextOrNull),
        ("method", Text),
        ("external_id", TextOrNull),
        ("created_at", Big),
        ("processed_at", Big),
    ],
};

/// `refunds`.
pub static REFUNDS: Table = Table {
    name: "refunds",
    columns: &[
        ("id", Uuid),
        ("payment_id", Uuid),
        ("amount_minor", Big),
        ("status", Text),
        ("created_at", Big),
        ("updated_at", Big),
    ],
};

/// `reviews`.
pub static REVIEWS: Table = Table {
    name: "reviews",
    columns: &[
        ("id", Uuid),
        ("order_id", Uuid),
        ("customer_id", Uuid),
        ("rating", Int),
        ("title", TextOrNull),
        ("content", TextOrNull),
        ("external_id", TextOrNull),
        ("created_at", Big),
        ("answered_at", Big),
    ],
};

/// `events`; the id is the database's.
pub static EVENTS: Table = Table {
    name: "events",
    columns: &[
        ("subject", Text),
        ("subject_id", Uuid),
        ("order_id", Uuid),
        ("seq", Int),
        ("version", Int),
        ("kind", Text),
        ("actor", Text),
        ("reason", TextOrNull),
        ("changes", TextOrNull),
        ("occurred_at", Big),
        ("recorded_at", Big),
        ("position", Big),
    ],
};
