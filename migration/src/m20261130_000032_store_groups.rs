//! Figures of several stores, and what sold best of some stores, come from sums too: orders are counted for each group of stores
//! whose goods they hold, and products for each store that sold them.
//!
//! What is counted for each order is in a table of another name from here on: copies of the service that do not know of groups would
//! count without them, and cannot any more.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const ANEW: &str = "UPDATE statistics_state SET built_at = NULL, done_to = NULL, done = 0 \
    WHERE EXISTS (SELECT 1 FROM orders) OR EXISTS (SELECT 1 FROM order_tallies)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let (id, end) = match manager.get_database_backend() {
            DbBackend::Postgres => ("uuid", ""),
            _ => ("blob", " WITHOUT ROWID"),
        };
        for sql in [
            "ALTER TABLE counted_orders RENAME TO order_tallies".to_owned(),
            format!(
                "CREATE TABLE store_groups (number integer NOT NULL PRIMARY KEY, id {id} NOT NULL UNIQUE, size integer NOT NULL, \
                 sold boolean NOT NULL)"
            ),
            format!(
                "CREATE TABLE store_group_members (store_id {id} NOT NULL, number integer NOT NULL, \
                 PRIMARY KEY (store_id, number)){end}"
            ),
            ANEW.to_owned(),
        ] {
            conn.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        for sql in [
            ANEW,
            "DROP TABLE store_group_members",
            "DROP TABLE store_groups",
            "ALTER TABLE order_tallies RENAME TO counted_orders",
        ] {
            conn.execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
