//! More figures kept up to date: what sold best, who bought when, how long statuses last, what buyers said.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        // Tables whose rows are their key and little else: on SQLite they live in the index of the key.
        let (id, bytes, end) = match manager.get_database_backend() {
            DbBackend::Postgres => ("uuid", "bytea", ""),
            _ => ("blob", "blob", " WITHOUT ROWID"),
        };
        let word = "varchar(24) NOT NULL";
        for table in [
            format!(
                "rankings (kind integer NOT NULL, unit integer NOT NULL, start integer NOT NULL, currency varchar(3) NOT NULL, \
                 subject_id {id} NOT NULL, units bigint NOT NULL, orders bigint NOT NULL, revenue_minor bigint NOT NULL, \
                 PRIMARY KEY (kind, unit, start, currency, subject_id)){end}"
            ),
            format!(
                "customer_hours (hour integer NOT NULL, number bigint NOT NULL, orders bigint NOT NULL, \
                 PRIMARY KEY (hour, number)){end}"
            ),
            format!(
                "customer_sets (level integer NOT NULL, bucket integer NOT NULL, chunk bigint NOT NULL, members {bytes} NOT NULL, \
                 PRIMARY KEY (level, bucket, chunk))"
            ),
            format!(
                "customer_rollups (level integer NOT NULL, bucket integer NOT NULL, customers bigint NOT NULL, \
                 PRIMARY KEY (level, bucket)){end}"
            ),
            format!(
                "order_transitions (order_id {id} NOT NULL, seq integer NOT NULL, from_status {word}, to_status {word}, \
                 at bigint NOT NULL, seconds bigint NOT NULL, PRIMARY KEY (order_id, seq)){end}"
            ),
            format!(
                "transition_rollups (level integer NOT NULL, bucket integer NOT NULL, from_status {word}, to_status {word}, \
                 bin integer NOT NULL, transitions bigint NOT NULL, seconds bigint NOT NULL, \
                 PRIMARY KEY (level, bucket, from_status, to_status, bin)){end}"
            ),
            format!(
                "review_rollups (level integer NOT NULL, bucket integer NOT NULL, rating integer NOT NULL, \
                 reviews bigint NOT NULL, PRIMARY KEY (level, bucket, rating)){end}"
            ),
            "ranking_zone (id integer NOT NULL PRIMARY KEY, zone varchar(64) NOT NULL)".to_owned(),
            "ALTER TABLE customers ADD COLUMN number BIGINT".to_owned(),
        ] {
            let create = if table.starts_with("ALTER") { table } else { format!("CREATE TABLE {table}") };
            conn.execute_unprepared(&create).await?;
        }
        conn.execute_unprepared("INSERT INTO ranking_zone (id, zone) VALUES (1, 'UTC')").await?;
        // What was counted before these tables were there is counted anew, into them too.
        let anew = "UPDATE statistics_state SET built_at = NULL, done_to = NULL, done = 0 WHERE EXISTS (SELECT 1 FROM orders)";
        conn.execute_unprepared(anew).await?;
        for index in INDEXES {
            conn.execute_unprepared(&format!("CREATE {index}")).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for index in ["customers_number", "customers_unnumbered", "reviews_written"] {
            conn.execute_unprepared(&format!("DROP INDEX {index}")).await?;
        }
        conn.execute_unprepared("ALTER TABLE customers DROP COLUMN number").await?;
        for table in [
            "review_rollups",
            "transition_rollups",
            "order_transitions",
            "customer_rollups",
            "customer_sets",
            "customer_hours",
            "rankings",
            "ranking_zone",
        ] {
            conn.execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }
}

/// Days have so few rows that they are sorted when asked for.
const INDEXES: &[&str] = &[
    "INDEX rankings_revenue ON rankings (kind, unit, start, currency, revenue_minor DESC, subject_id) WHERE unit > 0",
    "INDEX rankings_units ON rankings (kind, unit, start, currency, units DESC, subject_id) WHERE unit > 0",
    "INDEX rankings_orders ON rankings (kind, unit, start, currency, orders DESC, subject_id) WHERE unit > 0",
    "INDEX customer_hours_number ON customer_hours (number, hour)",
    // Partial, so that PostgreSQL does not take the number for a key that orders could refer to: giving it to a customer then
    // waits for nobody who places an order.
    "UNIQUE INDEX customers_number ON customers (number) WHERE number IS NOT NULL",
    "INDEX customers_unnumbered ON customers (created_at) WHERE number IS NULL",
    "INDEX reviews_written ON reviews (created_at, rating)",
    "INDEX order_transitions_at ON order_transitions (at, from_status, to_status, seconds)",
    "INDEX order_transitions_seconds ON order_transitions (from_status, to_status, seconds, at)",
];
