//! Views of lists that staff keep.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const TABLE: &str = "saved_views";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut owner =
            ForeignKey::create().from(TABLE, "owner_id").to("users", "id").on_delete(ForeignKeyAction::Cascade).to_owned();
        let table = Table::create()
            .table(TABLE)
            .col(pk_uuid("id"))
            .col(uuid("owner_id"))
            .col(string_len("list", 24))
            .col(text("name"))
            .col(text("filter"))
            .col(text("sort"))
            .col(text("columns"))
            .col(boolean("is_shared"))
            .col(big_integer("created_at"))
            .col(big_integer("updated_at"))
            .foreign_key(&mut owner)
            .to_owned();
        manager.create_table(table).await?;
        let own = Index::create().name("saved_views_owner").table(TABLE).col("owner_id").to_owned();
        manager.create_index(own).await?;
        let of_list = Index::create().name("saved_views_list").table(TABLE).col("list").col("id").to_owned();
        manager.create_index(of_list).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_table(Table::drop().table(TABLE).to_owned()).await
    }
}
