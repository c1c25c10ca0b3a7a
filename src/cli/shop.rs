//! What the demo shop sells and to whom.

/// A store with its goods: SKU, name, price in cents, stock.
pub struct DemoStore {
    /// Shown name.
    pub name: &'static str,
    /// Name in addresses.
    pub slug: &'static str,
    /// What it sells.
    pub goods: &'static [(&'static str, &'static str, i64, i64)],
}

/// The stores.
pub const STORES: &[DemoStore] = &[
    DemoStore {
        name: "Juniper & Wool",
        slug: "juniper-wool",
        goods: &[
            ("JW-POUCH", "Handmade Pouch", 2999, 120),
            ("JW-SCARF", "Lambswool Scarf", 5450, 40),
            ("JW-SOCKS", "Hiking Socks", 1490, 300),
            ("JW-BEANIE", "Ribbed Beanie", 2250, 9),
        ],
    },
    DemoStore {
        name: "Kiln Street Ceramics",
        slug: "kiln-street",
        goods: &[("KS-MUG", "Speckled Mug", 1850, 200), ("KS-BOWL", "Ramen Bowl", 3200, 75), ("KS-VASE", "Tall Vase", 8900, 12)],
    },
    DemoStore {
        name: "Paper Lantern Press",
        slug: "paper-lantern",
        goods: &[
            ("PL-NOTE", "Dotted Notebook", 1250, 500),
            ("PL-PRINT", "Risograph Print", 4200, 60),
            ("PL-CARDS", "Postcard Set", 900, 0),
        ],
    },
];

/// The buyers: name, e-mail, street, city, country, postal code.
pub const BUYERS: &[(&str, &str, &str, &str, &str, &str)] = &[
    ("Ada Holm", "buyer@example.com", "12 Harbour Lane", "Bergen", "NO", "5003"),
    ("Tomás Rivera", "tomas@example.com", "Calle Mayor 8", "Madrid", "ES", "28013"),
    ("Mei Tanaka", "mei@example.com", "3-1 Sakura-dori", "Nagoya", "JP", "460-0008"),
    ("Jonas Weber", "jonas@example.com", "Gartenweg 5", "Leipzig", "DE", "04109"),
];

/// The ways to ship: name, text, price in cents, days.
pub const SHIPPING: &[(&str, &str, i64, i32)] =
    &[("Standard", "Tracked parcel", 499, 5), ("Express", "Next working day", 1499, 1)];

/// Who can sign in, beside the first buyer: e-mail, role, store.
pub const PEOPLE: &[(&str, entity::stored::Role, Option<&str>)] = &[
    ("admin@example.com", entity::stored::Role::Admin, None),
    ("staff@example.com", entity::stored::Role::Staff, None),
    ("seller@example.com", entity::stored::Role::Customer, Some("juniper-wool")),
    ("buyer@example.com", entity::stored::Role::Customer, None),
];
