//! Words of the made-up shop: letters with and without accents, one word and several, as in real ones.

/// First names.
pub const FIRST: &[&str] = &[
    "Ada", "Tomás", "Mei", "Jonas", "Zoë", "Søren", "Lukas", "Amélie", "Noor", "Ivana", "Kofi", "Priya", "Hannah", "Mateo",
    "Yuki", "Olena", "Björn", "Chloé", "Diego", "Fatima", "George", "Ines", "Jürgen", "Karin", "Liam", "Maria", "Nils", "Ömer",
    "Paula", "Rosa", "Samuel", "Thea",
];

/// Family names.
pub const LAST: &[&str] = &[
    "Holm",
    "Rivera",
    "Tanaka",
    "Weber",
    "Müller",
    "Lindqvist",
    "Okafor",
    "Novák",
    "García",
    "Dubois",
    "Rossi",
    "Silva",
    "Kaya",
    "Iyer",
    "O'Brien",
    "van Dijk",
    "Schröder",
    "Kovács",
    "Petrov",
    "Yamada",
    "Andersen",
    "Baker",
    "Castro",
    "Ferrari",
    "Groß",
    "Hansen",
    "Ibrahim",
    "Jensen",
    "Köhler",
    "Lopes",
    "Moreau",
    "Nguyen",
];

/// What goods are like.
pub const LIKE: &[&str] =
    &["Ribbed", "Speckled", "Tall", "Folding", "Handmade", "Quiet", "Striped", "Heavy", "Light", "Travel", "Double", "Small"];

/// What goods are made of.
pub const OF: &[&str] =
    &["Wool", "Linen", "Oak", "Steel", "Ceramic", "Cork", "Paper", "Glass", "Leather", "Bamboo", "Felt", "Cotton"];

/// Goods.
pub const GOODS: &[&str] = &[
    "Scarf", "Mug", "Notebook", "Lamp", "Pouch", "Bowl", "Blanket", "Chair", "Knife", "Print", "Bag", "Clock", "Tray", "Vase",
    "Stool", "Brush",
];

/// Streets, cities, countries, postal codes.
pub const PLACES: &[(&str, &str, &str, &str)] = &[
    ("Harbour Lane", "Bergen", "NO", "5003"),
    ("Calle Mayor", "Madrid", "ES", "28013"),
    ("Sakura-dori", "Nagoya", "JP", "460-0008"),
    ("Gartenweg", "Leipzig", "DE", "04109"),
    ("Rue des Lilas", "Lyon", "FR", "69003"),
    ("Mill Road", "Leeds", "GB", "LS1 4DY"),
    ("Rua Augusta", "São Paulo", "BR", "01304-001"),
    ("King Street", "Toronto", "CA", "M5H 1A1"),
];

/// Currencies of stores, each as often as it is named.
pub const CURRENCIES: &[&str] = &["EUR", "EUR", "EUR", "USD", "EUR", "EUR", "BRL", "JPY"];
