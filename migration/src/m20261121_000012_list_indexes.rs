//! What lists of many rows need: indexes for filters and sort orders, a table of the stores of each order, counts of orders by
//! what they are most often counted by, and text search by three letters at a time. The tables are kept by triggers, so that
//! they follow every way in which orders are written.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::list_triggers::{counts, search, stores};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table, what it holds, and for which lists.
const INDEXES: &[(&str, &str, &str)] = &[
    // A status sorted by something else than the time of placing.
    ("orders_status_updated", "orders", "(status, updated_at, id)"),
    ("orders_status_total", "orders", "(status, total_minor, id)"),
    // The other states, without the one that almost every order ends in: it is found soon by any way.
    ("orders_payment_status", "orders", "(payment_status, placed_at, id) WHERE payment_status <> 'PAID'"),
    ("orders_fulfillment_status", "orders", "(fulfillment_status, placed_at, id) WHERE fulfillment_status <> 'DELIVERED'"),
    ("orders_type", "orders", "(type, placed_at, id) WHERE type <> 'STANDARD'"),
    ("orders_payment_type", "orders", "(payment_type, placed_at, id)"),
    // Amounts compare within a currency.
    ("orders_currency_total", "orders", "(currency, total_minor, id)"),
    // Also for the database itself, when a method is deleted.
    ("orders_shipping_method", "orders", "(shipping_method_id, placed_at, id) WHERE shipping_method_id IS NOT NULL"),
    // Orders without a time come last, whichever way: each way has its own stand-in for none.
    ("orders_ship_by_first", "orders", "(COALESCE(ship_by, 9223372036854775807), id)"),
    ("orders_ship_by_last", "orders", "(COALESCE(ship_by, -9223372036854775807), id)"),
    // Lines by what they are of, newest first. The first two take the place of those without the id.
    ("order_items_product_id", "order_items", "(product_id, id)"),
    ("order_items_variant_id", "order_items", "(variant_id, id)"),
    ("order_items_store_id", "order_items", "(store_id, id)"),
    ("order_items_sku", "order_items", "(sku, id)"),
    ("payments_amount", "payments", "(amount_minor, id)"),
    ("payments_type", "payments", "(type, created_at, id)"),
    ("payments_gateway", "payments", "(gateway, created_at, id)"),
    ("payments_currency", "payments", "(currency, created_at, id)"),
    ("products_store_created", "products", "(store_id, created_at, id)"),
    ("products_status_created", "products", "(status, created_at, id)"),
];

/// Indexes that a longer one makes needless.
const REPLACED: &[(&str, &str, &str)] = &[
    ("order_items_product", "order_items", "(product_id)"),
    ("order_items_variant", "order_items", "(variant_id)"),
    ("products_store", "products", "(store_id)"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let backend = manager.get_database_backend();
        // First, while few indexes follow.
        for sql in skus_are_searched(backend) {
            conn.execute_unprepared(sql).await?;
        }
        for (name, table, what) in INDEXES {
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {table} {what}")).await?;
        }
        for (name, ..) in REPLACED {
            conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        for sql in [stores(backend), counts(backend), search(backend)].into_iter().flatten() {
            conn.execute_unprepared(sql).await?;
        }
        // The planner knows the new indexes only by their statistics.
        conn.execute_unprepared(if backend == DbBackend::Sqlite { "PRAGMA analysis_limit = 2000; ANALYZE" } else { "ANALYZE" })
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for sql in crate::list_triggers::down(manager.get_database_backend()) {
            conn.execute_unprepared(sql).await?;
        }
        for (name, table, what) in REPLACED {
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {table} {what}")).await?;
        }
        for (name, ..) in INDEXES {
            conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        Ok(())
    }
}

/// Orders are found by the SKUs of their lines too; on SQLite only letters a to z are put in lower case.
fn skus_are_searched(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Postgres => &["UPDATE orders o SET search_text = o.search_text || l.skus FROM (
                SELECT order_id, string_agg(DISTINCT E'\\n' || lower(sku), '') AS skus FROM order_items
                WHERE sku <> '' GROUP BY order_id) AS l WHERE l.order_id = o.id"],
        _ => &["UPDATE orders SET search_text = search_text || COALESCE((
                SELECT group_concat(char(10) || sku, '') FROM (
                    SELECT DISTINCT lower(sku) AS sku FROM order_items WHERE order_id = orders.id AND sku <> '')), '')"],
    }
}
