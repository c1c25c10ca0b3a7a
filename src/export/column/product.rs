//! Columns of files of products.

use super::domain_columns;

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
            /// Whether it can be sold, as a label; Low Stock or Out of Stock for what is sold and short.
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
pub(crate) use product_columns;

product_columns!(domain_columns);

impl ProductColumn {
    /// Those of a file of which nobody chose the columns.
    pub const USUAL: &[Self] = &[Self::Name, Self::Sku, Self::Category, Self::Price, Self::Stock, Self::Status, Self::Created];
}
