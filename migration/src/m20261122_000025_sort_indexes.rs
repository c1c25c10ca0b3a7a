//! Sort orders whose indexes hold what lists are filtered by: a row that a filter does not let through is never read.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, table, keys, and the columns beside them.
const INDEXES: &[(&str, &str, &str, &str)] = &[
    ("orders_customer_name", "orders", "customer_name, id", OF_ORDERS),
    ("orders_total", "orders", "total_minor, id", OF_ORDERS),
    ("orders_updated", "orders", "updated_at, id", OF_ORDERS),
    ("payments_amount", "payments", "amount_minor, id", "status, type, gateway, currency, created_at, order_id"),
];

const OF_ORDERS: &str = "status, payment_status, fulfillment_status, type, currency, placed_at, held_at, customer_id";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for (name, table, keys, beside) in INDEXES {
            let what = match manager.get_database_backend() {
                DbBackend::Postgres => format!("({keys}) INCLUDE ({beside})"),
                _ => format!("({keys}, {beside})"),
            };
            conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {table} {what}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for (name, table, keys, _) in INDEXES {
            conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
            conn.execute_unprepared(&format!("CREATE INDEX {name} ON {table} ({keys})")).await?;
        }
        Ok(())
    }
}
