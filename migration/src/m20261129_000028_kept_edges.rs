//! What is held in memory of rankings is kept up to date by quarters of an hour, and lengths of transitions and who bought are
//! held too; what is counted of orders by when they were placed is read in an index alone.

use sea_orm_migration::{prelude::*, schema::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

/// Rows that say that anything may have changed: whoever holds something reads it again.
const ANYTHING: [&str; 5] = [
    "INSERT INTO ranking_changes (kind, day, currency, units, orders, revenue_minor) VALUES (-1, 0, '', 0, 0, 0)",
    "INSERT INTO transition_changes (from_status, to_status, at, seconds, times) VALUES ('', '', 0, 0, 0)",
    "INSERT INTO buyer_changes (hour, number, orders) VALUES (0, -1, 0)",
    "INSERT INTO order_sum_changes (at, currency, status, orders, total_minor, refunded_minor, lines_minor) \
     VALUES (0, '', '', 0, 0, 0, 0)",
    "INSERT INTO payment_sum_changes \
     (at, currency, status, type, gateway, payments, amount_minor, captured_minor, refunded_minor) \
     VALUES (0, '', '', '', '', 0, 0, 0, 0)",
];

fn changes() -> [TableCreateStatement; 4] {
    let journal = |name: &'static str| Table::create().table(name).col(big_pk_auto("id")).to_owned();
    [
        journal("transition_changes")
            .col(string_len("from_status", 24))
            .col(string_len("to_status", 24))
            .col(big_integer("at"))
            .col(big_integer("seconds"))
            .col(integer("times"))
            .to_owned(),
        journal("buyer_changes").col(big_integer("hour")).col(big_integer("number")).col(big_integer("orders")).to_owned(),
        journal("order_sum_changes")
            .col(uuid_null("store_id"))
            .col(big_integer("at"))
            .col(string_len("currency", 3))
            .col(string_len("status", 24))
            .col(big_integer("orders"))
            .col(big_integer("total_minor"))
            .col(big_integer("refunded_minor"))
            .col(big_integer("lines_minor"))
            .to_owned(),
        journal("payment_sum_changes")
            .col(big_integer("at"))
            .col(string_len("currency", 3))
            .col(string_len("status", 24))
            .col(string_len("type", 24))
            .col(string_len("gateway", 24))
            .col(big_integer("payments"))
            .col(big_integer("amount_minor"))
            .col(big_integer("captured_minor"))
            .col(big_integer("refunded_minor"))
            .to_owned(),
    ]
}

fn placed(backend: DbBackend) -> &'static str {
    match backend {
        DbBackend::Postgres => "CREATE INDEX orders_placed ON orders (placed_at, id) INCLUDE (status, currency, customer_id)",
        _ => "CREATE INDEX orders_placed ON orders (placed_at, id, status, currency, customer_id)",
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let (conn, backend) = (manager.get_connection(), manager.get_database_backend());
        // Copies of the service that do not know of quarters leave them out, and do not say up to where they wrote changes down.
        conn.execute_unprepared("ALTER TABLE ranking_changes ADD COLUMN quarter bigint").await?;
        conn.execute_unprepared("ALTER TABLE statistics_state ADD COLUMN told_to bigint").await?;
        for journal in changes() {
            manager.create_table(journal).await?;
        }
        for sql in ANYTHING {
            conn.execute_unprepared(sql).await?;
        }
        let told = "UPDATE statistics_state SET told_to = (SELECT position FROM cursors WHERE name = 'statistics')";
        conn.execute_unprepared(told).await?;
        conn.execute_unprepared("DROP INDEX orders_placed").await?;
        conn.execute_unprepared(placed(backend)).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        conn.execute_unprepared("DROP INDEX orders_placed").await?;
        conn.execute_unprepared("CREATE INDEX orders_placed ON orders (placed_at, id)").await?;
        conn.execute_unprepared("ALTER TABLE statistics_state DROP COLUMN told_to").await?;
        conn.execute_unprepared("ALTER TABLE ranking_changes DROP COLUMN quarter").await?;
        for journal in ["transition_changes", "buyer_changes", "order_sum_changes", "payment_sum_changes"] {
            manager.drop_table(Table::drop().table(journal).to_owned()).await?;
        }
        Ok(())
    }
}
