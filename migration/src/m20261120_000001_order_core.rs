//! The order core: people, goods, orders, payments, the event log.

use sea_orm_migration::{prelude::*, schema::*, sea_orm};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in people().into_iter().chain(goods()).chain(orders()).chain(log()) {
            manager.create_table(table).await?;
        }
        sort_text_by_bytes(manager).await?;
        for (name, table, columns, unique) in INDEXES {
            let mut index = Index::create();
            index.name(*name).table(*table);
            for column in *columns {
                index.col(*column);
            }
            if *unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES_BY_DEPENDENCY.iter().rev() {
            manager.drop_table(Table::drop().table(*table).to_owned()).await?;
        }
        Ok(())
    }
}

/// Tables in an order in which each comes after those it refers to.
const TABLES_BY_DEPENDENCY: &[&str] = &[
    "users",
    "refresh_tokens",
    "customers",
    "addresses",
    "stores",
    "store_members",
    "products",
    "product_variants",
    "shipping_methods",
    "orders",
    "order_items",
    "payments",
    "refunds",
    "reviews",
    "events",
    "idempotency_keys",
    "number_counters",
];

/// Name, table, columns, unique. Null is never equal to null on either database, so a unique index on a nullable
/// column holds for the values that are there.
const INDEXES: &[(&str, &str, &[&str], bool)] = &[
    ("users_email", "users", &["email"], true),
    ("refresh_tokens_hash", "refresh_tokens", &["token_hash"], true),
    ("refresh_tokens_family", "refresh_tokens", &["family"], false),
    ("refresh_tokens_user", "refresh_tokens", &["user_id"], false),
    ("customers_user", "customers", &["user_id"], true),
    ("customers_email", "customers", &["email"], true),
    ("customers_external", "customers", &["external_id"], true),
    ("customers_created", "customers", &["created_at", "id"], false),
    ("customers_name", "customers", &["name", "id"], false),
    ("addresses_customer", "addresses", &["customer_id"], false),
    ("stores_slug", "stores", &["slug"], true),
    ("stores_external", "stores", &["external_id"], true),
    ("stores_name", "stores", &["name", "id"], false),
    ("store_members_user", "store_members", &["user_id"], false),
    ("products_store", "products", &["store_id"], false),
    ("products_external", "products", &["external_id"], true),
    ("products_created", "products", &["created_at", "id"], false),
    ("products_name", "products", &["name", "id"], false),
    ("product_variants_sku", "product_variants", &["sku"], true),
    ("product_variants_product", "product_variants", &["product_id"], false),
    ("orders_number", "orders", &["number"], true),
    ("orders_external", "orders", &["external_id"], true),
    ("orders_placed", "orders", &["placed_at", "id"], false),
    ("orders_updated", "orders", &["updated_at", "id"], false),
    ("orders_total", "orders", &["total_minor", "id"], false),
    ("orders_customer_name", "orders", &["customer_name", "id"], false),
    ("orders_status_placed", "orders", &["status", "placed_at", "id"], false),
    ("orders_customer_placed", "orders", &["customer_id", "placed_at", "id"], false),
    ("order_items_order", "order_items", &["order_id", "position"], true),
    ("order_items_store", "order_items", &["store_id", "order_id"], false),
    ("order_items_product", "order_items", &["product_id"], false),
    ("order_items_variant", "order_items", &["variant_id"], false),
    ("payments_order", "payments", &["order_id", "position"], true),
    ("payments_external", "payments", &["external_id"], true),
    ("payments_created", "payments", &["created_at", "id"], false),
    ("payments_reference", "payments", &["reference"], false),
    ("refunds_payment", "refunds", &["payment_id"], false),
    ("reviews_external", "reviews", &["external_id"], true),
    ("reviews_order", "reviews", &["order_id"], false),
    ("events_order", "events", &["order_id", "seq"], true),
    ("events_subject", "events", &["subject_id", "id"], false),
    ("idempotency_keys_created", "idempotency_keys", &["created_at"], false),
];

/// Columns that lists are sorted by.
const SORTED_TEXT: &[(&str, &str)] = &[
    ("customers", "name"),
    ("stores", "name"),
    ("products", "name"),
    ("orders", "number"),
    ("orders", "status"),
    ("orders", "customer_name"),
];

/// SQLite compares text by its bytes; PostgreSQL does so only when told, else by the language of the database.
async fn sort_text_by_bytes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    if manager.get_database_backend() != sea_orm::DbBackend::Postgres {
        return Ok(());
    }
    for (table, column) in SORTED_TEXT {
        let kind = if *column == "status" { "varchar(24)" } else { "text" };
        manager
            .get_connection()
            .execute_unprepared(&format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind} COLLATE \"C\""))
            .await?;
    }
    Ok(())
}

