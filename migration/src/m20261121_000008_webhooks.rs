//! Outgoing webhooks: who is told, what is to be told, and how each attempt went.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [endpoints(), deliveries(), attempts()] {
            manager.create_table(table).await?;
        }
        for (name, table, columns, unique) in [
            ("webhook_endpoints_store", "webhook_endpoints", &["store_id"][..], false),
            ("webhook_deliveries_event", "webhook_deliveries", &["endpoint_id", "event_id"], true),
            ("webhook_deliveries_listed", "webhook_deliveries", &["endpoint_id", "id"], false),
            ("webhook_deliveries_state", "webhook_deliveries", &["endpoint_id", "state", "id"], false),
            ("webhook_deliveries_age", "webhook_deliveries", &["state", "created_at"], false),
            ("webhook_attempts_delivery", "webhook_attempts", &["delivery_id", "id"], false),
        ] {
            let mut index = Index::create();
            index.name(name).table(table);
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
        for table in ["webhook_attempts", "webhook_deliveries", "webhook_endpoints"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn cascade(name: &str, table: &'static str, column: &'static str, parent: &'static str) -> ForeignKeyCreateStatement {
    let mut key = ForeignKey::create();
    key.name(name).from(table, column).to(parent, "id").on_delete(ForeignKeyAction::Cascade);
    key
}

fn endpoints() -> TableCreateStatement {
    Table::create()
        .table("webhook_endpoints")
        .col(pk_uuid("id"))
        .col(uuid_null("store_id"))
        .col(text("url"))
        .col(text("description"))
        .col(text("events"))
        .col(string_len("status", 24))
        .col(text_null("disabled_reason"))
        .col(text("secret"))
        .col(text_null("previous_secret"))
        .col(big_integer_null("previous_until"))
        .col(integer("failures"))
        .col(big_integer_null("failing_since"))
        .col(big_integer_null("failed_at"))
        .col(uuid_null("created_by"))
        .col(big_integer("created_at"))
        .col(big_integer("updated_at"))
        .foreign_key(&mut cascade("webhook_endpoints_of_store", "webhook_endpoints", "store_id", "stores"))
        .to_owned()
}

fn deliveries() -> TableCreateStatement {
    Table::create()
        .table("webhook_deliveries")
        .col(pk_uuid("id"))
        .col(uuid("endpoint_id"))
        .col(big_integer_null("event_id"))
        .col(big_integer_null("position"))
        .col(uuid_null("order_id"))
        .col(string_len("kind", 64))
        .col(string_len("state", 24))
        .col(integer("round"))
        .col(integer("attempts"))
        .col(big_integer_null("next_at"))
        .col(text_null("last_error"))
        .col(big_integer("created_at"))
        .col(big_integer_null("finished_at"))
        .foreign_key(&mut cascade("webhook_deliveries_of_endpoint", "webhook_deliveries", "endpoint_id", "webhook_endpoints"))
        .to_owned()
}

fn attempts() -> TableCreateStatement {
    Table::create()
        .table("webhook_attempts")
        .col(big_pk_auto("id"))
        .col(uuid("delivery_id"))
        .col(big_integer("at"))
        .col(integer_null("status_code"))
        .col(text_null("error"))
        .col(integer("duration_ms"))
        .col(text_null("answer"))
        .foreign_key(&mut cascade("webhook_attempts_of_delivery", "webhook_attempts", "delivery_id", "webhook_deliveries"))
        .to_owned()
}
