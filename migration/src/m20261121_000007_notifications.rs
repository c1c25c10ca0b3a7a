//! What users are told, and by which ways they want to be told.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(notifications()).await?;
        manager.create_table(preferences()).await?;
        let conn = manager.get_connection();
        for index in [
            "CREATE UNIQUE INDEX notifications_user_event ON notifications (user_id, event_id)",
            "CREATE INDEX notifications_user_created ON notifications (user_id, created_at, id)",
            "CREATE INDEX notifications_unread ON notifications (user_id) WHERE read_at IS NULL",
            "CREATE INDEX notifications_order ON notifications (order_id)",
            // Jobs that were given up are looked for among many that wait.
            "CREATE INDEX jobs_dead ON jobs (dead_at, id) WHERE dead_at IS NOT NULL",
        ] {
            conn.execute_unprepared(index).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("DROP INDEX jobs_dead").await?;
        for table in ["notification_preferences", "notifications"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn notifications() -> TableCreateStatement {
    Table::create()
        .table("notifications")
        .col(uuid("id").primary_key().to_owned())
        .col(uuid("user_id"))
        .col(uuid_null("order_id"))
        .col(big_integer("event_id"))
        .col(string_len("kind", 24))
        .col(string_len("title", 255))
        .col(text("message"))
        .col(big_integer_null("read_at"))
        .col(big_integer("created_at"))
        .foreign_key(ForeignKey::create().from("notifications", "user_id").to("users", "id").on_delete(ForeignKeyAction::Cascade))
        .foreign_key(
            ForeignKey::create().from("notifications", "order_id").to("orders", "id").on_delete(ForeignKeyAction::SetNull),
        )
        .to_owned()
}

fn preferences() -> TableCreateStatement {
    Table::create()
        .table("notification_preferences")
        .col(uuid("user_id").primary_key().to_owned())
        .col(boolean("email"))
        .col(boolean("sms"))
        .col(big_integer("updated_at"))
        .foreign_key(
            ForeignKey::create()
                .from("notification_preferences", "user_id")
                .to("users", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
