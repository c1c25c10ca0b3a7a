//! Figures are counted anew: lengths of time in finer bins too, and imported orders by the import that stores them instead of
//! by the reader of the log, which passes over what it has not read of them. And changes of rankings are written down one after
//! the other.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(changes()).await?;
        let anything =
            "INSERT INTO ranking_changes (kind, day, currency, units, orders, revenue_minor) VALUES (-1, 0, '', 0, 0, 0)";
        manager.get_connection().execute_unprepared(anything).await?;
        let anew = "UPDATE statistics_state SET built_at = NULL, done_to = NULL, done = 0 WHERE EXISTS (SELECT 1 FROM orders)";
        manager.get_connection().execute_unprepared(anew).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table("ranking_changes").to_owned()).await?;
        let fine = "DELETE FROM transition_rollups WHERE level >= 16";
        manager.get_connection().execute_unprepared(fine).await.map(drop)
    }
}

fn changes() -> TableCreateStatement {
    Table::create()
        .table("ranking_changes")
        .col(big_pk_auto("id"))
        .col(integer("kind"))
        .col(integer("day"))
        .col(string_len("currency", 3))
        .col(uuid_null("subject_id"))
        .col(big_integer("units"))
        .col(big_integer("orders"))
        .col(big_integer("revenue_minor"))
        .to_owned()
}