fn table(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).to_owned()
}

/// A short text with a known set of values.
fn word(name: &'static str) -> ColumnDef {
    string_len(name, 24)
}

fn amount(name: &'static str) -> ColumnDef {
    big_integer(name).default(0).to_owned()
}

fn currency() -> ColumnDef {
    string_len("currency", 3)
}

fn reference(
    table: &'static str,
    column: &'static str,
    to: &'static str,
    on_delete: ForeignKeyAction,
) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(to, "id").on_delete(on_delete).to_owned()
}

fn people() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, SetNull};
    vec![
        table("users")
            .col(pk_uuid("id"))
            .col(text("email"))
            .col(text_null("password_hash"))
            .col(text("name"))
            .col(word("role"))
            .col(boolean("is_active"))
            .col(big_integer_null("last_login_at"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned(),
        table("refresh_tokens")
            .col(pk_uuid("id"))
            .col(uuid("user_id"))
            .col(uuid("family"))
            .col(text("token_hash"))
            .col(big_integer("expires_at"))
            .col(big_integer_null("used_at"))
            .col(big_integer_null("revoked_at"))
            .col(big_integer("created_at"))
            .foreign_key(&mut reference("refresh_tokens", "user_id", "users", Cascade))
            .to_owned(),
        table("customers")
            .col(pk_uuid("id"))
            .col(uuid_null("user_id"))
            .col(text("name"))
            .col(text_null("email"))
            .col(text_null("phone"))
            .col(word("status"))
            .col(text_null("external_id"))
            .col(text("search_text"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("customers", "user_id", "users", SetNull))
            .to_owned(),
        table("addresses")
            .col(pk_uuid("id"))
            .col(uuid("customer_id"))
            .col(text("full_name"))
            .col(text_null("email"))
            .col(text_null("phone"))
            .col(text("street_address"))
            .col(text("city"))
            .col(text_null("state"))
            .col(string_len("country", 2))
            .col(text_null("zip_code"))
            .col(boolean("is_default"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("addresses", "customer_id", "customers", Cascade))
            .to_owned(),
    ]
}

fn goods() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, Restrict};
    vec![
        table("stores")
            .col(pk_uuid("id"))
            .col(text("name"))
            .col(text("slug"))
            .col(currency())
            .col(text_null("external_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned(),
        table("store_members")
            .col(uuid("store_id"))
            .col(uuid("user_id"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("store_id").col("user_id"))
            .foreign_key(&mut reference("store_members", "store_id", "stores", Cascade))
            .foreign_key(&mut reference("store_members", "user_id", "users", Cascade))
            .to_owned(),
        table("products")
            .col(pk_uuid("id"))
            .col(uuid("store_id"))
            .col(text("name"))
            .col(text("description"))
            .col(word("status"))
            .col(boolean("is_physical"))
            .col(text_null("external_id"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("products", "store_id", "stores", Restrict))
            .to_owned(),
        table("product_variants")
            .col(pk_uuid("id"))
            .col(uuid("product_id"))
            .col(text("sku"))
            .col(text("name"))
            .col(currency())
            .col(amount("price_minor"))
            .col(amount("available"))
            .col(amount("reserved"))
            .col(amount("sold"))
            .col(amount("written_off"))
            .col(amount("received"))
            .col(integer("position").default(0).to_owned())
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("product_variants", "product_id", "products", Cascade))
            // I1 as the database's own rule: whatever bug comes, stock neither goes below zero nor stops adding up.
            .check(Expr::cust(
                "available >= 0 AND reserved >= 0 AND sold >= 0 AND received = available + reserved + sold + written_off",
            ))
            .to_owned(),
        table("shipping_methods")
            .col(pk_uuid("id"))
            .col(text("name"))
            .col(text("description"))
            .col(currency())
            .col(amount("price_minor"))
            .col(integer("estimated_days"))
            .col(boolean("is_active"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .to_owned(),
    ]
}

fn orders() -> Vec<TableCreateStatement> {
    use ForeignKeyAction::{Cascade, Restrict, SetNull};
    vec![
        table("orders")
            .col(pk_uuid("id"))
            .col(text("number"))
            .col(word("status"))
            .col(word("payment_status"))
            .col(word("fulfillment_status"))
            .col(word("type"))
            .col(string_len_null("payment_type", 24))
            .col(currency())
            .col(uuid_null("customer_id"))
            .col(text("customer_name"))
            .col(text_null("customer_email"))
            .col(amount("subtotal_minor"))
            .col(amount("shipping_minor"))
            .col(amount("tax_minor"))
            .col(amount("discount_minor"))
            .col(amount("total_minor"))
            .col(amount("paid_minor"))
            .col(amount("refunded_minor"))
            .col(text_null("shipping_address"))
            .col(text_null("billing_address"))
            .col(uuid_null("shipping_method_id"))
            .col(text_null("tracking_number"))
            .col(text_null("note"))
            .col(string_len_null("estimated_delivery", 10))
            .col(text_null("external_id"))
            .col(text("search_text"))
            .col(integer("event_seq"))
            .col(integer("version"))
            .col(big_integer("placed_at"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut reference("orders", "customer_id", "customers", SetNull))
            .foreign_key(&mut reference("orders", "shipping_method_id", "shipping_methods", SetNull))
            // I5.
            .check(Expr::cust("total_minor = subtotal_minor + shipping_minor + tax_minor - discount_minor AND total_minor >= 0"))
            .to_owned(),
        table("order_items")
            .col(pk_uuid("id"))
            .col(uuid("order_id"))
            .col(integer("position"))
            .col(uuid("store_id"))
            .col(uuid_null("product_id"))
            .col(uuid_null("variant_id"))
            .col(text("name"))
            .col(text_null("sku"))
            .col(text_null("image_url"))
            .col(integer("quantity"))
            .col(amount("unit_price_minor"))
            .col(amount("total_minor"))
            .col(integer("stock_taken"))
            .foreign_key(&mut reference("order_items", "order_id", "orders", Cascade))
            .foreign_key(&mut reference("order_items", "store_id", "stores", Restrict))
            .foreign_key(&mut reference("order_items", "product_id", "products", SetNull))
            .foreign_key(&mut reference("order_items", "variant_id", "product_variants", SetNull))
            .check(Expr::cust("quantity > 0 AND total_minor = quantity * unit_price_minor AND stock_taken >= 0"))
            .to_owned(),
        table("payments")
            .col(pk_uuid("id"))
            .col(uuid("order_id"))
            .col(integer("position"))
            .col(word("status"))
            .col(word("type"))
            .col(word("gateway"))
            .col(currency())
            .col(amount("amount_minor"))
            .col(amount("captured_minor"))
            .col(amount("refunded_minor"))
            .col(text_null("reference"))
            .col(text("method"))
            .col(text_null("external_id"))
            .col(big_integer("created_at"))
            .col(big_integer_null("processed_at"))
            .foreign_key(&mut reference("payments", "order_id", "orders", Cascade))
            // I3.
            .check(Expr::cust(
                "amount_minor >= 0 AND captured_minor >= 0 AND refunded_minor >= 0 AND refunded_minor <= captured_minor",
            ))
            .to_owned(),
        table("refunds")
            .col(pk_uuid("id"))
            .col(uuid("payment_id"))
            .col(amount("amount_minor"))
            .col(text_null("reason"))
            .col(big_integer("created_at"))
            .foreign_key(&mut reference("refunds", "payment_id", "payments", Cascade))
            .check(Expr::cust("amount_minor > 0"))
            .to_owned(),
        table("reviews")
            .col(pk_uuid("id"))
            .col(uuid("order_id"))
            .col(uuid_null("customer_id"))
            .col(integer("rating"))
            .col(text_null("title"))
            .col(text_null("content"))
            .col(text_null("external_id"))
            .col(big_integer_null("created_at"))
            .col(big_integer_null("answered_at"))
            .foreign_key(&mut reference("reviews", "order_id", "orders", Cascade))
            .foreign_key(&mut reference("reviews", "customer_id", "customers", SetNull))
            .check(Expr::cust("rating BETWEEN 1 AND 5"))
            .to_owned(),
    ]
}

fn log() -> Vec<TableCreateStatement> {
    vec![
        // No foreign keys: what happened stays told when the thing is gone (C-08).
        table("events")
            .col(big_pk_auto("id"))
            .col(word("subject"))
            .col(uuid("subject_id"))
            .col(uuid_null("order_id"))
            .col(integer("seq"))
            .col(integer("version"))
            .col(text("kind"))
            .col(word("actor"))
            .col(uuid_null("actor_id"))
            .col(text_null("request_id"))
            .col(text_null("reason"))
            .col(text_null("changes"))
            .col(big_integer("occurred_at"))
            .col(big_integer("recorded_at"))
            .to_owned(),
        table("idempotency_keys")
            .col(text("scope"))
            .col(text("key"))
            .col(text("input_hash"))
            .col(text("answer"))
            .col(big_integer("created_at"))
            .primary_key(Index::create().col("scope").col("key"))
            .to_owned(),
        table("number_counters").col(string_len("day", 8).primary_key().to_owned()).col(big_integer("last")).to_owned(),
    ]
}
