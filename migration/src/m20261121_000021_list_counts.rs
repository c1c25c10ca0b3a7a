//! Counts and indexes of the lists of line items, payments, customers and products.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::list_counts::{down, of_lists, of_payments};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table, what it holds.
const INDEXES: &[(&str, &str, &str)] = &[
    ("payments_status_created", "payments", "(status, created_at, id)"),
    // Amounts compare within a currency, and those of some ways to pay are small.
    ("payments_currency_amount", "payments", "(currency, amount_minor, id)"),
    ("payments_type_amount", "payments", "(type, amount_minor, id)"),
    // Almost every customer may buy.
    ("customers_status", "customers", "(status, created_at, id) WHERE status <> 'ACTIVE'"),
];

/// Indexes that are not needed any more: the stores of orders are read from a table of their own, and another one is longer.
const REPLACED: &[(&str, &str, &str)] =
    &[("order_items_store", "order_items", "(store_id, order_id)"), ("payments_status", "payments", "(status, created_at)")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let backend = manager.get_database_backend();
        for sql in [of_payments(backend), of_lists(backend)].into_iter().flatten() {
            conn.execute_unprepared(sql).await?;
        }
        for (name, table, what) in INDEXES {
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {table} {what}")).await?;
        }
        for (name, ..) in REPLACED {
            conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        // The planner knows the new indexes only by their statistics.
        conn.execute_unprepared(if backend == DbBackend::Sqlite { "PRAGMA analysis_limit = 2000; ANALYZE" } else { "ANALYZE" })
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for (name, table, what) in REPLACED {
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {table} {what}")).await?;
        }
        for (name, ..) in INDEXES {
            conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
        }
        for sql in down(manager.get_database_backend()) {
            conn.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
