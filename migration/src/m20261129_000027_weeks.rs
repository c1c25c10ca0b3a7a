//! Customers, their sets, reviews and how long statuses last are counted by weeks too, as rankings are: of a window that is no
//! calendar period fewer spans are read.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

const ANEW: &str = "UPDATE statistics_state SET built_at = NULL, done_to = NULL, done = 0 WHERE EXISTS (SELECT 1 FROM orders)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(ANEW).await?;
        Ok(())
    }

    /// What is counted by weeks is not looked at by those who do not know of weeks; counting anew drops it.
    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(ANEW).await?;
        Ok(())
    }
}
