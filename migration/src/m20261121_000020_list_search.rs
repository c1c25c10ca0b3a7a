//! Text search of payments, products and line items by three letters at a time, as that of orders and customers: tables of
//! texts kept by triggers, so that they follow every way in which rows are written.

use sea_orm_migration::prelude::*;

use crate::search_texts::{down, items, payments, products};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let backend = manager.get_database_backend();
        for sql in [payments(backend), products(backend), items(backend)].into_iter().flatten() {
            conn.execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in down(manager.get_database_backend()) {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }
}
