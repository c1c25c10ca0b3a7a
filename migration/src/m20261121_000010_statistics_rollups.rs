//! Figures kept up to date: what each order counts for, and sums of that by time, store, currency and status.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        // Tables whose rows are their key and a few sums: on SQLite they live in the index of the key.
        let (id, end) = match manager.get_database_backend() {
            DbBackend::Postgres => ("uuid", ""),
            _ => ("blob", " WITHOUT ROWID"),
        };
        for table in [
            format!("counted_orders (order_id {id} NOT NULL PRIMARY KEY, tally text NOT NULL)"),
            format!(
                "order_rollups (store_id {id} NOT NULL, level integer NOT NULL, bucket bigint NOT NULL, \
                 currency varchar(3) NOT NULL, status varchar(24) NOT NULL, orders bigint NOT NULL, \
                 total_minor bigint NOT NULL, refunded_minor bigint NOT NULL, lines_minor bigint NOT NULL, \
                 PRIMARY KEY (store_id, level, bucket, currency, status)){end}"
            ),
            format!(
                "payment_rollups (level integer NOT NULL, bucket bigint NOT NULL, currency varchar(3) NOT NULL, \
                 status varchar(24) NOT NULL, type varchar(24) NOT NULL, gateway varchar(24) NOT NULL, payments bigint NOT NULL, \
                 amount_minor bigint NOT NULL, captured_minor bigint NOT NULL, refunded_minor bigint NOT NULL, \
                 PRIMARY KEY (level, bucket, currency, status, type, gateway)){end}"
            ),
            format!(
                "statistics_state (name varchar(32) NOT NULL PRIMARY KEY, built_at bigint, done_to {id}, done bigint NOT NULL)"
            ),
        ] {
            conn.execute_unprepared(&format!("CREATE TABLE {table}")).await?;
        }
        // A shop without orders has nothing to count first. The reader begins here, not when it first runs, so that it
        // misses nothing of what comes next.
        conn.execute_unprepared(
            "INSERT INTO statistics_state (name, built_at, done) \
             SELECT 'rollups', CASE WHEN EXISTS (SELECT 1 FROM orders) THEN NULL ELSE 0 END, 0",
        )
        .await?;
        conn.execute_unprepared(
            "INSERT INTO cursors (name, position) SELECT 'statistics', COALESCE(MAX(position), 0) FROM events",
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        conn.execute_unprepared("DELETE FROM cursors WHERE name = 'statistics'").await?;
        for table in ["statistics_state", "payment_rollups", "order_rollups", "counted_orders"] {
            conn.execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}
