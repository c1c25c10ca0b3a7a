//! Orders that were placed together, one per store.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(groups()).await?;
        manager.create_table(members()).await?;
        manager
            .create_index(
                Index::create()
                    .name("order_group_members_group")
                    .table("order_group_members")
                    .col("group_id")
                    .col("position")
                    .unique()
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in ["order_group_members", "order_groups"] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn reference(column: &'static str, to: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from("order_group_members", column).to(to, "id").on_delete(ForeignKeyAction::Cascade).to_owned()
}

fn groups() -> TableCreateStatement {
    Table::create()
        .table("order_groups")
        .col(pk_uuid("id"))
        .col(string_len("currency", 3))
        .col(big_integer("created_at"))
        .to_owned()
}

fn members() -> TableCreateStatement {
    Table::create()
        .table("order_group_members")
        .col(pk_uuid("order_id"))
        .col(uuid("group_id"))
        .col(integer("position"))
        .foreign_key(&mut reference("order_id", "orders"))
        .foreign_key(&mut reference("group_id", "order_groups"))
        .to_owned()
}
