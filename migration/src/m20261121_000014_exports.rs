//! Exports, and their files in parts: every copy of the service can hand out any of them.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(exports()).await?;
        manager.create_table(parts()).await?;
        for (name, column) in [("exports_age", "expires_at"), ("exports_listed", "created_at")] {
            manager.create_index(Index::create().name(name).table("exports").col(column).col("id").to_owned()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["export_parts", "exports"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn exports() -> TableCreateStatement {
    Table::create()
        .table("exports")
        .col(pk_uuid("id"))
        .col(string_len("noun", 24))
        .col(text("spec"))
        .col(string_len("status", 24))
        .col(big_integer("done"))
        .col(big_integer_null("total"))
        .col(big_integer("rows"))
        .col(big_integer("bytes"))
        .col(integer("parts"))
        .col(uuid_null("attempt"))
        .col(text_null("failure"))
        .col(uuid_null("created_by"))
        .col(big_integer("created_at"))
        .col(big_integer_null("started_at"))
        .col(big_integer_null("finished_at"))
        .col(big_integer("expires_at"))
        .to_owned()
}

fn parts() -> TableCreateStatement {
    Table::create()
        .table("export_parts")
        .col(uuid("export_id"))
        .col(integer("position"))
        .col(blob("bytes"))
        .primary_key(Index::create().col("export_id").col("position"))
        .foreign_key(
            ForeignKey::create()
                .name("export_parts_of_export")
                .from("export_parts", "export_id")
                .to("exports", "id")
                .on_delete(ForeignKeyAction::Cascade),
        )
        .to_owned()
}
