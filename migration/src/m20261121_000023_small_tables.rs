//! SQLite forgets what earlier migrations had it learn of tables that were empty then.

use sea_orm::{ConnectionTrait, DbBackend};
use sea_orm_migration::prelude::*;

/// The migration.
#[derive(DeriveMigrationName)]
pub struct Migration;

/// Has the planner of SQLite know nothing of tables with fewer than a thousand rows and of indexes that hold none: what it
/// takes for empty it reads from end to end, long after it has grown. Needs that `ANALYZE` has run once.
pub const FORGET_SMALL_TABLES: &str = "DELETE FROM sqlite_stat1 WHERE CAST(stat AS INTEGER) = 0 OR tbl IN \
     (SELECT tbl FROM sqlite_stat1 GROUP BY tbl HAVING MAX(CAST(stat AS INTEGER)) < 1000); \
     ANALYZE sqlite_schema";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        if manager.get_database_backend() == DbBackend::Sqlite {
            manager.get_connection().execute_unprepared(FORGET_SMALL_TABLES).await?;
        }
        Ok(())
    }

    async fn down(&self, _: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}
