//! How long statuses last is counted by whole histograms instead of a row a bin: fewer rows to write, fewer to read.

use sea_orm_migration::{prelude::*, sea_orm::DbBackend};

#[derive(DeriveMigrationName)]
pub struct Migration;

const ANEW: &str = "UPDATE statistics_state SET built_at = NULL, done_to = NULL, done = 0 WHERE EXISTS (SELECT 1 FROM orders)";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let (bytes, _) = types(manager.get_database_backend());
        let pair = "from_status varchar(24) NOT NULL, to_status varchar(24) NOT NULL";
        for sql in [
            format!(
                "CREATE TABLE transition_histograms (level integer NOT NULL, bucket integer NOT NULL, {pair}, \
                 counts {bytes} NOT NULL, PRIMARY KEY (level, bucket, from_status, to_status))"
            ),
            // The spans of a page are neighbours: a question asks for one page of many spans.
            format!(
                "CREATE TABLE transition_pages (level integer NOT NULL, {pair}, page integer NOT NULL, bucket integer NOT NULL, \
                 counts {bytes} NOT NULL, PRIMARY KEY (level, from_status, to_status, page, bucket))"
            ),
            "DROP TABLE transition_rollups".to_owned(),
            ANEW.to_owned(),
        ] {
            conn.execute_unprepared(&sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        let (_, end) = types(manager.get_database_backend());
        for sql in [
            format!(
                "CREATE TABLE transition_rollups (level integer NOT NULL, bucket integer NOT NULL, \
                 from_status varchar(24) NOT NULL, to_status varchar(24) NOT NULL, bin integer NOT NULL, \
                 transitions bigint NOT NULL, seconds bigint NOT NULL, \
                 PRIMARY KEY (level, bucket, from_status, to_status, bin)){end}"
            ),
            "DROP TABLE transition_pages".to_owned(),
            "DROP TABLE transition_histograms".to_owned(),
            ANEW.to_owned(),
        ] {
            conn.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

fn types(backend: DbBackend) -> (&'static str, &'static str) {
    match backend {
        DbBackend::Postgres => ("bytea", ""),
        _ => ("blob", " WITHOUT ROWID"),
    }
}
