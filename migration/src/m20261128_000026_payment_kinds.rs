//! Orders by the ways they are paid in, listed and counted as by status; what customers bought, and which orders have a product,
//! from an index alone.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

use crate::{list_triggers, payment_kinds};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Name, keys, and the columns beside them; keys and columns as they were before.
const INDEXES: &[(&str, [&str; 2], [&str; 2])] = &[
    ("orders_customer_name", ["customer_name, id", OF_ORDERS], ["customer_name, id", BEFORE]),
    ("orders_total", ["total_minor, id", OF_ORDERS], ["total_minor, id", BEFORE]),
    ("orders_updated", ["updated_at, id", OF_ORDERS], ["updated_at, id", BEFORE]),
    (
        "orders_customer_placed",
        ["customer_id, placed_at, id", "currency, status, total_minor, refunded_minor"],
        ["customer_id, placed_at, id", ""],
    ),
];

const BEFORE: &str = "status, payment_status, fulfillment_status, type, currency, placed_at, held_at, customer_id";
const OF_ORDERS: &str =
    "status, payment_status, fulfillment_status, type, currency, placed_at, held_at, customer_id, payment_kinds";

async fn index(conn: &SchemaManagerConnection<'_>, backend: DbBackend, name: &str, of: [&str; 2]) -> Result<(), DbErr> {
    let what = match (backend, of) {
        (_, [keys, ""]) => format!("({keys})"),
        (DbBackend::Postgres, [keys, beside]) => format!("({keys}) INCLUDE ({beside})"),
        (_, [keys, beside]) => format!("({keys}, {beside})"),
    };
    conn.execute_unprepared(&format!("DROP INDEX {name}")).await?;
    conn.execute_unprepared(&format!("CREATE INDEX {name} ON orders {what}")).await?;
    Ok(())
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (conn, backend) = (manager.get_connection(), manager.get_database_backend());
        for sql in payment_kinds::uncounted(backend) {
            conn.execute_unprepared(sql).await?;
        }
        for sql in payment_kinds::filled(backend).into_iter().chain(payment_kinds::kept(backend)) {
            conn.execute_unprepared(&sql).await?;
        }
        conn.execute_unprepared("DROP INDEX orders_payment_type").await?;
        conn.execute_unprepared("CREATE INDEX orders_payment_kinds ON orders (payment_kinds, placed_at, id)").await?;
        conn.execute_unprepared("CREATE INDEX order_items_product_order ON order_items (product_id, order_id)").await?;
        for (name, now, _) in INDEXES {
            index(conn, backend, name, *now).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (conn, backend) = (manager.get_connection(), manager.get_database_backend());
        for (name, _, before) in INDEXES {
            index(conn, backend, name, *before).await?;
        }
        for sql in payment_kinds::uncounted(backend).iter().chain(payment_kinds::down(backend)) {
            conn.execute_unprepared(sql).await?;
        }
        conn.execute_unprepared("DROP INDEX order_items_product_order").await?;
        conn.execute_unprepared("DROP INDEX orders_payment_kinds").await?;
        conn.execute_unprepared("CREATE INDEX orders_payment_type ON orders (payment_type, placed_at, id)").await?;
        conn.execute_unprepared("ALTER TABLE orders DROP COLUMN payment_kinds").await?;
        for sql in list_triggers::counts(backend) {
            conn.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
