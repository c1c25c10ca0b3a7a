//! SQLite plans by what a statement and the indexes say, not by what it once learnt of the rows.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        if manager.get_database_backend() == DbBackend::Sqlite {
            // What it learns from a part of the rows makes frequent values look rare, and tables that were empty then are read
            // from end to end for good. Without it the same statement has the same plan in every shop, however large.
            conn.execute_unprepared("DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4").await?;
            // This connection has what was in them in memory; reading them anew, it finds none.
            conn.execute_unprepared("ANALYZE sqlite_schema").await?;
        }
        // Orders that are late, by a way that needs no statistics: what is open is a small part, what was to be shipped by now is not.
        conn.execute_unprepared("CREATE INDEX orders_status_ship_by ON orders (status, ship_by, id) WHERE ship_by IS NOT NULL")
            .await?;
        conn.execute_unprepared("DELETE FROM jobs WHERE kind = 'database.statistics'").await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX orders_status_ship_by").await?;
        Ok(())
    }
}
