//! The event log at work: positions, the readers' cursors, leases, jobs.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conn = manager.get_connection();
        conn.execute_unprepared("ALTER TABLE events ADD COLUMN position BIGINT").await?;
        // What is there already was committed long ago: its ids are an order as good as any.
        conn.execute_unprepared("UPDATE events SET position = id").await?;
        conn.execute_unprepared("CREATE UNIQUE INDEX events_position ON events (position)").await?;
        conn.execute_unprepared("CREATE INDEX events_unplaced ON events (id) WHERE position IS NULL").await?;
        for table in [leases(), cursors(), jobs()] {
            manager.create_table(table).await?;
        }
        for (name, columns, unique) in [
            ("jobs_due", &["run_at", "id"][..], false),
            ("jobs_lane", &["lane", "id"], false),
            ("jobs_key", &["kind", "key"], true),
        ] {
            let mut index = Index::create();
            index.name(name).table("jobs");
            for column in columns {
                index.col(*column);
            }
            if unique {
                index.unique();
            }
            manager.create_index(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["jobs", "cursors", "leases"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        let conn = manager.get_connection();
        conn.execute_unprepared("DROP INDEX events_unplaced").await?;
        conn.execute_unprepared("DROP INDEX events_position").await?;
        conn.execute_unprepared("ALTER TABLE events DROP COLUMN position").await?;
        Ok(())
    }
}

/// Who does what only one process may do at a time.
fn leases() -> TableCreateStatement {
    Table::create()
        .table("leases")
        .col(string_len("name", 64).primary_key().to_owned())
        .col(uuid("holder"))
        .col(big_integer("until"))
        .to_owned()
}

/// How far each reader of the log has come.
fn cursors() -> TableCreateStatement {
    Table::create().table("cursors").col(string_len("name", 64).primary_key().to_owned()).col(big_integer("position")).to_owned()
}

fn jobs() -> TableCreateStatement {
    Table::create()
        .table("jobs")
        .col(big_pk_auto("id"))
        .col(string_len("kind", 64))
        .col(text_null("key"))
        .col(text_null("lane"))
        .col(text("payload"))
        .col(big_integer("run_at"))
        .col(integer("attempts"))
        .col(big_integer_null("locked_until"))
        .col(uuid_null("locked_by"))
        .col(text_null("last_error"))
        .col(big_integer_null("dead_at"))
        .col(big_integer("created_at"))
        .to_owned()
}
